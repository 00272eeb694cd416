// A canvas that is as sharp as the screen.

/**
 * Keeps the bitmap of `canvas` at the size of its box, and calls `draw` when that changes.
 */
export function fitCanvas(canvas, draw) {
  new ResizeObserver(() => {
    const scale = devicePixelRatio;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
    draw();
  }).observe(canvas);
}
