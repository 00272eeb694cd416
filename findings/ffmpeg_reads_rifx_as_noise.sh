#!/usr/bin/env bash
# FFmpeg 5.1.9 (Debian 12): RIFX, the form of WAVE whose numbers have their greatest byte first, is recognised and its
# header is read in that order, but 16-bit samples are then decoded as if they were RIFF's: ffmpeg ends with 0 and what it
# wrote is noise at full scale. One would expect the sound, or an error as for 24 bits and float. SoX 14.4.2 wrote
# the file and reads it back.
#
# Needs ffmpeg and sox of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
ffmpeg -version | head -1 | grep -q ' 5\.1\.' || { echo "this is about FFmpeg 5.1" >&2; exit 1; }

sox -n -r 16000 -b 16 -c 1 quiet.wav synth 1 sine 440 gain -40
sox quiet.wav -B rifx.wav
head -c 4 rifx.wav | grep -q RIFX
ffmpeg -v quiet -y -i rifx.wav -f wav read.wav
peak() { sox "$1" -n stat 2>&1 | sed -n 's/^Maximum amplitude: *//p'; }
echo "peak of the sound: $(peak quiet.wav), as SoX reads RIFX: $(peak rifx.wav), as FFmpeg does: $(peak read.wav)"
awk -v sox="$(peak rifx.wav)" -v ffmpeg="$(peak read.wav)" 'BEGIN { exit !(sox < 0.02 && ffmpeg > 0.9) }'
