#!/usr/bin/env bash
# Checks of the tracked files as a whole: sizes, no path of somebody's machine, layout of the code.
set -u
cd "$(dirname "$0")/.." || exit
bad=0

# limit MIB WHAT PATHSPEC
limit() {
  local mib
  mib=$(git ls-files -z -- "$3" | xargs -0 stat -c %s -- | awk '{ s += $1 } END { printf "%.1f", s / 1048576 }')
  echo "$2: $mib MiB of $1"
  awk -v a="$mib" -v b="$1" 'BEGIN { exit !(a <= b) }' || bad=1
}
limit 96 'tracked files' .
limit 28 'goldens' tests/golden
limit 40 'weights' models

# A clone works anywhere: nothing tracked may name where it was written.
if git grep -n -I -E "(^|[^.[:alnum:]_])/(wor[k]|roo[t]|tmp/brie[f])/|$PWD"; then
  echo 'the lines above name paths of a machine'
  bad=1
fi

# What decides a sample on the host must not depend on the C library: base/elementary.h.
if git grep -n -E 'std::(exp|expm1|log|log1p|log2|pow|sin|cos|tan|tanh|erf)f?\(' -- \
  'src/*.cc' 'src/*.h' ':!*_test.cc' ':!src/kernels/reference' ':!src/codec/random_codec.h'; then
  echo 'the lines above call libm'
  bad=1
fi

# What ends the process is no business of a library; other such calls are seen in its symbols
# (tests/symbols).
if git grep -n -E '(terminate|unexpected)\(' -- 'src/*.cc' 'src/*.h' ':!*_test.cc'; then
  echo 'the lines above end the process'
  bad=1
fi

git ls-files -z -- '*.cc' '*.h' | xargs -0 clang-format-14 --dry-run --Werror || bad=1
# Shell scripts are known by their first line.
git grep -l -z -E '^#!.*(sh|bash)$' -- . | xargs -0 shellcheck -x || bad=1

[ "$bad" = 0 ]
