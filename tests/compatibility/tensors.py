"""Voices and checkpoints by torch, safetensors, NumPy and ml_dtypes."""
import json
import tarfile

import ml_dtypes
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch

TORCH, NUMPY, SAFETENSORS = "torch 2.15.0", "numpy 2.5.5", "safetensors 0.8.0"
VALUES = [0.5, -0.25, 0.75, 0.125]


def add(table):
    voices(table)
    checkpoints(table)
    impostors(table)


def voices(table):
    path = table.path
    vector = torch.tensor(VALUES)

    def pt(wrote, value, expected=None, made="the same numbers", **options):
        torch.save(value, path("voice.pt"), **options)
        table.values("voice", TORCH, wrote, made, "voice", path("voice.pt"), expected or VALUES)

    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        pt(f"`.pt` of {dtype}", vector.to(dtype))
    pt("`.pt` of [1, 4]", vector[None])
    pt("`.pt`, every second element of a longer tensor", torch.stack([vector, vector + 1], 1)[:, 0])
    pt("`.pt` of nn.Parameter", torch.nn.Parameter(vector))
    marked = torch.nn.Parameter(vector.clone())
    marked.tag = "x"
    pt("`.pt` of nn.Parameter with an attribute", marked)
    tagged = vector.clone()
    tagged.tag = "x"
    pt("`.pt` of a tensor with an attribute", tagged)
    pt("`.pt` with the flag neg (x.conj().imag)", torch.complex(vector, vector).conj().imag, [-x for x in VALUES], "the negatives, as torch")
    pt("`.pt`, pickle_protocol=4", vector, pickle_protocol=4)
    pt("`.pt`, pickle_protocol=5", vector, pickle_protocol=5)
    pt("`.pt` of {'embedding': tensor}", {"embedding": vector})

    def refused(wrote, value, words, **options):
        torch.save(value, path("voice.pt"), **options)
        table.refused("voice", TORCH, wrote, words, "voice", path("voice.pt"))

    refused("`.pt` of complex64", torch.complex(vector, vector), "torch.ComplexFloatStorage' is not allowed")
    refused("`.pt` of float8_e4m3fn", vector.to(torch.float8_e4m3fn), "is not allowed")
    refused("`.pt` in the form before 1.6", vector, "is a bare pickle as PyTorch before 1.6 wrote it", _use_new_zipfile_serialization=False)
    refused("`.pt` of two tensors", {"a": vector, "b": vector}, "2 tensors, expected one")
    for dtype in (np.float64, np.float32, np.float16):
        np.save(path("voice.npy"), np.array(VALUES, dtype))
        table.values("voice", NUMPY, f"`.npy` of {np.dtype(dtype)}", "the same numbers", "voice", path("voice.npy"), VALUES)
    np.save(path("voice.npy"), np.array(VALUES, ml_dtypes.bfloat16))
    table.values("voice", NUMPY + ", ml_dtypes 0.6.0", "`.npy` of bfloat16", "the same numbers", "voice", path("voice.npy"), VALUES)
    for value, wrote, words in ((np.array(VALUES, ">f4"), "`.npy`, big-endian", "elements of type '>f4'"),
                                (np.array(VALUES, np.int32), "`.npy` of int32", "elements of type '<i4'")):
        np.save(path("voice.npy"), value)
        table.refused("voice", NUMPY, wrote, words, "voice", path("voice.npy"))
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        safetensors.torch.save_file({"embedding": vector.to(dtype)}, path("voice.safetensors"))
        table.values("voice", SAFETENSORS, f"`.safetensors` of {dtype}", "the same numbers", "voice", path("voice.safetensors"), VALUES)
    with open(path("voice.json"), "w", encoding="utf-8") as file:
        json.dump(VALUES, file)
    table.values("voice", "Python 3.12", "`.json`, an array", "the same numbers", "voice", path("voice.json"), VALUES)


def checkpoints(table):
    path = table.path
    torch.manual_seed(1)
    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    state = module.state_dict()
    expected = {name: value.double().flatten().tolist() for name, value in state.items()}

    def same(wrote, kind, name, tool=TORCH):
        found = table.describe(kind, path(name))
        values = {key: one["values"] for key, one in found.items()} if "error" not in found else found
        table.same("checkpoint", tool, wrote, "the same numbers", values, expected)

    torch.save(state, path("c.bin"))
    same("state dict", "checkpoint", "c.bin")
    torch.save({"state_dict": state, "epoch": 3, "lr": 0.1, "names": ["a", "b"]}, path("c.ckpt"))
    same("state_dict beside numbers and lists", "checkpoint", "c.ckpt")
    torch.save(dict(module.named_parameters()) | dict(module.named_buffers()), path("p.pt"))
    same("parameters themselves", "checkpoint", "p.pt")
    safetensors.torch.save_file(state, path("c.safetensors"))
    same("state dict", "safetensors", "c.safetensors", SAFETENSORS)
    masks = {"mask": torch.tensor([True, False]), "bytes": torch.tensor([1, 255], dtype=torch.uint8)}
    torch.save(masks, path("m.pt"))
    found = table.describe("checkpoint", path("m.pt"))
    table.same("checkpoint", TORCH, "bool and uint8", "the same numbers", [found.get("mask", {}).get("values"), found.get("bytes", {}).get("values")],
               [[1.0, 0.0], [1.0, 255.0]])
    torch.save(module, path("module.pt"))
    table.refused("checkpoint", TORCH, "a whole module", "is not allowed", "checkpoint", path("module.pt"))


def impostors(table):
    path = table.path
    with open(path("c.safetensors"), "rb") as file:
        whole = file.read()
    with open(path("c.bin"), "rb") as file:
        pickled = file.read()
    for wrote, data, words in (
            ("a web page", b"<!DOCTYPE html><html><head>", "is a web page"),
            ("an error of an object store", b"<?xml version=\"1.0\"?><Error>", "is a web page"),
            ("an error as text", b"Entry not found", "is text ('Entry not found')"),
            ("an error as JSON", b"{\"error\":\"Repository not found\"}", "is text"),
            ("nothing", b"", "is empty"),
            ("a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
            ("GGUF", b"GGUF\x03\0\0\0" + bytes(30), "is a GGUF file"),
            ("what torch.save wrote", pickled, "is a zip archive, as torch.save and numpy.savez write"),
            ("a file cut in its header", whole[:100], "was cut short"),
            ("a file cut in its data", whole[:-4], "was cut short"),
            ("zeros", bytes(5000), "begins with zeros")):
        with open(path("bad.safetensors"), "wb") as file:
            file.write(data)
        table.refused("in the place of weights", "downloads", f"{wrote} as `.safetensors`", words, "safetensors", path("bad.safetensors"))
    for wrote, data, words in (("a web page", b"<html>", "is a web page"), ("a file cut short", pickled[:-100], "without its end")):
        with open(path("bad.bin"), "wb") as file:
            file.write(data)
        table.refused("in the place of weights", "downloads", f"{wrote} as `.bin`", words, "checkpoint", path("bad.bin"))
    with open(path("bad.nemo"), "wb") as file:
        file.write(b"<html>")
    table.refused("in the place of weights", "downloads", "a web page as `.nemo`", "is a web page", "nemo", path("bad.nemo"))
    with tarfile.open(path("empty.nemo"), "w"):
        pass
    table.refused("in the place of weights", "Python 3.12 tarfile", "a tar of nothing as `.nemo`", "this is no .nemo archive", "nemo",
                  path("empty.nemo"))
