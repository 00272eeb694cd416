// What can be set, in people's words; what of it differs from the model's own and goes into a request.

/**
 * key: the field of the API; `off` is what an empty field means. Ranges are those a person may want,
 * the server's are wider.
 */
export const settingsTable = [
  {
    key: 'temperature', label: 'Variation', field: 'temperature', min: 0, max: 1.5, step: 0.05,
    fallback: 0.7, low: 'steady', high: 'lively',
    hint: 'Low repeats the likeliest delivery, high takes risks and slips more often.',
  },
  {
    key: 'top_p', label: 'Likeliest share', field: 'top-p', min: 0.05, max: 1, step: 0.05,
    fallback: 0.95, low: 'few sounds', high: 'all',
    hint: 'Choose only among the sounds that make up this share of the probability.',
  },
  {
    key: 'top_k', label: 'Most candidates', field: 'top-k', min: 0, max: 200, step: 1,
    fallback: 0, low: 'no limit', high: '200',
    hint: 'Choose among at most so many sounds; 0 is no limit.',
  },
  {
    key: 'min_p', label: 'Least likely', field: 'min-p', min: 0, max: 0.5, step: 0.01,
    fallback: 0, low: 'any', high: 'strict',
    hint: 'Leave out sounds less likely than this share of the likeliest one.',
  },
  {
    key: 'repetition_penalty', label: 'Avoid repeats', field: 'repetition penalty', min: 1, max: 2,
    step: 0.05, fallback: 1.1, low: 'off', high: 'strong',
    hint: 'Helps against loops; too much of it spoils long sounds.',
  },
  {
    key: 'speed', label: 'Speed', field: 'speed', min: 0.25, max: 4, step: 0.05, fallback: 1,
    low: '¼ ×', high: '4 ×', hint: 'Faster or slower at the same pitch.',
  },
  {
    key: 'max_seconds', label: 'Longest piece', field: 'max seconds', min: 0, max: 120, step: 1,
    fallback: 0, low: 'by its text', high: '120 s',
    hint: 'A sentence that finds no end is stopped after so many seconds; 0 goes by its length.',
  },
];

/** The values that this model uses when nothing is asked for. */
export function modelDefaults(model) {
  const values = {};
  for (const {key, fallback} of settingsTable) values[key] = model?.defaults?.[key] ?? fallback;
  return values;
}

/** The settings that differ from `defaults`, as fields of a request. */
export function changedSettings(values, defaults) {
  const changed = {};
  for (const {key} of settingsTable) {
    if (values[key] !== defaults[key]) changed[key] = values[key];
  }
  return changed;
}

/** A seed as typed: null for a new one each time; NaN when it is no whole number that JSON keeps exactly. */
export function parseSeed(text) {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) && value >= 0 ? value : NaN;
}
