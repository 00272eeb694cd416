// Is this recording good enough to clone a voice from, and if not, what would help?

const frameSeconds = 0.02;

// Speaker encoders settle after some seconds of speech and hear the first 30 s only.
export const leastSeconds = 3;
export const goodSeconds = 8;
export const mostSeconds = 30;

const decibels = (amplitude) => 20 * Math.log10(Math.max(amplitude, 1e-6));

/** Root mean square of every frame of 20 ms, in dB of full scale, sorted. */
function frameLevels(samples, sampleRate) {
  const size = Math.max(1, Math.round(frameSeconds * sampleRate));
  const levels = [];
  for (let at = 0; at + size <= samples.length; at += size) {
    let sum = 0;
    for (let i = at; i < at + size; ++i) sum += samples[i] * samples[i];
    levels.push(decibels(Math.sqrt(sum / size)));
  }
  return levels.sort((a, b) => a - b);
}

/** Share of samples that stand at full scale beside a neighbour that does: flattened peaks. */
function clippedShare(samples) {
  let clipped = 0;
  for (let i = 1; i < samples.length; ++i) {
    if (Math.abs(samples[i]) >= 0.985 && Math.abs(samples[i - 1]) >= 0.985) ++clipped;
  }
  return samples.length ? clipped / samples.length : 0;
}

/** seconds, speechDb (median of speech), noiseDb (of pauses), clipped (a share) of a recording. */
export function measureTake(samples, sampleRate) {
  const levels = frameLevels(samples, sampleRate);
  const at = (share, list = levels) => list[Math.floor(share * (list.length - 1))] ?? decibels(0);
  // Speech is what comes near the loudest frames; the rest is pauses, however long.
  const loud = levels.filter((level) => level > at(0.99) - 20);
  return {
    seconds: samples.length / sampleRate,
    speechDb: at(0.5, loud),
    noiseDb: at(0.05),
    clipped: clippedShare(samples),
  };
}

/**
 * What to tell the person, most important first: {level: 'bad' | 'better' | 'good', text}.
 * 'bad' would give a poor voice, 'better' is a wish.
 */
export function adviseTake({seconds, speechDb, noiseDb, clipped}) {
  const advice = [];
  const bad = (text) => advice.push({level: 'bad', text});
  const better = (text) => advice.push({level: 'better', text});
  if (speechDb < -55) {
    return [{level: 'bad', text: 'Nothing to hear. Is the right microphone chosen, and not muted?'}];
  }
  if (seconds < leastSeconds) bad(`Too short. At least ${leastSeconds} s; ${goodSeconds} s or more is better.`);
  if (clipped > 0.0005) bad('Clipped: peaks are cut off. Move away from the microphone or lower its level.');
  if (speechDb < -38) bad('Too quiet. Move closer or raise the microphone’s level.');
  if (speechDb - noiseDb < 12) better('Noisy or without pauses. A quiet room without echo helps.');
  if (seconds >= leastSeconds && seconds < goodSeconds) better(`Usable. ${goodSeconds} s or more resembles the voice better.`);
  if (seconds > mostSeconds) better(`Only the first ${mostSeconds} s are used.`);
  if (advice.length === 0) advice.push({level: 'good', text: 'Good: clear and long enough.'});
  return advice;
}
