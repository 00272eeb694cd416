#!/usr/bin/env bash
# GCC 12's target_clones("arch=haswell", ...): its resolver compares the processor's model, not what it can do, so that
# processors of other makers take the default clone, however new they are; by names of instruction sets ("avx2") they do not.
#   findings/target_clones.sh
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/clones.cc" <<'CC'
#include <cstdio>
__attribute__((target("default"))) const char* Arch() { return "default"; }
__attribute__((target("arch=haswell"))) const char* Arch() { return "haswell"; }
__attribute__((target("default"))) const char* Isa() { return "default"; }
__attribute__((target("avx2"))) const char* Isa() { return "avx2"; }
int main() {
  std::printf("processor has avx2: %d\nby arch=haswell: %s\nby avx2: %s\n", __builtin_cpu_supports("avx2") != 0, Arch(), Isa());
}
CC
g++ --version | head -n 1
grep -m 1 'model name' /proc/cpuinfo
g++ -O2 "$work/clones.cc" -o "$work/clones" && "$work/clones"
