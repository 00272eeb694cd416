#!/usr/bin/env bash
# torch 2.15.0: the device "meta" (shapes without memory) knows fewer operations from C++ than from Python, in the same
# package. embedding and index_select, where, and the fused AdamW give their shapes in Python and raise "no fake impl or
# Meta kernel registered" in a C++ program: Python registers those kernels itself, when torch is imported. The guess was
# that a training step written on LibTorch could be rehearsed on meta as it can in Python; it cannot, for want of its
# first layer. Indexing by a tensor (aten::index) does the same as embedding and works in both. From C++ it is the same in 2.11.0.
#
# Needs g++, python3 with venv, and 7 GB in the temporary folder for the package with its GPU libraries; no GPU.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q torch==2.15.0

cat >shapes.cc <<'CC'
#include <ATen/ATen.h>
#include <cstdio>

template <typename F>
void Try(const char* name, F run) {
  try {
    run();
    std::printf("%s: works\n", name);
  } catch (const c10::Error& error) {
    const std::string what = error.what_without_backtrace();
    std::printf("%s: %s\n", name, what.find("no fake impl or Meta kernel") != what.npos ? "no kernel" : what.c_str());
  }
}

int main() {
  const auto meta = at::TensorOptions().device(at::kMeta);
  const at::Tensor table = at::empty({10, 4}, meta), ids = at::zeros({3}, meta.dtype(at::kLong));
  Try("matmul", [&] { return at::mm(table, table.t()); });
  Try("index", [&] { return at::index(table, {ids}); });
  Try("embedding", [&] { return at::embedding(table, ids); });
  Try("where", [&] { return at::where(table > 0, table, table); });
  Try("fused_adamw", [&] {
    const at::Tensor w = at::empty({4, 4}, meta);
    at::_fused_adamw_({w}, {at::empty_like(w)}, {at::zeros_like(w)}, {at::zeros_like(w)}, {}, {at::ones({}, meta)}, 1e-3,
                      .9, .99, 0., 1e-8, false, false);
  });
}
CC
cat >shapes.py <<'PY'
import torch

table, ids = torch.empty(10, 4, device="meta"), torch.zeros(3, dtype=torch.long, device="meta")
w = [torch.empty(4, 4, device="meta") for _ in range(4)]
adamw = dict(lr=1e-3, beta1=.9, beta2=.99, weight_decay=0., eps=1e-8, amsgrad=False, maximize=False)
for name, run in {
    "matmul": lambda: table @ table.t(),
    "index": lambda: table[ids],
    "embedding": lambda: torch.embedding(table, ids),
    "where": lambda: torch.where(table > 0, table, table),
    "fused_adamw": lambda: torch._fused_adamw_(
        w[:1], w[1:2], w[2:3], w[3:], [], [torch.ones((), device="meta")], **adamw),
}.items():
    try:
        run()
        print(f"{name}: works")
    except NotImplementedError:
        print(f"{name}: no kernel")
PY
torch=$(echo "$work"/venv/lib/python3*/site-packages/torch)
# The GPU libraries that libtorch_cpu.so names are found by their folders.
LD_LIBRARY_PATH=$(find "${torch%/torch}/nvidia" -name lib -type d | paste -sd:)
export LD_LIBRARY_PATH
g++ -std=c++20 -I"$torch/include" shapes.cc -L"$torch/lib" -ltorch_cpu -lc10 -Wl,-rpath,"$torch/lib" \
  -Wl,--unresolved-symbols=ignore-in-shared-libs -o shapes
{
  venv/bin/python -c 'import torch; print("torch", torch.__version__.split("+")[0])'
  echo 'from Python:'
  venv/bin/python shapes.py
  echo 'from C++:'
  ./shapes
} | tee seen
diff seen - <<'SEEN'
torch 2.15.0
from Python:
matmul: works
index: works
embedding: works
where: works
fused_adamw: works
from C++:
matmul: works
index: works
embedding: no kernel
where: no kernel
fused_adamw: no kernel
SEEN
