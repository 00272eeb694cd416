// Short names for what every panel does with the document.

/** The element with this id; every id that a module names stands in index.html. */
export const byId = (id) => document.getElementById(id);

/**
 * Makes an element. `properties` are set as properties where the element has them, as attributes
 * otherwise (aria-*, role, data-*); functions under `on…` become listeners.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** An icon of the sheet in index.html; decoration only, the button beside it has the words. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Hands `blob` to the browser's download list as `name`. */
export function saveFile(blob, name) {
  const address = URL.createObjectURL(blob);
  element('a', {href: address, download: name}).click();
  // The browser reads the address after this turn; a minute is enough for it to have begun.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
