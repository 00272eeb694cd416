// Several voices as one: weights and how they read.

/**
 * The mix of a request from slider positions, or null with fewer than two voices in it.
 * @param sliders {id, value}[], value 0…100
 * @returns {{id, weight}[] | null} weights sum to 1 but for rounding, the largest first
 */
export function mixOf(sliders) {
  const used = sliders.filter(({value}) => value > 0);
  if (used.length < 2) return null;
  const sum = used.reduce((total, {value}) => total + value, 0);
  return used.map(({id, value}) => ({id, weight: Math.round((1000 * value) / sum) / 1000}))
    .sort((a, b) => b.weight - a.weight);
}

/** "heart 60 % + alan 40 %" */
export function mixLabel(mix) {
  return mix.map(({id, weight}) => `${id} ${Math.round(100 * weight)}\u00a0%`).join(' + ');
}

/** A voice of a request as people read it: its name, or what it is mixed of. */
export function voiceLabel(voice) {
  if (typeof voice === 'string') return voice;
  return voice?.mix ? mixLabel(voice.mix) : (voice?.id ?? 'default voice');
}
