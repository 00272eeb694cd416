// The panel with the request of this page as curl and Python.

import {byId} from './dom.js';
import {announce} from './notice.js';
import {curlSnippet, pythonSnippet} from './snippets.js';

/** Shows the programs for this request. */
export function showPrograms(request) {
  const key = sessionStorage.getItem('kani-api-key') !== null;
  byId('curl').textContent = curlSnippet(request, location.origin, {key});
  byId('python').textContent = pythonSnippet(request, location.origin, {key});
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Plain HTTP pages have no clipboard: what is selected can still be copied.
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

export function startCopying() {
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', async () => {
      await copy(byId(button.dataset.copies).textContent);
      button.classList.add('copied');
      announce('Copied.');
      setTimeout(() => button.classList.remove('copied'), 1500);
    });
  }
}
