#!/usr/bin/env bash
# FFmpeg 5.1.9 (Debian 12): of an Ogg Vorbis file whose sound is all in one page, as libsndfile writes clips of up to some
# seconds, it does not decode as many samples as the page's position says: the padding of the last block stays (a clip of
# 1 s has 300 more), or a block is lost (one of 3 s has 256 fewer). Files of several pages are right. One would expect the
# position of the last page to decide, as the specification of Vorbis in Ogg says; libsndfile reads back what it wrote.
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

differ = {}
for seconds in (1, 3, 10):
    sound = 0.3 * numpy.sin(2 * numpy.pi * 220 * numpy.arange(22050 * seconds + 37) / 22050)
    soundfile.write("clip.ogg", sound, 22050, format="OGG")
    raw = subprocess.run(["ffmpeg", "-v", "quiet", "-i", "clip.ogg", "-f", "f32le", "-"], capture_output=True, check=True).stdout
    differ[seconds] = len(raw) // 4 - len(sound)
    print(f"{seconds} s: {len(sound)} samples written, {len(soundfile.read('clip.ogg')[0])} read back, {len(raw) // 4} by FFmpeg")
assert differ[1] > 0 > differ[3] and differ[10] == 0, differ
PY
