// A stand-in for the server where a real one cannot be made to fail on demand: streams that are
// cut, slow or late, a full queue, a lost voice. Serves web/ under the headers of the real one and
// speaks in tones: a pitch a voice. Only for tests of the page.

import {createServer} from 'node:http';
import {readFile} from 'node:fs/promises';
import {extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';

import {wavBytes, pcmBytes} from '../../web/pcm.js';

const web = fileURLToPath(new URL('../../web/', import.meta.url));
const sampleRate = 22050;
const types = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml',
};
const policy = "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:; worker-src 'self' blob:";

const pitches = {heart: 190, ada: 220, alan: 110, edwin: 95, grace: 205, ines: 215, mateo: 120};

const shippedVoices = () => Object.keys(pitches).map((id) => ({
  id, object: 'voice', language: ['ines', 'mateo'].includes(id) ? 'es' : 'en', shipped: true,
  default_for: id === 'heart' ? ['en'] : id === 'ines' ? ['es'] : [], consent: null,
  preview: `/v1/audio/voices/${id}/preview`,
}));

/** A tone with a few overtones and syllables; the same for the same arguments. */
function tone(pitch, length, seed = 0) {
  const samples = new Float32Array(Math.round(length * sampleRate));
  for (let i = 0; i < samples.length; ++i) {
    const t = i / sampleRate;
    const hz = pitch * (1 + 0.08 * Math.sin(2.1 * t + seed));
    const syllable = Math.max(0, Math.sin(Math.PI * 4 * t)) ** 0.5;
    let sum = 0;
    for (let k = 1; k <= 12; ++k) {
      const formant = 1 / (1 + ((k * hz - 600 - 400 * Math.sin(3 * t)) / 400) ** 2);
      sum += (0.15 / k + 0.5 * formant) * Math.sin(2 * Math.PI * k * hz * t);
    }
    samples[i] = 0.35 * syllable * sum;
  }
  return samples;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function bodyOf(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

export class StandIn {
  #server = createServer((request, response) => this.#answer(request, response));
  /** What the next speech request meets: null, or {kind, …}; stays until changed. */
  fault = null;
  key = null;
  voices = shippedVoices();
  /** Bodies of speech requests, oldest first. */
  requests = [];
  cancelled = 0;

  async start(host = '127.0.0.1') {
    await new Promise((resolve) => this.#server.listen(0, host, resolve));
    this.address = `http://${host}:${this.#server.address().port}`;
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request, response) {
    const {pathname} = new URL(request.url, 'http://stand-in');
    if (!pathname.startsWith('/v1')) return this.#file(pathname, response);
    if (this.key && request.headers.authorization !== `Bearer ${this.key}`) {
      return this.#error(response, 401, 'This server wants an API key.', 'invalid_api_key');
    }
    if (pathname === '/v1/models') return this.#json(response, 200, {object: 'list', data: [this.#model()]});
    if (pathname === '/v1/audio/voices') {
      if (request.method === 'POST') return this.#addVoice(request, response);
      return this.#json(response, 200, {object: 'list', data: this.voices});
    }
    const [, id, preview] = pathname.match(/^\/v1\/audio\/voices\/([^/]+)(\/preview)?$/) ?? [];
    if (id && preview) {
      response.writeHead(200, {'Content-Type': 'audio/wav'});
      return response.end(wavBytes(tone(pitches[id] ?? 150, 0.8), sampleRate));
    }
    if (id && request.method === 'DELETE') {
      this.voices = this.voices.filter((voice) => voice.id !== id);
      return this.#json(response, 200, {id, object: 'voice', deleted: true});
    }
    if (pathname === '/v1/audio/speech') return this.#speak(request, response);
    return this.#error(response, 404, `There is no ${pathname}.`, 'not_found');
  }

  async #file(pathname, response) {
    const name = pathname === '/' ? 'index.html' : normalize(pathname.replace(/^\/studio\//, ''));
    try {
      const bytes = await readFile(join(web, name));
      response.writeHead(200, {'Content-Type': types[extname(name)], 'Content-Security-Policy': policy});
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  #model() {
    return {
      id: 'mini', object: 'model', created: 0, owned_by: 'kani', languages: ['en', 'es'],
      sample_rate: sampleRate, default: true, max_input_characters: 4096, cloning: true,
      defaults: {temperature: 0.30000001192092896, top_p: 0.93, top_k: 50, min_p: 0, repetition_penalty: 1, max_seconds: 0},
    };
  }

  #json(response, status, value, headers = {}) {
    response.writeHead(status, {'Content-Type': 'application/json', ...headers});
    response.end(JSON.stringify(value));
  }

  #error(response, status, message, code, headers) {
    this.#json(response, status, {error: {message, type: 'invalid_request_error', param: null, code}}, headers);
  }

  async #addVoice(request, response) {
    const body = await bodyOf(request);
    const text = body.toString('latin1');
    const json = request.headers['content-type'].startsWith('application/json');
    const name = json ? JSON.parse(body).name : text.match(/name="name"\r\n\r\n([^\r]*)/)[1];
    const overwrite = json ? JSON.parse(body).overwrite : text.includes('name="overwrite"');
    if (this.voices.some((voice) => voice.id === name) && !overwrite) {
      return this.#error(response, 409, `There is already a voice named ${name}`, 'voice_exists');
    }
    const voice = {
      id: name, object: 'voice', language: null, shipped: false, default_for: [], consent: true,
      preview: `/v1/audio/voices/${name}/preview`,
    };
    this.voices = [...this.voices.filter((each) => each.id !== name), voice];
    return this.#json(response, 201, {...voice, warnings: []});
  }

  async #speak(request, response) {
    const asked = JSON.parse(await bodyOf(request));
    this.requests.push(asked);
    const fault = this.fault ?? {kind: 'none'};
    if (fault.kind === 'status') return this.#error(response, fault.status, fault.message, null, fault.headers);
    const seed = asked.seed ?? 1234;
    const samples = tone(pitches[asked.voice] ?? 160, asked.input.length / 15, seed);
    const headers = {'X-Kani-Voice': String(asked.voice), 'X-Kani-Seed': seed, 'X-Kani-Sample-Rate': sampleRate};
    if (asked.stream_format !== 'sse') {
      response.writeHead(200, {'Content-Type': `audio/${asked.response_format}`, ...headers});
      return response.end(wavBytes(samples, sampleRate));
    }
    response.on('close', () => (this.cancelled += response.writableFinished ? 0 : 1));
    response.writeHead(200, {'Content-Type': 'text/event-stream', ...headers});
    return this.#stream(response, samples, seed, fault);
  }

  async #stream(response, samples, seed, fault) {
    const send = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
    const frame = 1764 * 2; // two frames of 80 ms
    const frameMs = (1000 * frame) / sampleRate;
    await wait(60);
    for (let at = 0; at < samples.length && !response.destroyed; at += frame) {
      if (fault.kind === 'cut' && at >= fault.after * sampleRate) return response.destroy();
      if (fault.kind === 'error' && at >= fault.after * sampleRate) {
        send({type: 'error', error: {message: fault.message, type: 'server_error', param: null, code: null}});
        return response.end();
      }
      const audio = Buffer.from(pcmBytes(samples.subarray(at, at + frame))).toString('base64');
      send({type: 'speech.audio.delta', audio});
      await wait(fault.kind === 'slow' ? frameMs * fault.times : frameMs / 3);
    }
    send({
      type: 'speech.audio.done', usage: {input_tokens: 9, output_tokens: 40, total_tokens: 49}, seed,
      stop_reason: 'end', audio_seconds: samples.length / sampleRate,
    });
    return response.end();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await new StandIn().start()).address);
}
