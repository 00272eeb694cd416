// Runs in the audio thread: hands the microphone's samples to the page.

class Tap extends AudioWorkletProcessor {
  process([channels]) {
    if (channels.length > 0) this.port.postMessage(channels[0].slice());
    return true;
  }
}

registerProcessor('tap', Tap);
