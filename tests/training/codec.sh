#!/usr/bin/env bash
# A codec from nothing learns eighteen clips for some hundred updates, and kani's own codec decodes them:
#   tests/training/codec.sh KANI_TRAIN KANI
# shellcheck source=tests/training/common.sh
. "$(dirname "$0")/common.sh"
kani=$2

"$kani_train" codec --model "$here/tiny/codec.yaml" --recordings "$here/corpus" --run "$work/run" --steps 120 \
  --rate 3e-3 --warmup 10 --compute fp32 --held-out 0.3 --crop-frames 14 --frames-per-step 56 --codebook-dropout 0 \
  --evaluate-every 40 --examples 1
tail -n 1 "$work/run/metrics.jsonl" | tr , '\n' | grep -E 'held_out|perplexity'

# value STEP KEY: of the metrics.
value() { sed -n "$1p" "$work/run/metrics.jsonl" | grep -o "\"$2\":[^,}]*" | cut -d: -f2; }
# less A B WHAT
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a < b) }' || fail "$3: $1, expected less than $2"; }

less "$(value 120 held_out/mel)" "$(awk -v a="$(value 40 held_out/mel)" 'BEGIN { print 0.95 * a }')" 'mel distance'
# Without its calibrated start every frame falls into one cell of the quantiser, and stays there: a perplexity of 1.
for book in 1 2 3 4; do less 8 "$(value 120 "perplexity/$book")" "perplexity of codebook $book"; done

"$kani" codec encode "$work/run/samples/step-120/0-original.wav" -o "$work/codes.json" --codec "$work/run/codec.nemo"
"$kani" codec decode "$work/codes.json" -o "$work/copy.wav" --codec "$work/run/codec.nemo"
# What LibTorch decoded, but for frames where rounding chose another code.
python=$(command -v python3) || { echo 'no Python: the two copies are not compared'; exit 0; }
"$python" - "$work/copy.wav" "$work/run/samples/step-120/0-copy.wav" <<'PYTHON'
import struct
import sys

a, b = ([v for (v,) in struct.iter_unpack('<h', open(name, 'rb').read()[44:])] for name in sys.argv[1:])
assert len(a) == len(b), (len(a), len(b))
far = sum(abs(x - y) > 8 for x, y in zip(a, b)) / len(a)
print('samples that differ by more than 8 of 32768: %.4f' % far)
assert far < 0.3 and max(map(abs, b)) > 300
PYTHON
