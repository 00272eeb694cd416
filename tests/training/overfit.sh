#!/usr/bin/env bash
# A model learns eight clips by heart, and kani's own engine says them code by code:
#   tests/training/overfit.sh KANI_TRAIN
# shellcheck source=tests/training/common.sh
. "$(dirname "$0")/common.sh"

encode 8
"$kani_train" lm --model "$work/tiny" --corpus "$work/corpus" --run "$work/run" --steps 80 \
  --rate 5e-3 --warmup 10 --held-out 0 --pack-tokens 1024 --packs-per-step 2 --compute fp32 \
  --save-every 80
tail -n 1 "$work/run/metrics.jsonl" | cut -d, -f1,2
"$kani_train" recite --model "$work/run/latest" --corpus "$work/corpus"
