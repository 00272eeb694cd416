// Tab lists as ARIA describes them: arrows move, only the chosen tab is in the tab order.

import {byId} from './dom.js';

/** Starts every tab list of the page; `onchoose` gets the id of the tab that was chosen. */
export function startTabs(onchoose) {
  for (const list of document.querySelectorAll('[role=tablist]')) {
    const tabs = [...list.querySelectorAll('[role=tab]')];
    for (const tab of tabs) {
      tab.tabIndex = tab.getAttribute('aria-selected') === 'true' ? 0 : -1;
      tab.addEventListener('click', () => {
        chooseTab(tab.id);
        onchoose(tab.id);
      });
    }
    list.addEventListener('keydown', (event) => {
      const at = tabs.indexOf(document.activeElement);
      const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1}[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const tab = tabs[(to + tabs.length) % tabs.length];
      tab.focus();
      tab.click();
    });
  }
}

/** Shows the panel of this tab. */
export function chooseTab(id) {
  for (const tab of byId(id).closest('[role=tablist]').querySelectorAll('[role=tab]')) {
    const chosen = tab.id === id;
    tab.setAttribute('aria-selected', String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(tab.getAttribute('aria-controls')).hidden = !chosen;
  }
}

export function isChosen(id) {
  return byId(id).getAttribute('aria-selected') === 'true';
}
