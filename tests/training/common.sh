# shellcheck shell=bash
# What the scripts of this folder share; sourced with the path of kani-train as $1.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mini=$here/../../models/mini
kani_train=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_NUM_THREADS=1

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# encode CLIPS: the first so many recordings of the corpus become $work/corpus.
encode() {
  cp "$here"/corpus/*.opus "$work"
  head -n "$1" "$here/corpus/metadata.jsonl" >"$work/metadata.jsonl"
  "$kani_train" data encode "$work/metadata.jsonl" -o "$work/corpus" \
    --codec "$mini/codec.nemo" --speaker-encoder "$mini/speaker"
}

# A model of two million weights, with the tokenizer of the one that ships.
mkdir "$work/tiny"
cp "$here/tiny/config.json" "$mini/lm/tokenizer.json" "$mini/lm/tokenizer_config.json" "$work/tiny"
