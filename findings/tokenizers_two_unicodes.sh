#!/usr/bin/env bash
# tokenizers 0.23.3: one library has two versions of Unicode. \p{N} in a Split is Oniguruma's of Unicode 16, the
# pre-tokenizer Digits is Rust's of Unicode 17: the 13 digits of Tolong Siki and the Chinese small numerals are split by the one
# and not by the other. One would expect Digits to be the same as Split(\p{N}), which the documentation of both suggests.
# A port that takes its classes from one table is right for one of them only.
#
# Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q tokenizers==0.23.3

venv/bin/python - <<'PY'
from tokenizers import Regex, pre_tokenizers

digits = pre_tokenizers.Digits(individual_digits=True)
split = pre_tokenizers.Split(Regex(r"\p{N}"), "isolated")
differ = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000
          and len(digits.pre_tokenize_str("a" + chr(c) + "a")) != len(split.pre_tokenize_str("a" + chr(c) + "a"))]
print("Digits and \\p{N} differ at", " ".join(f"U+{c:X}" for c in differ))
assert differ == [*range(0x11DE0, 0x11DEA), *range(0x16FF4, 0x16FF7)]
PY
