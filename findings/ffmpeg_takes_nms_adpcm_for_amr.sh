#!/usr/bin/env bash
# FFmpeg 5.1.9 (Debian 12): WAVE files of Natural MicroSystems' ADPCM (format tag 0x38, which libsndfile 1.2.2 reads and
# writes) are decoded as AMR: ffmpeg ends with 0, and a steady tone of 5.5 s comes out as 21 s of noise. One would expect the
# sound, or "unknown codec". A program that trusts an exit code of 0 takes noise for speech.
#
# Needs ffmpeg of Debian 12 and python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ffmpeg -version | head -1 | grep -q ' 5\.1\.' || { echo "this is about FFmpeg 5.1" >&2; exit 1; }
python3 -m venv venv
venv/bin/pip install -q soundfile==0.14.0 numpy

venv/bin/python - <<'PY'
import subprocess

import numpy
import soundfile

sound = 0.3 * numpy.sin(2 * numpy.pi * 220 * numpy.arange(44480) / 8000)
soundfile.write("tone.wav", sound, 8000, format="WAV", subtype="NMS_ADPCM_32")
back = soundfile.read("tone.wav")[0]
run = subprocess.run(["ffmpeg", "-v", "quiet", "-i", "tone.wav", "-f", "f32le", "-"], capture_output=True, check=False)
print(f"{len(sound)} samples written, {len(back)} read back by libsndfile, {len(run.stdout) // 4} by FFmpeg, exit code {run.returncode}")
assert len(back) == 44480 and run.returncode == 0 and len(run.stdout) // 4 > 2 * len(sound)
PY
