// Light, dark, or as the system; and the colours that canvases draw with.

import {byId} from './dom.js';

const choices = ['system', 'light', 'dark'];
const names = {system: 'as the system', light: 'light', dark: 'dark'};

/** A colour of style.css, registered there, as "rgb(…)". */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Makes the button cycle through the choices; `onchange` runs when colours may have changed. */
export function startTheme(onchange) {
  let chosen = localStorage.getItem('kani-theme') ?? 'system';
  const apply = () => {
    document.documentElement.dataset.theme = chosen;
    byId('theme-label').textContent = `Colours: ${names[chosen]}`;
    byId('theme').title = byId('theme-label').textContent;
    onchange();
  };
  byId('theme').addEventListener('click', () => {
    chosen = choices[(choices.indexOf(chosen) + 1) % choices.length];
    localStorage.setItem('kani-theme', chosen);
    apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onchange);
  apply();
}
