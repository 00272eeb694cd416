// Every request of the page. Answers that are no success become a Problem.

import {PcmDecoder} from './pcm.js';
import {Problem, problemOfAnswer, problemOfConnection, problemOfCut} from './problem.js';
import {EventParser} from './sse.js';

const keyName = 'kani-api-key';

export class Api {
  /** async () => key or null: asks the person for the server's API key. */
  onKeyWanted = async () => null;

  async #fetch(path, options = {}) {
    for (;;) {
      const key = sessionStorage.getItem(keyName);
      const headers = {...options.headers, ...(key && {Authorization: `Bearer ${key}`})};
      let response;
      try {
        response = await fetch(path, {...options, headers});
      } catch (error) {
        throw error.name === 'AbortError' ? error : problemOfConnection();
      }
      if (response.ok) return response;
      if (response.status === 401) {
        const given = await this.onKeyWanted();
        if (given) {
          sessionStorage.setItem(keyName, given);
          continue;
        }
      }
      throw problemOfAnswer(response.status, await response.text(), {
        retryAfter: response.headers.get('Retry-After'),
        requestId: response.headers.get('X-Request-Id'),
      });
    }
  }

  async #json(path, options) {
    const response = await this.#fetch(path, options);
    return response.json();
  }

  #post(path, body, signal) {
    const headers = {'Content-Type': 'application/json'};
    return this.#fetch(path, {method: 'POST', headers, body: JSON.stringify(body), signal});
  }

  async models() {
    return (await this.#json('/v1/models')).data;
  }

  async voices(model) {
    return (await this.#json(`/v1/audio/voices?model=${encodeURIComponent(model)}`)).data;
  }

  /** The preview of a voice. @returns {Promise<Blob>} */
  async preview(voice) {
    return (await this.#fetch(voice.preview)).blob();
  }

  /** Makes a voice of recordings. @param files {blob, name}[] */
  async cloneVoice({model, name, files, consent, overwrite}) {
    const form = new FormData();
    form.append('model', model);
    form.append('name', name);
    form.append('consent', String(consent));
    if (overwrite) form.append('overwrite', 'true');
    for (const file of files) form.append('file', file.blob, file.name);
    return this.#json('/v1/audio/voices', {method: 'POST', body: form});
  }

  /** @param body model, name, mix */
  async saveMix(body) {
    return (await this.#post('/v1/audio/voices', body)).json();
  }

  async deleteVoice(id) {
    await this.#fetch(`/v1/audio/voices/${encodeURIComponent(id)}`, {method: 'DELETE'});
  }

  /** A whole file. @returns {Promise<Blob>} */
  async file(request, format, signal) {
    return (await this.#post('/v1/audio/speech', {...request, response_format: format}, signal)).blob();
  }

  /**
   * Speaks, handing over sound as it comes.
   * @param onStart ({voice, sampleRate}) => void, when the answer begins
   * @param onSamples (Float32Array) => void
   * @returns the `done` event: seed, stop_reason, audio_seconds, usage
   */
  async stream(request, {signal, onStart, onSamples}) {
    const body = {...request, response_format: 'pcm', stream_format: 'sse'};
    const response = await this.#post('/v1/audio/speech', body, signal);
    const sampleRate = Number(response.headers.get('X-Kani-Sample-Rate')) || request.sample_rate;
    onStart({voice: response.headers.get('X-Kani-Voice'), sampleRate});

    const parser = new EventParser();
    const pcm = new PcmDecoder();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let heard = 0;
    for (;;) {
      const piece = await reader.read().catch((error) => {
        throw error.name === 'AbortError' ? error : problemOfCut(heard / sampleRate);
      });
      if (piece.done) throw problemOfCut(heard / sampleRate);
      for (const event of parser.push(piece.value)) {
        if (event.type === 'speech.audio.delta') {
          const samples = pcm.push(event.audio);
          heard += samples.length;
          onSamples(samples);
        } else if (event.type === 'speech.audio.done') {
          return event;
        } else if (event.type === 'error') {
          throw this.#streamProblem(event.error);
        }
      }
    }
  }

  #streamProblem(error) {
    const problem = problemOfAnswer(500, JSON.stringify({error}));
    return new Problem(problem.message, problem.advice, {code: problem.code});
  }
}
