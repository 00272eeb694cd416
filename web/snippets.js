// What is on the screen as a command line and as a Python program.

const extension = {mp3: 'mp3', opus: 'opus', aac: 'aac', flac: 'flac', wav: 'wav', pcm: 'pcm'};

/** For a POSIX shell: everything between single quotes is literal. */
const shellQuote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** A value as Python writes it: JSON but for three words. */
function pythonValue(value) {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value === 'object') {
    const pairs = Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${pythonValue(v)}`);
    return `{${pairs.join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** @param request the fields of POST /v1/audio/speech; `origin` like http://localhost:8000 */
export function curlSnippet(request, origin, {format = 'mp3', key = false} = {}) {
  const fields = Object.entries({...request, response_format: format});
  const rows = fields.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const body = `{\n${rows.join(',\n')}\n  }`;
  const lines = [`curl ${origin}/v1/audio/speech \\`];
  if (key) lines.push(`  -H "Authorization: Bearer $KANI_API_KEY" \\`);
  lines.push(`  -H 'Content-Type: application/json' \\`, `  -d ${shellQuote(body)} \\`,
             `  -o speech.${extension[format]}`);
  return lines.join('\n');
}

// Fields that the official client knows; the others travel in extra_body.
const known = new Set(['model', 'input', 'voice', 'speed', 'instructions']);

/** A program for the official `openai` package. */
export function pythonSnippet(request, origin, {format = 'mp3', key = false} = {}) {
  const fields = Object.entries({...request, response_format: format});
  const own = fields.filter(([name]) => known.has(name) || name === 'response_format');
  const extra = Object.fromEntries(fields.filter(([name]) => !known.has(name) && name !== 'response_format'));
  const rows = own.map(([name, value]) => `    ${name}=${pythonValue(value)},`);
  if (Object.keys(extra).length > 0) rows.push(`    extra_body=${pythonValue(extra)},`);
  const secret = key ? 'os.environ["KANI_API_KEY"]' : '"none"';
  return [
    ...(key ? ['import os'] : []),
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${origin}/v1", api_key=${secret})`,
    'with client.audio.speech.with_streaming_response.create(',
    ...rows,
    ') as response:',
    `    response.stream_to_file("speech.${extension[format]}")`,
  ].join('\n');
}
