// The page and `kani serve` together, with the small model: a person types and hears, clones from
// the microphone, mixes, stops, downloads.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, beforeEach, test} from 'node:test';

import {pcmBytes} from '../../../web/pcm.js';
import {assertAccessible, openStudio, picture, pictures, played, speak, spoken, startBrowser} from './chromium.mjs';
import {startKaniServe} from './kani_serve.mjs';

const program = process.env.KANI ?? '';
const options = existsSync(program) ? {} : {skip: `there is no program '${program}'`};

const hello = 'Hello, how are you? It is good to hear from you.';
// What the microphone hears: long enough for a good clone.
const read = 'When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. ' +
    'I have read this aloud so that a machine can learn the sound of my voice.';

let browser;
let server;
let page;

const post = async (path, body) => {
  const response = await fetch(`${server.address}${path}`, {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
};
const textOf = (selector) => page.locator(selector).innerText();

if (!options.skip) {
  before(async () => {
    server = await startKaniServe(program);
    const microphone = join(pictures, 'microphone.wav');
    const speech = await post('/v1/audio/speech', {
      model: 'mini', input: read, voice: 'alan', seed: 3, response_format: 'wav', sample_rate: 48000,
    });
    writeFileSync(microphone, Buffer.from(await speech.arrayBuffer()));
    browser = await startBrowser({microphone: `${microphone}%noloop`});
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
  beforeEach(async () => (page = await openStudio(browser, server.address)));
  afterEach(() => page.close());
}

test('type and hear: the very samples that the server makes, from the first second on', options, async () => {
  await page.fill('#text', hello);
  await page.click('#speak');
  await page.waitForFunction(() => window.ear.loudest > 0.01, null, {timeout: 60_000});
  await spoken(page);
  const {samples, seams} = await played(page);
  const seed = Number(await textOf('#used-seed'));
  const gaps = (await textOf('#gaps')) === 'none' ? 0 : parseInt(await textOf('#gaps'));
  assert.equal(seams.length, gaps);
  const again = await post('/v1/audio/speech', {
    model: 'mini', input: hello, voice: 'heart', seed, response_format: 'pcm', sample_rate: 22050,
  });
  const expected = Buffer.from(await again.arrayBuffer());
  assert.equal(Buffer.compare(Buffer.from(pcmBytes(Float32Array.from(samples))), expected), 0);
  assert.deepEqual(page.complaints, []);
});

test('the player plays to the end, again, and from the middle', options, async () => {
  await speak(page, hello);
  const state = (name) => page.waitForFunction(
      (label) => document.querySelector('#play span').textContent === label, name, {timeout: 60_000});
  await state('Play');
  await page.click('#play');
  await state('Pause');
  await page.click('#play');
  await state('Play');
  await page.fill('#seek', '1.5');
  await state('Pause');
  await page.waitForFunction(() => Number(document.getElementById('seek').value) > 1.6);
  await state('Play');
});

test('stop frees the server at once', options, async () => {
  await page.fill('#text', `${hello} `.repeat(40).trim());
  await page.click('#speak');
  await page.waitForFunction(() => window.ear.pieces.length > 0, null, {timeout: 60_000});
  await page.click('#stop');
  const busy = async () => {
    const text = await (await fetch(`${server.address}/metrics`)).text();
    return Number(text.match(/^kani_requests_in_progress(?:\{[^}]*\})? ([\d.e+]+)$/m)[1]);
  };
  const until = performance.now() + 5000;
  while ((await busy()) > 0) assert.ok(performance.now() < until, 'still speaking 5 s after stop');
});

test('a voice is heard in the list', options, async () => {
  await page.click('[aria-label="Hear grace"]');
  await page.waitForFunction(() => window.ear.element?.currentTime > 0.3 && window.ear.loudest > 0.01,
                             null, {timeout: 60_000});
  assert.deepEqual(page.complaints, []);
});

test('record, hear oneself, clone, speak, remove', options, async () => {
  await page.click('#tab-clone');
  await page.click('#record');
  await page.waitForFunction(() => Number(document.getElementById('meter').getAttribute('aria-valuenow')) > -40,
                             null, {timeout: 20_000});
  await page.waitForFunction(() => /enough/.test(document.getElementById('record-time').textContent),
                             null, {timeout: 30_000});
  await picture(page, 'recording');
  await page.click('#record');
  assert.doesNotMatch(await textOf('.advice'), /Nothing|short|quiet/i);
  await page.click('[aria-label="Hear recording-1.wav"]');
  await page.waitForFunction(() => window.ear.element?.currentTime > 0.3 && window.ear.loudest > 0.01);
  await page.fill('#clone-name', 'from-microphone');
  await page.check('#consent');
  await assertAccessible(page, 'clone');
  await picture(page, 'clone');
  await page.click('#clone-make');
  await page.waitForSelector('input[value="from-microphone"]:checked', {timeout: 60_000});
  assert.match(await textOf('#voice-done'), /is ready/);
  await page.evaluate(() => (window.ear.loudest = 0));
  await speak(page, 'This is my own voice.');
  await page.waitForFunction(() => window.ear.loudest > 0.01);
  const {data} = await (await fetch(`${server.address}/v1/audio/voices`)).json();
  const made = data.find(({id}) => id === 'from-microphone');
  assert.equal(made.consent, true);
  assert.equal(made.shipped, false);
  page.once('dialog', (dialog) => dialog.accept());
  await page.click('[aria-label="Remove from-microphone"]');
  await page.waitForFunction(() => !document.querySelector('input[value="from-microphone"]'));
});

test('a mix sounds unlike its parts, and the saved mix like it', options, async () => {
  await page.click('#settings summary');
  await page.fill('#seed', '5');
  await page.click('#tab-mix');
  await page.fill('#mix-heart', '50');
  await page.fill('#mix-ada', '0');
  await page.fill('#mix-alan', '50');
  const heard = async () => {
    await page.evaluate(() => (window.ear.pieces = []));
    await speak(page, 'Two voices.');
    return (await played(page)).samples;
  };
  const mixed = await heard();
  await page.fill('#mix-name', 'duo');
  await page.click('#mix-form button');
  await page.waitForSelector('input[value=duo]:checked');
  const saved = await heard();
  assert.deepEqual(saved, mixed);
  await page.check('input[value=heart]');
  assert.notDeepEqual(await heard(), mixed);
});

test('a download in every format has the length that was heard', options, async (t) => {
  await speak(page, hello);
  const length = (await played(page)).samples.length / 22050;
  const formats = await page.locator('#downloads button').allInnerTexts();
  assert.deepEqual([...formats].sort(), ['AAC', 'FLAC', 'MP3', 'OPUS', 'PCM', 'WAV']);
  for (const format of formats) {
    const [download] = await Promise.all([
      page.waitForEvent('download', {timeout: 60_000}), page.click(`#downloads >> text=${format}`),
    ]);
    const file = join(pictures, `download.${format.toLowerCase()}`);
    await download.saveAs(file);
    assert.match(download.suggestedFilename(), /^hello-how-are-you.*\./);
    if (format === 'PCM') {
      assert.equal(readFileSync(file).length, 2 * Math.round(length * 22050));
      continue;
    }
    let seconds;
    try {
      // Decoded, not believed: headers of a stream may not know the length.
      const pcm = execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 's16le', '-ac', '1', '-ar', '22050', '-'],
                               {maxBuffer: 1 << 26});
      seconds = pcm.length / 2 / 22050;
    } catch (error) {
      if (error.code === 'ENOENT') return t.skip('there is no ffmpeg to decode downloads with');
      throw error;
    }
    // Lossy formats may pad by a few frames.
    const slack = ['WAV', 'FLAC'].includes(format) ? 0.001 : 0.15;
    assert.ok(Math.abs(seconds - length) <= slack, `${format}: ${seconds} s, heard ${length} s`);
  }
});

test('the command on the page works as it stands', options, async (t) => {
  await page.fill('#text', `It's "quoted" — $5.`);
  await page.click('#programs summary');
  const command = await textOf('#curl');
  let file;
  try {
    execFileSync('sh', ['-c', `cd '${pictures}' && ${command} -sS --fail-with-body`]);
    file = readFileSync(join(pictures, 'speech.mp3'));
  } catch (error) {
    if (error.status === 127) return t.skip('there is no curl');
    throw error;
  }
  assert.ok(file.length > 2000);
});

test('a voice that somebody else removed is refused with the known names', options, async () => {
  const made = await post('/v1/audio/voices', {name: 'short-lived', mix: [{id: 'ada', weight: 1}, {id: 'alan', weight: 1}]});
  assert.equal(made.status, 201);
  await page.reload();
  await page.check('input[value=short-lived]');
  await fetch(`${server.address}/v1/audio/voices/short-lived`, {method: 'DELETE'});
  await speak(page, 'Hello.');
  assert.match(await textOf('#problem'), /short-lived.*heart/s);
});
