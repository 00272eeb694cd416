// Shows a problem where it belongs, and takes it away again.

import {byId, element} from './dom.js';
import {asProblem} from './problem.js';

/** @param id of an element with role alert */
export function showProblem(id, error) {
  const problem = asProblem(error);
  byId(id).replaceChildren(element('strong', {}, problem.message), ` ${problem.advice}`);
  byId(id).hidden = false;
  return problem;
}

export function clearProblem(id) {
  byId(id).hidden = true;
  byId(id).replaceChildren();
}

/** Says something to screen readers only. */
export function announce(text) {
  byId('announce').textContent = text;
}
