// Numbers and names as people read them.

/** 3.25 → "3.3 s", 75 → "1:15". */
export function seconds(value) {
  if (value < 59.95) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** A place in a recording: 3.2 → "0:03". */
export function clock(value) {
  const whole = Math.floor(value);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** 0.183 → "183 ms", 1.42 → "1.42 s". */
export function delay(value) {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
}

/** What a person counts as a character: code points, so that an emoji is one. */
export function countCharacters(text) {
  let count = 0;
  for (const _ of text) ++count;
  return count;
}

// The accents of kani-tts-2-en have no names that Intl knows.
const accents = {
  en_us: 'English, San Francisco',
  en_nyork: 'English, New York',
  en_oakl: 'English, Oakland',
  en_glasg: 'English, Glasgow',
  en_bost: 'English, Boston',
  en_scou: 'English, Liverpool',
};

/** A language tag of a model in words: "es" → "Spanish"; a tag nobody knows stays as it is. */
export function languageName(tag) {
  if (accents[tag]) return accents[tag];
  try {
    return new Intl.DisplayNames('en', {type: 'language'}).of(tag.replace('_', '-')) ?? tag;
  } catch {
    return tag;
  }
}

// People speak about 15 characters a second in the languages here; good enough for a first axis.
const charactersPerSecond = 15;

/** About how long `text` will sound, in seconds; at least one. */
export function expectedSeconds(text, speed = 1) {
  return Math.max(1, countCharacters(text.trim()) / charactersPerSecond / speed);
}
