// The panel with the request of this page as curl and Python.

import {byId} from './dom.js';
import {announce} from './notice.js';
import {curlSnippet, pythonSnippet} from './snippets.js';
import {isChosen} from './tabs.js';

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

/** The button copies the program that is shown. */
export function startCopying() {
  byId('copy').addEventListener('click', async () => {
    await copy(byId(isChosen('tab-curl') ? 'curl' : 'python').textContent);
    byId('copy-label').textContent = 'Copied';
    announce('Copied.');
    setTimeout(() => (byId('copy-label').textContent = 'Copy'), 1500);
  });
}
