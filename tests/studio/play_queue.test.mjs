// When pieces are played that arrive early, late and never: on a clock of the test.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {PlayQueue} from '../../web/play_queue.js';

const rate = 1000;

function makeQueue(options = {}) {
  const queue = {time: 0, started: []};
  queue.it = new PlayQueue({
    sampleRate: rate, now: () => queue.time, hold: 0.1, most: 0.3,
    start: (samples, at) => queue.started.push({length: samples.length, at}), ...options,
  });
  queue.push = (length) => queue.it.push(new Float32Array(length));
  return queue;
}

const near = (actual, expected) => assert.ok(Math.abs(actual - expected) < 0.0015, `${actual}, expected ${expected}`);

test('nothing sounds before the store is full, then all in one unbroken run', () => {
  const queue = makeQueue();
  queue.push(60);
  assert.equal(queue.started.length, 0);
  assert.equal(queue.it.flowing, false);
  queue.time = 0.05;
  queue.push(60);
  queue.push(40);
  assert.deepEqual(queue.started.map(({length}) => length), [60, 60, 40]);
  near(queue.started[0].at, 0.07);
  near(queue.started[1].at, queue.started[0].at + 0.06);
  near(queue.started[2].at, queue.started[1].at + 0.06);
  assert.equal(queue.it.underruns, 0);
});

test('a short sound is played when it is complete', () => {
  const queue = makeQueue();
  queue.push(30);
  queue.it.finish();
  assert.deepEqual(queue.started.map(({length}) => length), [30]);
});

test('a sound without samples ends silently', () => {
  const queue = makeQueue();
  queue.it.finish();
  assert.equal(queue.started.length, 0);
  assert.equal(queue.it.heard(), 0);
});

test('a late piece is one gap, measured, and the store doubles up to its limit', () => {
  const queue = makeQueue();
  queue.push(100); // sounds from 0.02 to 0.12
  queue.time = 0.5;
  queue.push(100); // too little: the store is 0.2 s now
  assert.equal(queue.started.length, 1);
  assert.equal(queue.it.underruns, 1);
  queue.time = 0.6;
  queue.push(100);
  assert.equal(queue.started.length, 3);
  near(queue.started[1].at, 0.62);
  near(queue.it.underrunSeconds, 0.5); // 0.12 to 0.62
  queue.time = 2;
  queue.push(200); // 0.4 s would be next, 0.3 is the most
  assert.equal(queue.it.underruns, 2);
  queue.push(100);
  assert.equal(queue.started.length, 5);
});

test('a piece that comes in the last moment counts as late', () => {
  const queue = makeQueue();
  queue.push(100); // until 0.12
  queue.time = 0.114;
  queue.push(10);
  assert.equal(queue.it.underruns, 0);
  queue.time = 0.127; // 3 ms before 0.13
  queue.push(10);
  assert.equal(queue.it.underruns, 1);
});

test('silence after the last piece is no gap', () => {
  const queue = makeQueue();
  queue.push(100);
  queue.time = 5;
  queue.it.finish();
  assert.equal(queue.it.underruns, 0);
});

test('what was heard follows the clock, and stands still in gaps', () => {
  const queue = makeQueue();
  queue.push(100); // from 0.02
  queue.time = 0.07;
  assert.equal(queue.it.heard(), 50);
  queue.time = 0.3;
  assert.equal(queue.it.heard(), 100);
  queue.push(250); // from 0.32
  assert.equal(queue.it.heard(), 100);
  queue.time = 0.42;
  near(queue.it.heard() / rate, 0.2);
  queue.time = 9;
  assert.equal(queue.it.heard(), 350);
});

test('starts lie on the grid of samples', () => {
  const queue = makeQueue();
  queue.time = 0.123456;
  queue.push(100);
  const samples = queue.started[0].at * rate;
  assert.ok(Math.abs(samples - Math.round(samples)) < 1e-6);
});
