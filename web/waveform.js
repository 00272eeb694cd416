// Draws the outline of a recording as bars.

import {colour} from './theme.js';

// In CSS pixels.
const barStep = 3;
const barWidth = 2;
// Heights grow as loudness is heard, or soft speech would be a flat line.
const loudness = 0.6;

/**
 * @param peaks PeakStream
 * @param shown pairs of peaks that the width stands for
 * @param played share of the width that has been heard, drawn in the accent colour
 */
export function drawWaveform(canvas, peaks, {shown, played = 0}) {
  const context = canvas.getContext('2d');
  const {width, height} = canvas;
  const step = barStep * devicePixelRatio;
  context.clearRect(0, 0, width, height);
  const heard = colour('--accent');
  const ahead = colour('--bar');
  const middle = height / 2;
  for (let x = 0; x < width; x += step) {
    const from = Math.floor((x / width) * shown);
    const to = Math.max(from + 1, Math.floor(((x + step) / width) * shown));
    if (from >= peaks.highs.length) break;
    let largest = 0;
    for (let i = from; i < Math.min(to, peaks.highs.length); ++i) {
      largest = Math.max(largest, peaks.highs[i], -peaks.lows[i]);
    }
    const half = Math.max(devicePixelRatio / 2, Math.min(1, largest) ** loudness * middle);
    context.fillStyle = x < played * width ? heard : ahead;
    context.fillRect(x, middle - half, barWidth * devicePixelRatio, 2 * half);
  }
}
