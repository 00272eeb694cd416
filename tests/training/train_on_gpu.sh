#!/usr/bin/env bash
# To a machine with a GPU and back, without the training there: a run that is packed, cut into
# pieces and unpacked is the same; what is too large or damaged is refused.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
train_on_gpu=$here/../../scripts/train-on-gpu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# refuses MESSAGE ARGUMENT ...
refuses() {
  local message=$1
  shift
  if "$train_on_gpu" "$@" >log 2>&1; then fail "'$*' succeeded"; fi
  grep -q "$message" log || fail "'$*' says: $(cat log)"
}

mkdir -p tiny shards run/{step-000000020,step-000000040,step-000000060.unfinished,tensorboard}
cp "$here/tiny/config.json" tiny
echo '{}' >shards/manifest.json
echo older >run/step-000000020/model.safetensors
head -c 2500000 /dev/urandom >run/step-000000040/model.safetensors
head -c 5000000 /dev/urandom >run/step-000000040/state.safetensors
ln -s step-000000040 run/latest
echo '{"step":40}' >run/metrics.jsonl
echo events >run/tensorboard/events

refuses 'no manifest.json' pack --model tiny --corpus tiny -o pack
refuses 'MiB  run/step-000000040/state.safetensors' \
  pack --model tiny --corpus shards --run run -o pack --limit-mib 1
[ "$(find . -name 'pack*')" = '' ] || fail 'a refused pack left files'

"$train_on_gpu" pack --model tiny --corpus shards --run run -o pack
mkdir there && tar -C there -xJf pack/contents.tar.xz
for library in there/packages/usr/lib/*/*.so*; do
  for name in $(objdump -p "$library" | awk '/ (NEEDED|SONAME) / { print $2 }'); do
    case $name in
      ld-linux* | libc.so.* | libm.so.* | libstdc++.so.* | libgcc_s.so.*) ;; # every machine's own
      *) [ -e "${library%/*}/$name" ] || fail "$name is not packed" ;;
    esac
  done
done
pack/train-on-gpu result --piece-mib 1 --out pieces
[ "$(find pieces -size +1M)" = '' ] || fail 'a piece is larger than asked for'
"$train_on_gpu" unpack pieces -o back
rm -r run/step-000000020 run/step-000000060.unfinished
diff -r run back
[ "$(readlink back/latest)" = step-000000040 ] || fail 'latest points elsewhere'
refuses exists unpack pieces -o back

cp -r pieces more && echo more >more/run.tar.999
refuses 'not those' unpack more -o other
cp -r pieces fewer && rm fewer/run.tar.003
refuses 'not those' unpack fewer -o other
cp -r pieces damaged && printf x | dd of=damaged/run.tar.002 conv=notrunc bs=1 seek=9999 2>log
refuses 'not those' unpack damaged -o other
cp -r pieces stopped && rm stopped/SHA256SUMS
refuses 'SHA256SUMS is missing' unpack stopped -o other
[ "$(find . -name 'other*')" = '' ] || fail 'a refused result left files'
echo 'packed, cut into pieces, unpacked: the same'
