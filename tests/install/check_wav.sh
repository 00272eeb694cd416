#!/bin/sh
# check_wav.sh FILE: fails unless FILE is a PCM WAV whose sizes agree with the file and that holds
# at least 0.2 s of sound. Needs nothing of the project.
set -eu
file=$1

number() { od -An --endian=little -t "u$3" -j "$2" -N "$3" "$1" | tr -d ' '; }
text() { dd if="$1" bs=1 skip="$2" count=4 2>/dev/null; }
fail() {
  echo "$file: $*" >&2
  exit 1
}

[ -f "$file" ] || fail 'is not there'
bytes=$(wc -c <"$file")
[ "$bytes" -ge 44 ] || fail "only $bytes bytes"
[ "$(text "$file" 0)$(text "$file" 8)" = RIFFWAVE ] || fail 'no RIFF WAVE header'
[ $(($(number "$file" 4 4) + 8)) = "$bytes" ] || fail 'the RIFF size is not that of the file'
offset=12
channels=0
while [ "$(text "$file" $offset)" != data ]; do
  size=$(number "$file" $((offset + 4)) 4)
  if [ "$(text "$file" $offset)" = 'fmt ' ]; then
    channels=$(number "$file" $((offset + 10)) 2)
    byte_rate=$(number "$file" $((offset + 16)) 4)
  fi
  offset=$((offset + 8 + size + size % 2))
  [ $((offset + 8)) -le "$bytes" ] || fail 'no data chunk'
done
size=$(number "$file" $((offset + 4)) 4)
[ $((offset + 8 + size)) -le "$bytes" ] || fail 'the data chunk is longer than the file'
[ "$channels" = 1 ] || fail "$channels channels"
milliseconds=$((size * 1000 / byte_rate))
[ "$milliseconds" -ge 200 ] || fail "only $milliseconds ms"
nonzero=$(tail -c "+$((offset + 9))" "$file" | tr -d '\000' | wc -c)
[ $((nonzero * 4)) -ge "$size" ] || fail 'is silent'
echo "$file: $milliseconds ms of sound"
