// The panel that makes a voice of recordings.

import {byId} from './dom.js';
import {readingText} from './examples.js';
import {announce, clearProblem, showProblem} from './notice.js';
import {wavBytes} from './pcm.js';
import {Problem} from './problem.js';
import {Recorder, recordingRefused} from './recorder.js';
import {chooseTab} from './tabs.js';
import {goodSeconds, mostSeconds} from './take_advice.js';
import {Takes} from './takes.js';
import {clock} from './words.js';

const quietestDb = -60;

export class Cloning {
  #api;
  #auditions;
  #recorder = new Recorder();
  #takes;
  #recorded = 0; // samples of the running recording
  #count = 0;

  /** Of the model that the voice is made for. */
  modelId = '';
  /** async (voice) => void, when a voice has been made. */
  oncloned = async () => {};

  constructor(api, auditions) {
    this.#api = api;
    this.#auditions = auditions;
    this.#takes = new Takes(auditions);
    this.#takes.onchange = () => clearProblem('clone-problem');
    byId('reading').textContent = readingText.en;

    const refused = recordingRefused();
    if (refused) {
      byId('record').disabled = true;
      byId('record-refused').textContent = refused;
      byId('record-refused').hidden = false;
    }
    byId('record').addEventListener('click', () => this.#toggle());
    byId('files').addEventListener('change', (event) => {
      this.#addFiles([...event.target.files]);
      event.target.value = '';
    });
    this.#startDropping();
    byId('clone-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#make();
    });
    this.#recorder.onSamples = (samples) => this.#hear(samples);
  }

  useLanguage(tag) {
    const language = tag?.split(/[_-]/)[0];
    byId('reading').textContent = readingText[language] ?? readingText.en;
    byId('reading').lang = readingText[language] ? language : 'en';
  }

  async #toggle() {
    clearProblem('clone-problem');
    if (this.#recorder.recording) {
      this.#finish();
      return;
    }
    this.#auditions.stop();
    try {
      this.#recorded = 0;
      await this.#recorder.start();
      byId('record').classList.add('live');
      byId('record-label').textContent = 'Finish';
      announce('Recording. Read the text aloud.');
    } catch (error) {
      showProblem('clone-problem', error);
    }
  }

  #finish() {
    const {samples, sampleRate} = this.#recorder.stop();
    byId('record').classList.remove('live');
    byId('record-label').textContent = 'Record another';
    byId('record-time').textContent = '';
    this.#showLevel(quietestDb);
    const blob = new Blob([wavBytes(samples, sampleRate)], {type: 'audio/wav'});
    this.#takes.add({blob, name: `recording-${++this.#count}.wav`, samples, sampleRate});
    announce('Recorded.');
  }

  #hear(samples) {
    if (!this.#recorder.recording) return;
    this.#recorded += samples.length;
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    this.#showLevel(20 * Math.log10(Math.max(peak, 1e-6)));
    const at = this.#recorded / this.#recorder.sampleRate;
    byId('record-time').textContent = at < goodSeconds ? `${clock(at)} – go on` : `${clock(at)} – enough`;
    if (at >= mostSeconds) this.#finish();
  }

  #showLevel(db) {
    const shown = Math.max(quietestDb, Math.min(0, db));
    byId('meter').setAttribute('aria-valuenow', String(Math.round(shown)));
    byId('meter').setAttribute('aria-valuetext', `${Math.round(shown)} dB`);
    byId('meter').classList.toggle('hot', shown > -1);
    byId('meter-bar').style.transform = `scaleX(${1 - shown / quietestDb})`;
  }

  // Anywhere on the page: a file that misses the zone would make the browser leave the page.
  #startDropping() {
    const zone = byId('drop');
    window.addEventListener('dragover', (event) => {
      event.preventDefault();
      zone.classList.toggle('over', zone.contains(event.target));
    });
    window.addEventListener('drop', (event) => {
      event.preventDefault();
      zone.classList.remove('over');
      const files = [...event.dataTransfer.files];
      if (files.length === 0 || byId('tab-clone').disabled) return;
      chooseTab('tab-clone');
      this.#addFiles(files);
    });
  }

  async #addFiles(files) {
    for (const file of files) {
      let decoded = {samples: null, sampleRate: 0};
      try {
        const context = new OfflineAudioContext(1, 1, 48000);
        const buffer = await context.decodeAudioData(await file.arrayBuffer());
        decoded = {samples: buffer.getChannelData(0), sampleRate: buffer.sampleRate};
      } catch {
        // Not a format of this browser; the take says so.
      }
      this.#takes.add({blob: file, name: file.name, ...decoded});
    }
  }

  async #make() {
    clearProblem('clone-problem');
    const name = byId('clone-name').value.trim();
    const button = byId('clone-make');
    try {
      if (this.#recorder.recording) this.#finish();
      const {files} = this.#takes;
      if (files.length === 0) throw new Problem('There is no recording yet.', 'Record one, or drop a file.');
      if (!name) throw new Problem('The voice has no name yet.', 'Type one above.');
      if (!byId('consent').checked) {
        throw new Problem('May this voice be cloned?', 'Tick the box below the name if it is yours or its owner agrees.');
      }
      button.setAttribute('aria-busy', 'true');
      const voice = await this.#api.cloneVoice({
        model: this.modelId, name, files, consent: true, overwrite: byId('replace').checked,
      });
      this.#takes.clear();
      byId('clone-form').reset();
      byId('replace-row').hidden = true;
      await this.oncloned(voice);
    } catch (error) {
      const {status} = showProblem('clone-problem', error);
      if (status === 409) byId('replace-row').hidden = false;
    } finally {
      button.removeAttribute('aria-busy');
    }
  }
}
