// The page in Chromium beside a server that fails when it is told to (stand_in.mjs).

import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, afterEach, before, beforeEach, test} from 'node:test';

import {wavBytes} from '../../../web/pcm.js';
import {StandIn} from '../stand_in.mjs';
import {
  assertAccessible, loudest, openStudio, picture, pictures, played, speak, spoken, startBrowser,
} from './chromium.mjs';

const story = 'The old lighthouse had been dark for years. One night, without any warning, the lamp began to turn again.';

let browser;
let server;
let page;

before(async () => {
  browser = await startBrowser({args: ['--host-resolver-rules=MAP studio.test 127.0.0.1']});
});
after(() => browser.close());
beforeEach(async () => {
  server = await new StandIn().start();
  page = await openStudio(browser, server.address);
});
afterEach(async () => {
  await page.close();
  server.stop();
});

/** "none" → 0, "2 (0.4 s)" → 2. */
const gapsOf = (text) => (text === 'none' ? 0 : parseInt(text));
const textOf = (selector) => page.locator(selector).innerText();

test('sound begins while the rest is made, without a seam that is not counted', async () => {
  await page.fill('#text', story);
  await page.click('#speak');
  await page.waitForFunction(() => window.ear.loudest > 0.01, null, {timeout: 10_000});
  assert.equal(await page.getAttribute('#speak', 'aria-busy'), 'true', 'heard before all had arrived');
  await spoken(page);
  const {seams, late, samples} = await played(page);
  assert.equal(seams.length, gapsOf(await textOf('#gaps')));
  assert.equal(late, false);
  assert.ok(samples.length > 6 * 22050);
  assert.match(await textOf('#first-audio'), /^\d+ ms$/);
  assert.match(await textOf('#rate'), /^[\d.]+ × real time$/);
  assert.equal(await textOf('#used-seed'), '1234');
  assert.deepEqual(page.complaints, []);
});

test('a server slower than speech leaves gaps that are counted, and all is played', async () => {
  server.fault = {kind: 'slow', times: 2};
  await speak(page, 'Slow machines speak too.');
  await page.waitForFunction(() => document.querySelector('#play span').textContent === 'Play');
  assert.match(await textOf('#gaps'), /^[1-9]\d* \([\d.]+ s\)$/);
  assert.match(await textOf('#remark'), /slower than it plays/);
  const {samples} = await played(page);
  assert.equal(samples.length, Math.round((24 / 15) * 22050));
});

test('stop ends the request and the sound', async () => {
  await page.fill('#text', story.repeat(4));
  await page.click('#speak');
  await page.waitForFunction(() => window.ear.loudest > 0.01);
  await page.click('#stop');
  await page.waitForFunction(() => document.getElementById('stop').disabled);
  const before = (await played(page)).pieces.length;
  await page.waitForTimeout(300);
  assert.equal((await played(page)).pieces.length, before);
  assert.equal(server.cancelled, 1);
  assert.equal(await page.isVisible('#problem'), false);
  // What was heard can be kept; what the server would have to make again cannot.
  assert.equal(await page.isEnabled('#downloads >> text=WAV'), true);
  assert.equal(await page.isDisabled('#downloads >> text=MP3'), true);
});

test('a new text takes the place of the running one', async () => {
  await page.fill('#text', story.repeat(4));
  await page.click('#speak');
  await page.waitForFunction(() => window.ear.loudest > 0.01);
  await speak(page, 'Something else.');
  assert.equal(await textOf('#stage-text'), 'Something else.');
  assert.equal(server.cancelled, 1);
  assert.equal(await page.locator('#history .row').count(), 1);
});

const failures = [
  {fault: {kind: 'status', status: 429, headers: {'Retry-After': '7'}, message: 'queue full'}, said: /busy.*7 s/s},
  {fault: {kind: 'status', status: 404, message: 'voice heart does not exist; known: ada'}, said: /known: ada.*Reload/s},
  {fault: {kind: 'status', status: 400, message: 'temperature: expected 0 to 100'}, said: /expected 0 to 100.*Change it/s},
  {fault: {kind: 'status', status: 500, message: 'out of memory'}, said: /Out of memory.*log/s},
  {fault: {kind: 'status', status: 503, message: 'shutting down'}, said: /Shutting down.*Wait/s},
  {fault: {kind: 'cut', after: 0.5}, said: /broke off after 0\.\d s.*can be played/s},
  {fault: {kind: 'error', after: 0.5, message: 'the speech took too long'}, said: /took too long/},
];
for (const {fault, said} of failures) {
  test(`${fault.kind} ${fault.status ?? ''} is told in words, and the next request works`, async () => {
    server.fault = fault;
    await speak(page, story);
    assert.match(await textOf('#problem'), said);
    assert.equal(await page.inputValue('#text'), story);
    server.fault = null;
    await speak(page, 'Better now.');
    assert.equal(await page.isVisible('#problem'), false);
    assert.equal(await page.locator('#history .row').count(), 1);
  });
}

test('a server that is gone is told in words', async () => {
  server.stop();
  await speak(page, story);
  assert.match(await textOf('#problem'), /does not answer.*kani serve/s);
});

test('nothing to say, and too much', async () => {
  await page.click('#speak');
  assert.match(await textOf('#problem'), /nothing to say/);
  await page.fill('#text', 'x'.repeat(4097));
  assert.match(await textOf('#count'), /4,097 of 4,096/);
  await page.click('#speak');
  assert.match(await textOf('#problem'), /longer than the 4,096/);
  assert.equal(server.requests.length, 0);
});

test('a key is asked for once and then used', async () => {
  server.key = 'open sesame';
  await page.reload();
  await page.fill('#key', 'wrong');
  await page.click('#key-dialog >> text=Use key');
  await page.fill('#key', 'open sesame');
  await page.click('#key-dialog >> text=Use key');
  await page.waitForSelector('#voices .voice');
  await speak(page, 'Hello.');
  assert.equal(server.requests.length, 1);
  await page.click('#programs summary');
  assert.match(await textOf('#curl'), /Authorization: Bearer \$KANI_API_KEY/);
  assert.doesNotMatch(await textOf('#curl'), /sesame/);
});

test('settings travel only when changed, and reset', async () => {
  await speak(page, 'Hello.');
  assert.deepEqual(Object.keys(server.requests[0]).sort(),
                   ['input', 'model', 'response_format', 'sample_rate', 'stream_format', 'voice']);
  await page.click('#settings summary');
  await page.fill('#setting-temperature', '0.9');
  await page.fill('#seed', '77');
  await page.selectOption('#language', 'es');
  await speak(page, 'Hola.');
  const {temperature, seed, language} = server.requests[1];
  assert.deepEqual({temperature, seed, language}, {temperature: 0.9, seed: 77, language: 'es'});
  await page.fill('#seed', 'seven');
  assert.equal(await page.getAttribute('#seed', 'aria-invalid'), 'true');
  await page.click('#settings-reset');
  assert.equal(await page.inputValue('#setting-temperature'), '0.3');
  assert.equal(await page.inputValue('#seed'), '');
});

test('a mix is spoken, saved, and its history line brings it back', async () => {
  await page.click('#tab-mix');
  await page.fill('#mix-heart', '75');
  await page.fill('#mix-ada', '0');
  await page.fill('#mix-alan', '25');
  assert.equal(await textOf('#speaking-as'), 'heart 75\u00a0% + alan 25\u00a0%');
  await speak(page, 'Two voices.');
  assert.deepEqual(server.requests[0].voice, {mix: [{id: 'heart', weight: 0.75}, {id: 'alan', weight: 0.25}]});
  await page.click('#mix-form button');
  assert.match(await textOf('#mix-problem'), /no name/);
  await page.fill('#mix-name', 'duo');
  await page.click('#mix-form button');
  await page.waitForSelector('input[value=duo]:checked');
  assert.match(await textOf('#voice-done'), /“duo” is ready/);
  await page.click('#history >> text=Use again');
  assert.equal(await textOf('#speaking-as'), 'heart 75\u00a0% + alan 25\u00a0%');
});

test('a voice is heard and one’s own removed', async () => {
  await page.click('[aria-label="Hear alan"]');
  await page.waitForFunction(() => window.ear.element?.currentTime > 0.2 && window.ear.loudest > 0.01);
  assert.equal(await page.locator('[aria-label="Remove alan"]').count(), 0);
  server.voices.push({id: 'mine', language: null, shipped: false, preview: '/v1/audio/voices/mine/preview'});
  await page.reload();
  page.once('dialog', (dialog) => dialog.accept());
  await page.click('[aria-label="Remove mine"]');
  await page.waitForFunction(() => !document.querySelector('input[value=mine]'));
});

test('a dropped file is judged, and a taken name can be replaced', async () => {
  const short = Float32Array.from({length: 22050}, (_, i) => 0.3 * Math.sin(i / 20));
  const file = join(pictures, 'short.wav');
  writeFileSync(file, wavBytes(short, 22050));
  await page.click('#tab-clone');
  await page.setInputFiles('#files', file);
  await page.waitForSelector('.take .bad');
  assert.match(await textOf('.advice'), /Too short/);
  await page.setInputFiles('#files', {name: 'odd.wav', mimeType: 'audio/wav', buffer: Buffer.from('no sound')});
  await page.waitForSelector('text=cannot show it');
  await page.click('#clone-make');
  assert.match(await textOf('#clone-problem'), /no name/);
  await page.fill('#clone-name', 'alan');
  await page.click('#clone-make');
  assert.match(await textOf('#clone-problem'), /owner agrees/);
  await page.check('#consent');
  await page.click('#clone-make');
  await page.waitForSelector('#replace-row:visible');
  assert.match(await textOf('#clone-problem'), /already a voice named alan/);
  await page.check('#replace');
  await page.click('#clone-make');
  await page.waitForSelector('#voice-done:has-text("alan")');
});

test('a file dropped anywhere becomes a recording of the clone', async () => {
  await page.evaluate((bytes) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(bytes)], 'dropped.wav', {type: 'audio/wav'}));
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer, bubbles: true, cancelable: true}));
  }, [...wavBytes(new Float32Array(22050).fill(0.1), 22050)]);
  await page.waitForSelector('.take:visible');
  assert.match(await textOf('.take'), /dropped\.wav 1\.0 s/);
});

test('without HTTPS off localhost the microphone is refused in words, and all else works', async () => {
  const far = await openStudio(browser, server.address.replace('127.0.0.1', 'studio.test'));
  await far.click('#tab-clone');
  assert.equal(await far.isDisabled('#record'), true);
  assert.match(await far.locator('#record-refused').innerText(), /HTTPS.*Upload/s);
  assert.match(await far.locator('#whereabouts').innerText(), /studio\.test/);
  await speak(far, 'Hello from afar.');
  assert.ok((await loudest(far)) > 0.01);
  assert.deepEqual(far.complaints, []);
  await far.close();
});

test('history outlives a reload: the same seed is asked for again', async () => {
  await speak(page, 'Remember me.');
  await page.reload();
  await page.waitForSelector('#voices .voice');
  assert.equal(await page.inputValue('#text'), 'Remember me.');
  await page.click('[aria-label^="Play again"]');
  await spoken(page);
  assert.equal(server.requests[1].seed, 1234);
  assert.equal(await page.locator('#history .row').count(), 2);
  await page.click('#history-clear');
  assert.equal(await page.isVisible('#history-section'), false);
});

test('everything can be reached and done by keys', async () => {
  await page.focus('#text');
  await page.keyboard.type('By keys alone.');
  await page.keyboard.press('Control+Enter');
  await page.waitForFunction(() => window.ear.loudest > 0.01);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.getElementById('stop').disabled);
  await page.focus('#tab-choose');
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'tab-mix');
  assert.equal(await page.isVisible('#panel-mix'), true);
  await page.keyboard.press('End');
  assert.equal(await page.isVisible('#panel-clone'), true);
  await page.keyboard.press('Home');
  await page.focus('input[value=heart]');
  await page.keyboard.press('ArrowDown');
  assert.equal(await textOf('#speaking-as'), 'ada');
  await page.focus('#seek');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('#play span').textContent === 'Pause');
});

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of [['desk', {width: 1240, height: 900}], ['phone', {width: 360, height: 740}]]) {
    test(`nothing serious for axe-core, nothing too wide: ${colorScheme}, ${size}`, async () => {
      const shown = await openStudio(browser, server.address, {colorScheme, viewport, reducedMotion: 'reduce'});
      const look = async (name) => {
        await assertAccessible(shown, name);
        const wide = await shown.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${name}: ${wide} px too wide`);
        await picture(shown, `${name}-${colorScheme}-${size}`);
      };
      await look('start');
      await speak(shown, story);
      await look('spoken');
      await shown.click('#settings summary');
      await shown.click('#programs summary');
      await shown.click('#tab-mix');
      await look('mix');
      await shown.click('#tab-python');
      await shown.click('#tab-clone');
      await shown.click('#clone-make');
      await shown.setInputFiles('#files', {
        name: 'my-recording.wav', mimeType: 'audio/wav', buffer: Buffer.from('no sound'),
      });
      server.fault = failures[0].fault;
      await speak(shown, story);
      await look('problems');
      await shown.close();
    });
  }
}
