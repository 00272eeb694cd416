// What went wrong, in words, and what to do about it.

/** An error that can be shown as it is: `message` says what happened, `advice` what to do. */
export class Problem extends Error {
  constructor(message, advice = '', {status = 0, code = null} = {}) {
    super(message);
    this.advice = advice;
    this.status = status;
    this.code = code;
  }
}

const sentence = (text) => {
  const trimmed = text.trim();
  const ended = /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
};

const adviceByStatus = {
  400: 'Change it and try again.',
  401: 'Enter the API key that the server was started with.',
  403: 'This server does not allow it.',
  404: 'Reload the page: the server’s voices or models may have changed.',
  408: 'Try a shorter text.',
  409: 'Choose another name.',
  413: 'Use a shorter text or a smaller file.',
  415: 'Use WAV, MP3, FLAC, M4A, Ogg or WebM.',
  422: 'Change it and try again.',
  503: 'The server is starting or shutting down. Wait a moment and try again.',
};

/** The problem of an answer that is no success; `body` is its text, JSON or not. */
export function problemOfAnswer(status, body, {retryAfter = null, requestId = null} = {}) {
  let error = {};
  try {
    const parsed = JSON.parse(body);
    error = parsed.error ?? parsed.detail ?? {};
  } catch {
    // A proxy's error page says nothing a person wants to read.
  }
  const said = typeof error === 'string' ? error : error.message;
  const code = error.code ?? null;
  if (status === 429) {
    const wait = retryAfter ? `in ${retryAfter} s` : 'in a moment';
    return new Problem('The server is busy with other requests.', `Try again ${wait}.`, {status, code});
  }
  const fallback = status >= 500 ? 'The server failed' : 'The server refused';
  let advice = adviceByStatus[status];
  if (!advice) {
    advice = 'Try again. If it stays, the server’s log says more';
    advice += requestId ? ` (request ${requestId}).` : '.';
  }
  return new Problem(sentence(said ?? `${fallback} (HTTP ${status})`), advice, {status, code});
}

/** The problem of a request that got no answer. */
export function problemOfConnection() {
  return new Problem(
    'The server does not answer.',
    'Is “kani serve” still running? Start it again and retry; your text stays here.');
}

/** The problem of a stream that ended before its last event. */
export function problemOfCut(secondsHeard) {
  return new Problem(
    `The sound broke off after ${secondsHeard.toFixed(1)} s.`,
    'The connection or the server ended early. What arrived can be played; press Speak to try again.');
}

/** Any thrown value as a Problem. */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  return new Problem('The page itself failed: ' + sentence(String(error?.message ?? error)),
                     'Reload the page; if it happens again, please report it.');
}
