// 16-bit little-endian PCM: from base64 to floats, and as a WAV file.

/** Turns base64 pieces of s16le into floats in [-1, 1); a sample may be cut between two pieces. */
export class PcmDecoder {
  #half = null;

  /** @returns {Float32Array} the samples that are complete with this piece */
  push(base64) {
    const binary = atob(base64);
    const lead = this.#half === null ? 0 : 1;
    const bytes = new Uint8Array(binary.length + lead);
    if (lead) bytes[0] = this.#half;
    for (let i = 0; i < binary.length; ++i) bytes[i + lead] = binary.charCodeAt(i);
    this.#half = bytes.length % 2 ? bytes[bytes.length - 1] : null;

    const samples = new Float32Array(bytes.length >> 1);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < samples.length; ++i) samples[i] = view.getInt16(2 * i, true) / 32768;
    return samples;
  }
}

/** Floats as s16le, the inverse of PcmDecoder; louder than full scale is cut off. */
export function pcmBytes(samples) {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  for (let i = 0; i < samples.length; ++i) {
    view.setInt16(2 * i, Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768))), true);
  }
  return new Uint8Array(view.buffer);
}

/** A mono 16-bit WAV file of `samples`. @returns {Uint8Array} */
export function wavBytes(samples, sampleRate) {
  const header = 44;
  const pcm = pcmBytes(samples);
  const bytes = new Uint8Array(header + pcm.length);
  const view = new DataView(bytes.buffer);
  const letters = (at, text) => [...text].forEach((c, i) => (bytes[at + i] = c.charCodeAt(0)));
  letters(0, 'RIFF');
  view.setUint32(4, header - 8 + pcm.length, true);
  letters(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); // size of this part
  view.setUint16(20, 1, true); // integers
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  letters(36, 'data');
  view.setUint32(40, pcm.length, true);
  bytes.set(pcm, header);
  return bytes;
}
