// Words, numbers, errors and programs that the page shows.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';

import {fileStem} from '../../web/downloads.js';
import {mixLabel, mixOf, voiceLabel} from '../../web/mix.js';
import {asProblem, Problem, problemOfAnswer} from '../../web/problem.js';
import {changedSettings, modelDefaults, parseSeed, settingsTable} from '../../web/settings_table.js';
import {curlSnippet, pythonSnippet} from '../../web/snippets.js';
import {clock, countCharacters, delay, languageName, seconds} from '../../web/words.js';

test('times as people read them', () => {
  assert.equal(seconds(3.25), '3.3 s');
  assert.equal(seconds(59.96), '1:00');
  assert.equal(clock(75.9), '1:15');
  assert.equal(delay(0.1834), '183 ms');
  assert.equal(delay(1.416), '1.42 s');
});

test('an emoji is one character', () => assert.equal(countCharacters('¿Sí? 🦀'), 6));

test('languages and accents have names, unknown tags stay', () => {
  assert.equal(languageName('es'), 'Spanish');
  assert.equal(languageName('en_glasg'), 'English, Glasgow');
  assert.equal(languageName('??'), '??');
});

test('a mix needs two voices, and its weights sum to one', () => {
  assert.equal(mixOf([{id: 'a', value: 100}, {id: 'b', value: 0}]), null);
  assert.equal(mixOf([]), null);
  const mix = mixOf([{id: 'a', value: 20}, {id: 'b', value: 60}, {id: 'c', value: 0}]);
  assert.deepEqual(mix, [{id: 'b', weight: 0.75}, {id: 'a', weight: 0.25}]);
  assert.equal(mixLabel(mix), 'b 75\u00a0% + a 25\u00a0%');
  assert.equal(voiceLabel({mix}), mixLabel(mix));
  assert.equal(voiceLabel('heart'), 'heart');
});

test('only settings that differ from the model’s own are sent', () => {
  const defaults = modelDefaults({defaults: {temperature: 0.3}});
  assert.equal(defaults.temperature, 0.3);
  assert.deepEqual(changedSettings(defaults, defaults), {});
  assert.deepEqual(changedSettings({...defaults, top_p: 0.5}, defaults), {top_p: 0.5});
});

test('every default can be reached by its slider', () => {
  for (const {key, min, max, step, fallback} of settingsTable) {
    const steps = (fallback - min) / step;
    assert.ok(fallback >= min && fallback <= max && Math.abs(steps - Math.round(steps)) < 1e-9, key);
  }
});

test('seeds', () => {
  assert.equal(parseSeed(' '), null);
  assert.equal(parseSeed('0'), 0);
  assert.equal(parseSeed('9007199254740991'), 9007199254740991);
  for (const wrong of ['-1', '1.5', 'x', '9007199254740992']) assert.ok(Number.isNaN(parseSeed(wrong)), wrong);
});

test('errors keep the server’s words and say what to do', () => {
  const body = JSON.stringify({error: {message: 'voice nobody does not exist; known: ada, heart', code: 'voice_not_found'}});
  const problem = problemOfAnswer(404, body);
  assert.equal(problem.message, 'Voice nobody does not exist; known: ada, heart.');
  assert.equal(problem.code, 'voice_not_found');
  assert.ok(problem.advice);
  assert.match(problemOfAnswer(429, '', {retryAfter: '7'}).advice, /7 s/);
  assert.match(problemOfAnswer(502, '<html>Bad Gateway</html>', {requestId: 'r-1'}).advice, /r-1/);
  assert.doesNotMatch(problemOfAnswer(502, '<html>Bad Gateway</html>').message, /html/);
  for (const status of [400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503]) {
    assert.ok(problemOfAnswer(status, '{}').advice, String(status));
  }
  assert.equal(asProblem(problem), problem);
  assert.ok(asProblem(new TypeError('x')) instanceof Problem);
});

test('file names come from the text', () => {
  assert.equal(fileStem('¿Cómo estás, "tú"?'), 'como-estas-tu');
  assert.equal(fileStem('你好'), 'speech');
  assert.ok(!fileStem('word '.repeat(50)).endsWith('-'));
});

// Everything that quoting can get wrong.
const nasty = {
  model: 'mini', input: `It's "quoted" $HOME \`id\` \\n \\\n¿ü? 🦀 %s !`,
  voice: {mix: [{id: 'a', weight: 0.5}, {id: 'b', weight: 0.5}]}, seed: 7, temperature: 0.2,
};

test('a shell hands curl exactly this request', () => {
  const snippet = curlSnippet(nasty, 'http://localhost:8000', {format: 'wav', key: true});
  const seen = execFileSync('sh', ['-c', `curl() { printf '%s\\0' "$@"; }\n${snippet}`],
                            {encoding: 'utf8', env: {KANI_API_KEY: 'secret'}}).split('\0');
  assert.equal(seen[0], 'http://localhost:8000/v1/audio/speech');
  assert.ok(seen.includes('Authorization: Bearer secret'));
  assert.deepEqual(JSON.parse(seen[seen.indexOf('-d') + 1]), {...nasty, response_format: 'wav'});
});

test('Python hands its client exactly this request', (t) => {
  const program = `
import sys, types, json
seen = {}
class Response:
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def stream_to_file(self, name): seen["file"] = name
def create(**fields):
    seen.update(fields)
    return Response()
module = types.ModuleType("openai")
def OpenAI(**options):
    seen["client"] = options
    streaming = types.SimpleNamespace(create=create)
    speech = types.SimpleNamespace(with_streaming_response=streaming)
    return types.SimpleNamespace(audio=types.SimpleNamespace(speech=speech))
module.OpenAI = OpenAI
sys.modules["openai"] = module
exec(sys.stdin.read())
print(json.dumps(seen))
`;
  let output;
  try {
    output = execFileSync('python3', ['-c', program], {
      encoding: 'utf8', input: pythonSnippet(nasty, 'http://localhost:8000'),
    });
  } catch (error) {
    if (error.code === 'ENOENT') return t.skip('there is no python3');
    throw error;
  }
  const {client, file, extra_body: extra, ...own} = JSON.parse(output);
  assert.deepEqual(client, {base_url: 'http://localhost:8000/v1', api_key: 'none'});
  assert.equal(file, 'speech.mp3');
  assert.deepEqual({...own, ...extra}, {...nasty, response_format: 'mp3'});
  assert.deepEqual(Object.keys(extra).sort(), ['seed', 'temperature']);
});
