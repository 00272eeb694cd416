#!/bin/sh
# Installs the release build into an empty prefix and speaks from there with no environment, no
# network where the kernel lets us take it away, and nothing of the build folder in reach.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$root/build/release" --prefix "$scratch/prefix" >"$scratch/log" || {
  cat "$scratch/log"
  exit 1
}
(cd "$scratch/prefix" && find . -type f | sort)
[ -s "$scratch/prefix/share/doc/kani/LICENSE" ]

offline=
if unshare -rn true 2>/dev/null; then offline='unshare -rn'; fi
cd "$scratch"
# shellcheck disable=SC2086  # a command of words
$offline env -i "$scratch/prefix/bin/kani" speak 'The installed copy speaks.' -o out.wav
sh "$root/tests/install/check_wav.sh" out.wav
# The table of known models is installed, too.
env -i "$scratch/prefix/bin/kani" models | grep 'kani pull kani-tts-2-en'
