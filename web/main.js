// Joins the panels of the page.

import {Api} from './api.js';
import {Auditions} from './auditions.js';
import {Cloning} from './cloning.js';
import {byId, element} from './dom.js';
import {Downloads} from './downloads.js';
import {examples} from './examples.js';
import {History} from './history.js';
import {voiceLabel} from './mix.js';
import {Mixer} from './mixer.js';
import {clearProblem, showProblem} from './notice.js';
import {Problem} from './problem.js';
import {showPrograms, startCopying} from './programs.js';
import {Settings} from './settings.js';
import {Speaking} from './speaking.js';
import {Stage} from './stage.js';
import {chooseTab, isChosen, startTabs} from './tabs.js';
import {startTheme} from './theme.js';
import {Voices} from './voices.js';
import {countCharacters, languageName} from './words.js';

const api = new Api();
const auditions = new Auditions();
const stage = new Stage();
const settings = new Settings();
const voices = new Voices(api, auditions);
const mixer = new Mixer(api);
const cloning = new Cloning(api, auditions);
const downloads = new Downloads(api, stage);
const speaking = new Speaking(api, stage);
const history = new History();
let models = [];

const model = () => models.find(({id}) => id === byId('model').value) ?? models[0];
const voice = () => (isChosen('tab-mix') && mixer.mix ? {mix: mixer.mix} : voices.chosen);

/** What the page asks for now, without what only a stream needs. */
function currentRequest() {
  const language = byId('language').value;
  return {
    ...(model() && {model: model().id}),
    input: byId('text').value.trim(),
    ...(voice() && {voice: voice()}),
    ...(language && {language}),
    ...settings.fields,
  };
}

function update() {
  const {value} = byId('text');
  const most = model()?.max_input_characters;
  const count = countCharacters(value);
  byId('count').textContent = most ? `${count.toLocaleString('en')} of ${most.toLocaleString('en')}` : `${count}`;
  byId('count').classList.toggle('over', Boolean(most) && count > most);
  byId('speaking-as').textContent = voiceLabel(voice());
  byId('stop').disabled = !speaking.running && !stage.playing;
  byId('speak').setAttribute('aria-busy', String(speaking.running));
  downloads.update();
  showPrograms(currentRequest());
  sessionStorage.setItem('kani-text', value);
}

function speak() {
  const request = currentRequest();
  const most = model()?.max_input_characters;
  if (!request.input) {
    showProblem('problem', new Problem('There is nothing to say yet.', 'Type a sentence, or take an example.'));
    byId('text').focus();
  } else if (most && countCharacters(request.input) > most) {
    showProblem('problem', new Problem(
        `The text is longer than the ${most.toLocaleString('en')} characters this server takes.`,
        'Shorten it, or speak it in parts.'));
  } else {
    auditions.stop();
    speaking.speak(request, model()?.sample_rate ?? 22050);
  }
}

function showExamples() {
  const chosen = byId('language').value.split(/[_-]/)[0];
  const wanted = examples[chosen] ? [chosen] : Object.keys(examples);
  const count = wanted.length === 1 ? 5 : 3;
  byId('examples').replaceChildren(...wanted.flatMap((language) =>
      examples[language].slice(0, count).map(({title, text}) => element('button', {
        type: 'button', className: 'chip', lang: language,
        onclick: () => {
          byId('text').value = text;
          update();
        },
      }, title))));
}

async function useModel() {
  const chosen = model();
  const before = byId('language').value;
  const tags = chosen?.languages ?? [];
  byId('language').replaceChildren(
      element('option', {value: ''}, 'Automatic'),
      ...tags.map((tag) => element('option', {value: tag}, languageName(tag))));
  byId('language').value = tags.includes(before) ? before : '';
  byId('tab-clone').disabled = chosen?.cloning === false;
  byId('tab-clone').title = chosen?.cloning === false ? 'This model came without a speaker encoder.' : '';
  if (chosen) {
    settings.useModel(chosen);
    downloads.useModel(chosen);
    mixer.modelId = cloning.modelId = chosen.id;
  }
  showExamples();
  update();
  await voices.refresh(chosen?.id);
}

async function load() {
  clearProblem('problem');
  try {
    models = await api.models();
    byId('model').replaceChildren(...models.map(({id}) => element('option', {value: id}, id)));
    byId('model').value = (models.find((each) => each.default) ?? models[0])?.id;
    await useModel();
  } catch (error) {
    showProblem('problem', error);
    byId('voices').replaceChildren(
        element('p', {className: 'hint'}, 'No voices: the server did not answer.'),
        element('button', {type: 'button', onclick: load}, 'Ask again'));
  }
}

/** A voice was made: it is chosen, and said so. */
async function welcome(made) {
  await voices.refresh(model().id);
  voices.choose(made.id);
  chooseTab('tab-choose');
  const warnings = (made.warnings ?? []).join(' ');
  byId('voice-done').textContent = `“${made.id}” is ready and chosen. Press Speak to hear it. ${warnings}`;
}

async function reuse({request}) {
  if (request.model !== byId('model').value && models.some(({id}) => id === request.model)) {
    byId('model').value = request.model;
    await useModel();
  }
  byId('text').value = request.input;
  byId('language').value = request.language ?? '';
  settings.restore(request);
  if (request.voice?.mix) {
    mixer.restore(request.voice.mix);
    chooseTab('tab-mix');
  } else if (request.voice) {
    voices.choose(request.voice);
    chooseTab('tab-choose');
  }
  update();
  byId('text').focus();
}

function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      speak();
    } else if (event.key === 'Escape' && !byId('key-dialog').open) {
      speaking.stop();
      auditions.stop();
    }
  });
}

/** Asks for the server's key. @returns {Promise<string|null>} */
function askForKey() {
  const dialog = byId('key-dialog');
  byId('key').value = '';
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => {
    resolve(dialog.returnValue === 'use' && byId('key').value ? byId('key').value : null);
  }, {once: true}));
}

api.onKeyWanted = askForKey;
auditions.onstart = () => speaking.stop();
stage.onchange = () => {
  if (stage.playing) auditions.stop();
  update();
};
speaking.onchange = update;
speaking.ondone = (utterance) => history.add(utterance);
history.onplay = (entry) => {
  if (entry.clip) stage.replay(entry);
  else speaking.speak({...entry.request, seed: entry.seed}, model()?.sample_rate ?? 22050);
};
history.onreuse = reuse;
settings.onchange = update;
voices.onchange = () => {
  mixer.useVoices(voices.all);
  cloning.useLanguage(voices.all.find(({id}) => id === voices.chosen)?.language);
  byId('voice-done').textContent = '';
  update();
};
voices.onstale = () => voices.refresh(model().id);
mixer.onchange = update;
mixer.onsaved = welcome;
cloning.oncloned = welcome;

byId('text').value = sessionStorage.getItem('kani-text') ?? '';
byId('text').addEventListener('input', update);
byId('speak').addEventListener('click', speak);
byId('stop').addEventListener('click', () => speaking.stop());
byId('model').addEventListener('change', () => useModel().catch((error) => showProblem('problem', error)));
byId('language').addEventListener('change', () => {
  showExamples();
  update();
});
byId('whereabouts').textContent = ['localhost', '127.0.0.1', '[::1]'].includes(location.hostname) ?
    'Text, recordings and voices stay on this machine.' :
    `Text, recordings and voices go to ${location.host} and nowhere else.`;
startTabs(update);
startCopying();
startKeys();
startTheme(() => stage.recolour());
load();
