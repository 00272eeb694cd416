#!/usr/bin/env bash
# FFmpeg 5.1.9 (Debian 12): its AMR narrow-band decoder refuses the frames of discontinuous transmission, "no data"
# (type 15, "Corrupt bitstream") and noise descriptions (type 8, "patches welcome"), and ffmpeg goes on with what is
# next: each is 20 ms that are missing, so that a telephone recording becomes shorter by every pause and what stands at a
# second in it does not stand there any more. It ends with 0. One would expect silence, or noise, of the same
# length, as SoX 14.4.2 (opencore-amr) gives. (Where two thirds of all frames are such, it ends with 69.)
#
# Needs ffmpeg and sox (with libsox-fmt-all) of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ffmpeg -version | head -1 | grep -q ' 5\.1\.' || { echo "this is about FFmpeg 5.1" >&2; exit 1; }

# Four frames without data among eight of a tone.
sox -n -r 8000 -b 16 -c 1 tone.wav synth 0.2 sine 440
sox tone.wav tone.amr-nb
python3 - <<'PY'
data = open("tone.amr-nb", "rb").read()
size = [13, 14, 16, 18, 20, 21, 27, 32][data[6] >> 3 & 15]
frame = data[6:6 + size]
open("pause.amr", "wb").write(data[:6] + frame * 4 + b"\x7c" * 4 + frame * 4)
PY
samples() { sox "$1" -n stat 2>&1 | sed -n 's/^Samples read: *//p'; }
cp pause.amr pause.amr-nb
ffmpeg -v quiet -y -i pause.amr read.wav
echo "12 frames of 160: SoX reads $(samples pause.amr-nb) samples, FFmpeg $(samples read.wav)"
[ "$(samples pause.amr-nb)" -eq 1920 ] && [ "$(samples read.wav)" -eq 1280 ]
