// What a person is told about a recording.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {adviseTake, measureTake} from '../../web/take_advice.js';

const rate = 16000;

/** Syllables with pauses, at this peak level, over noise. */
function speech(seconds, {level = 0.4, noise = 0.001} = {}) {
  let state = 1;
  return Float32Array.from({length: seconds * rate}, (_, i) => {
    state = (state * 48271) % 2147483647;
    const t = i / rate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 1.5 * t));
    const sample = level * syllable * Math.sin(2 * Math.PI * 150 * t) + noise * (state / 1073741823.5 - 1);
    return Math.max(-1, Math.min(1, sample));
  });
}

const advise = (samples) => adviseTake(measureTake(samples, rate));
const texts = (samples) => advise(samples).map(({text}) => text).join(' ');

test('a clear recording of ten seconds is good', () => {
  assert.deepEqual(advise(speech(10)).map(({level}) => level), ['good']);
});

test('too short, just usable, longer than is used', () => {
  assert.match(texts(speech(1)), /Too short/);
  assert.match(texts(speech(5)), /Usable/);
  assert.match(texts(speech(31)), /first 30 s/);
});

test('too quiet, and silence', () => {
  assert.match(texts(speech(10, {level: 0.01, noise: 0.0001})), /Too quiet/);
  assert.deepEqual(advise(new Float32Array(10 * rate)).map(({level}) => level), ['bad']);
  assert.match(texts(new Float32Array(10 * rate)), /Nothing to hear/);
  assert.match(texts(new Float32Array(0)), /Nothing to hear/);
});

test('clipped, but not what only touches full scale', () => {
  assert.match(texts(speech(10, {level: 3})), /Clipped/);
  const touching = speech(10);
  touching[5000] = 1;
  touching[9000] = -1;
  assert.doesNotMatch(texts(touching), /Clipped/);
});

test('noise between words', () => {
  assert.match(texts(speech(10, {noise: 0.3})), /Noisy/);
});

test('few words in a long recording are not called silence', () => {
  const samples = new Float32Array(12 * rate);
  samples.set(speech(1), 3 * rate);
  assert.doesNotMatch(texts(samples), /Nothing to hear|quiet/);
});
