// What arrives from the server: events, base64, samples.

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Clip} from '../../web/clip.js';
import {pcmBytes, PcmDecoder, wavBytes} from '../../web/pcm.js';
import {EventParser} from '../../web/sse.js';

test('events are the same however the text is cut', () => {
  const text = ': comment\r\ndata: {"a":1}\r\n\r\nevent: x\ndata: {"b":\ndata: "ü"}\n\ndata:{"c":3}\n\ndata: [DONE]\n\n';
  const whole = new EventParser().push(text);
  assert.deepEqual(whole, [{a: 1}, {b: 'ü'}, {c: 3}]);
  for (let size = 1; size < 9; ++size) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    assert.deepEqual(events, whole, `pieces of ${size}`);
  }
});

test('an event without its blank line is not there yet', () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push('data: {"a":1}\n'), []);
  assert.deepEqual(parser.push('\n'), [{a: 1}]);
});

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

test('samples cut between two deltas are whole again', () => {
  const samples = Float32Array.from({length: 50}, (_, i) => Math.sin(i));
  const bytes = pcmBytes(samples);
  const whole = [...new PcmDecoder().push(base64(bytes))];
  assert.equal(whole.length, 50);
  for (let size = 1; size < 12; ++size) {
    const decoder = new PcmDecoder();
    const heard = [];
    for (let at = 0; at < bytes.length; at += size) heard.push(...decoder.push(base64(bytes.slice(at, at + size))));
    assert.deepEqual(heard, whole, `pieces of ${size}`);
  }
});

test('PCM keeps every 16-bit value and cuts what is louder', () => {
  const all = Float32Array.from({length: 65536}, (_, i) => (i - 32768) / 32768);
  assert.deepEqual(new PcmDecoder().push(base64(pcmBytes(all))), all);
  assert.deepEqual([...pcmBytes(Float32Array.of(2, -2))], [0xff, 0x7f, 0x00, 0x80]);
});

test('a WAV file tells its rate and size', () => {
  const bytes = Buffer.from(wavBytes(new Float32Array(10), 22050));
  assert.equal(bytes.length, 64);
  assert.equal(bytes.toString('latin1', 0, 4), 'RIFF');
  assert.equal(bytes.readUInt32LE(4), 56);
  assert.equal(bytes.toString('latin1', 8, 16), 'WAVEfmt ');
  assert.equal(bytes.readUInt16LE(20), 1);
  assert.equal(bytes.readUInt32LE(24), 22050);
  assert.equal(bytes.readUInt32LE(28), 44100);
  assert.equal(bytes.readUInt32LE(40), 20);
});

test('a clip grows and gives its samples back', () => {
  const clip = new Clip(10);
  const expected = [];
  for (let i = 0; i < 30; ++i) {
    const piece = Float32Array.from({length: i}, (_, k) => i + k);
    clip.append(piece);
    expected.push(...piece);
  }
  assert.deepEqual([...clip.samplesFrom(0)], expected);
  assert.deepEqual([...clip.samplesFrom(400)], expected.slice(400));
  assert.equal(clip.samplesFrom(1000).length, 0);
  assert.equal(clip.seconds, 43.5);
});
