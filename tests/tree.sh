#!/usr/bin/env bash
# Checks of the tracked files as a whole: sizes, no path of somebody's machine, layout of the code.
set -u
cd "$(dirname "$0")/.." || exit
bad=0

# limit MIB WHAT PATHSPEC...
limit() {
  local most=$1 what=$2 mib
  shift 2
  mib=$(git ls-files -z -- "$@" | xargs -0 stat -c %s -- | awk '{ s += $1 } END { printf "%.1f", s / 1048576 }')
  echo "$what: $mib MiB of $most"
  awk -v a="$mib" -v b="$most" 'BEGIN { exit !(a <= b) }' || bad=1
}
limit 96 'tracked files' .
limit 28 'goldens' tests/golden tests/training/golden
limit 40 'weights' models

# A clone works anywhere: nothing tracked may name where it was written.
if git grep -n -I -E "(^|[^.[:alnum:]_])/(wor[k]|roo[t]|tmp/brie[f])/|$PWD"; then
  echo 'the lines above name paths of a machine'
  bad=1
fi

# refuse WHAT PATTERN PATHSPEC...: no line of these files may match.
refuse() {
  local what=$1 pattern=$2
  shift 2
  if git grep -n -E "$pattern" -- "$@"; then
    echo "the lines above $what"
    bad=1
  fi
}
refuse 'include a file without its folder' '^#include "[^/"]*"' '*.cc' '*.h'
# A library says what was looked for; how the user says it is the business of the programs.
refuse 'name an option of a command line' '"([^"]*[ (])?--[a-z-]+[^";]*"' 'src/*.cc' 'src/*.h' ':!*_test.cc'

# Who includes whom ("FROM TO"), against the rows of the table in docs/architecture.md ("FROM TO..."):
# a row names only rows above it, so there is no cycle. Tests may include anything.
# shellcheck disable=SC2016  # backquotes of Markdown
rows=$(sed -n -E 's/^\| `([a-z]+\/[a-z_]+)` \|.*\| *([^|]*)\|$/\1 \2/p' docs/architecture.md | tr -d ,)
git grep -E '^#include "' -- 'src/*.cc' 'src/*.h' 'apps/*.cc' 'apps/*.h' 'train/*.cc' 'train/*.h' \
  ':!*_test.cc' ':!*testing*' |
  sed -E 's|^([a-z]+/[a-z_]+)/[^"]*"((apps\|train\|tests)/)?([^/"]*)/.*|\1 \2\4|' | sort -u |
  awk '
    function place(name) { return name ~ "/" ? name : "src/" name }
    NR == FNR {
      for (i = 2; i <= NF; i++) {
        allowed[$1 " " place($i)] = 1
        if (!(place($i) in row)) print "docs/architecture.md: " $1 " names " $i ", which is no row above it"
        bad = bad || !(place($i) in row)
      }
      row[$1] = allowed[$1 " " $1] = allowed[$1 " src/base"] = 1
      next
    }
    !(($1 " " place($2)) in allowed) {
      print $1 " includes " $2 ", which its row in docs/architecture.md does not name"
      bad = 1
    }
    END { exit bad || NR < 100 }' <(printf '%s\n' "$rows") - || bad=1

git ls-files -z -- '*.cc' '*.h' ':!*_test.cc' | xargs -0 wc -l |
  awk '$1 > 400 && $2 != "total" { print $2 ": " $1 " lines, expected at most 400"; bad = 1 } END { exit bad }' || bad=1

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
