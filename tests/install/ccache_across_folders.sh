#!/bin/sh
# Builds one library in two copies of the repository: the second must come from the cache whole.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export CCACHE_DIR="$scratch/cache"

for copy in first second/deeper; do
  mkdir -p "$scratch/$copy"
  git -C "$root" archive HEAD -- . ':(exclude)tests/golden' ':(exclude)models' |
    tar -x -C "$scratch/$copy"
  ccache --zero-stats >/dev/null
  (
    cd "$scratch/$copy"
    cmake --preset test && cmake --build build/test --target kani_base kani_base_test
  ) >"$scratch/log" 2>&1 || {
    tail -n 20 "$scratch/log"
    exit 1
  }
done
ccache --print-stats | awk '
  $1 == "direct_cache_hit" || $1 == "preprocessed_cache_hit" { hits += $2 }
  $1 == "cache_miss" { misses += $2 }
  END { print "second folder: " hits " hits, " misses " misses"; exit !(hits > 0 && misses == 0) }'
