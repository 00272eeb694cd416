// A headless Chromium that listens to what pages play.

import assert from 'node:assert/strict';
import {mkdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** Set by tests/studio/run: where its packages lie and pictures go, and which browser to use. */
const folder = process.env.KANI_STUDIO_BUILD ?? fileURLToPath(new URL('../../../build/studio', import.meta.url));
const require = createRequire(join(folder, 'package.json'));
const {chromium} = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const pictures = join(folder, 'pictures');
mkdirSync(pictures, {recursive: true});

// Runs in the page before its own scripts. Everything on the way to the loudspeaker also goes to an
// analyser, and every piece that is started is kept with its time.
function listen() {
  const ear = (window.ear = {loudest: 0, pieces: []});
  const connect = AudioNode.prototype.connect;
  const analysers = new Map();
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      if (!analysers.has(target)) analysers.set(target, target.context.createAnalyser());
      connect.call(this, analysers.get(target));
    }
    return connect.call(this, target, ...rest);
  };
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (time, ...rest) {
    const late = time < this.context.currentTime;
    ear.pieces.push({time, late, rate: this.context.sampleRate, samples: this.buffer.getChannelData(0).slice()});
    return start.call(this, time, ...rest);
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = async function () {
    const done = await play.call(this);
    ear.element = this;
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    connect.call(context.createMediaStreamSource(this.captureStream()), analyser);
    analysers.set(this, analyser);
    return done;
  };
  setInterval(() => {
    for (const analyser of analysers.values()) {
      const block = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(block);
      for (const sample of block) ear.loudest = Math.max(ear.loudest, Math.abs(sample));
    }
  }, 20);
}

/** @param microphone a WAV file that the fake microphone plays */
export async function startBrowser({microphone, args = []} = {}) {
  return chromium.launch({
    executablePath: process.env.KANI_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--mute-audio', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream',
      ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}`] : []), ...args,
    ],
  });
}

/**
 * Opens the studio at `address`. `page.complaints` gathers what the page wrote to the console and
 * threw; a test that expects a refused request clears it.
 */
export async function openStudio(browser, address, options = {}) {
  const page = await browser.newPage({viewport: {width: 1240, height: 900}, ...options});
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(error.stack));
  await page.addInitScript(listen);
  await page.goto(`${address}/`);
  await page.waitForSelector('#voices .voice');
  return page;
}

export const loudest = (page) => page.evaluate(() => window.ear.loudest);

/** Waits until the page has nothing more to say of the running request. */
export const spoken = (page) => page.waitForFunction(
    () => document.getElementById('speak').getAttribute('aria-busy') === 'false', null, {timeout: 120_000});

/** Types `text`, presses Speak and waits until all has arrived. */
export async function speak(page, text) {
  await page.fill('#text', text);
  await page.click('#speak');
  await spoken(page);
}

/**
 * What was handed to the loudspeaker since the last Speak: the samples in order, and whether every
 * piece began exactly where the one before it ended.
 */
export async function played(page) {
  const pieces = await page.evaluate(() => window.ear.pieces.map(
      ({time, late, rate, samples}) => ({time, late, rate, samples: [...samples]})));
  const seams = pieces.slice(1).filter((piece, i) => {
    const before = pieces[i];
    return Math.abs(piece.time - (before.time + before.samples.length / before.rate)) * piece.rate > 0.01;
  });
  return {pieces, seams, samples: pieces.flatMap(({samples}) => samples), late: pieces.some(({late}) => late)};
}

/** Fails with axe-core's words if it finds anything serious or critical. */
export async function assertAccessible(page, where) {
  await page.evaluate(axeSource);
  const {violations} = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const serious = violations.filter(({impact}) => ['serious', 'critical'].includes(impact));
  const words = serious.map(({id, help, nodes}) => `${id}: ${help}: ${nodes.map(({html, failureSummary}) => `${html} ${failureSummary}`).join('\n  ')}`);
  assert.deepEqual(words, [], where);
}

export async function picture(page, name) {
  await page.mouse.move(0, 0);
  await page.screenshot({path: join(pictures, `${name}.png`), fullPage: true});
}
