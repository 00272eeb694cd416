// Server-sent events of a speech stream: text in pieces of any size in, messages out.

export class EventParser {
  #rest = '';
  #data = [];

  /** Takes the next piece of text and returns the JSON messages that are complete with it. */
  push(text) {
    const messages = [];
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line.startsWith('data:')) {
        this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
      } else if (line === '' && this.#data.length > 0) {
        const data = this.#data.join('\n');
        this.#data = [];
        if (data !== '[DONE]') messages.push(JSON.parse(data));
      }
    }
    return messages;
  }
}
