#!/usr/bin/env python3
"""Writes src/text/unicode_16_categories.inc: the general category of every code point in Unicode 16.

Run by hand: pip install unicodedata2==16.0.0, then scripts/unicode_categories.py >src/text/unicode_16_categories.inc
"""
import itertools

import unicodedata2

# In the order of the enumeration in src/text/unicode_16.cc.
CATEGORIES = "Cc Cf Cn Co Cs Ll Lm Lo Lt Lu Mc Me Mn Nd Nl No Pc Pd Pe Pf Pi Po Ps Sc Sk Sm So Zl Zp Zs".split()

assert unicodedata2.unidata_version == "16.0.0", unicodedata2.unidata_version
runs = []
at = 0
for category, run in itertools.groupby(unicodedata2.category(chr(c)) for c in range(0x110000)):
    runs.append(at << 5 | CATEGORIES.index(category))
    at += len(list(run))
print("// Made by scripts/unicode_categories.py of Unicode 16.0.0: first code point << 5 | category, of each run.")
for i in range(0, len(runs), 10):
    print(", ".join(f"0x{run:X}" for run in runs[i:i + 10]) + ",")
