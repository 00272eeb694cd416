"""A user's machine for tests of the program: an empty home, its own environment, and a hub that is an imitation.

KANI names the program, KANI_MODELS the folder of the models that ship.
"""
import json
import math
import os
import pty
import select
import shutil
import struct
import subprocess
import tempfile
import time
import unittest
import wave
from pathlib import Path

from imitation import Imitation

PROGRAM = os.environ["KANI"]
MODELS = Path(os.environ["KANI_MODELS"])
LONGEST_RUN_S = 120

EN, PT = "nineninesix/kani-tts-2-en", "nineninesix/kani-tts-2-pt"
CODEC = "nvidia/nemo-nano-codec-22khz-0.6kbps-12.5fps"
SPEAKER = "nineninesix/speaker-emb-tbr"
PARTS = (EN, CODEC, SPEAKER)


class Outcome:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Machine:
    def __init__(self, hub):
        self.root = Path(tempfile.mkdtemp(prefix="kani_hub_"))
        self.home = self.root / "home"
        self.home.mkdir()
        self.cache = self.home / ".cache/huggingface/hub"
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "HF_ENDPOINT": hub.url, "LANG": "C.UTF-8",
                            "KANI_RETRY_MS": "20"}

    def close(self):
        for place, folders, _ in os.walk(self.root):
            for folder in folders:
                path = os.path.join(place, folder)
                if not os.path.islink(path):
                    os.chmod(path, 0o755)
        shutil.rmtree(self.root)

    def start(self, *arguments, env=None, **options):
        return subprocess.Popen([PROGRAM, *arguments], cwd=self.root, env={**self.environment, **(env or {})},
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                errors="replace", **options)

    def run(self, *arguments, env=None, **options):
        process = self.start(*arguments, env=env, **options)
        try:
            out, err = process.communicate(timeout=LONGEST_RUN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return Outcome(process.returncode, out, err)

    def run_on_terminal(self, *arguments, answers="", env=None):
        """With a terminal as stdin, stdout and stderr; `answers` are typed. Everything it shows is in `out`."""
        controller, terminal = pty.openpty()
        process = subprocess.Popen([PROGRAM, *arguments], cwd=self.root, env={**self.environment, **(env or {})},
                                   stdin=terminal, stdout=terminal, stderr=terminal, close_fds=True)
        os.close(terminal)
        os.write(controller, answers.encode())
        shown, end = b"", time.monotonic() + LONGEST_RUN_S
        while time.monotonic() < end:
            if select.select([controller], [], [], 0.05)[0]:
                try:
                    piece = os.read(controller, 65536)
                except OSError:  # the other side is closed
                    break
                shown += piece
            elif process.poll() is not None:
                break
        if process.poll() is None and time.monotonic() >= end:
            process.kill()
        os.close(controller)
        return Outcome(process.wait(), shown.decode(errors="replace"), "")

    def recording(self, name="me.wav", seconds=2, rate=16000):
        """Sound that is not silent, for the speaker encoder."""
        with wave.open(str(self.root / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            waves = (math.sin(index * 0.06) + 0.3 * math.sin(index * 0.19) for index in range(seconds * rate))
            file.writeframes(b"".join(struct.pack("<h", int(8000 * value)) for value in waves))
        return name

    def folder(self, repository):
        return self.cache / ("models--" + repository.replace("/", "--"))

    def snapshot(self, repository, revision="main"):
        commit = (self.folder(repository) / "refs" / revision).read_text()
        return self.folder(repository) / "snapshots" / commit

    def everything(self, without=()):
        """Every path below the root with what it holds, so that two states can be compared."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            if any(path == place or place in path.parents for place in without):
                continue
            if path.is_symlink():
                found[str(path)] = "-> " + os.readlink(path)
            elif path.is_file():
                found[str(path)] = path.read_bytes()
            else:
                found[str(path)] = None
        return found


def add_model(hub, name=EN, xet=False):
    """The model that ships, laid out as a repository of the official ones is."""
    repository = hub.add(name)
    for file in sorted((MODELS / "mini/lm").iterdir()):
        repository.put(file.name, source=str(file), xet=xet and file.stat().st_size > 1 << 20)
    repository.put("README.md", b"---\nlicense: other\nlicense_name: lfm1.0\n---\n# a card\n")
    repository.put(".gitattributes", b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n")
    repository.commit()
    return repository


def add_parts(hub, xet=False):
    codec = hub.add(CODEC)
    codec.put(CODEC.split("/")[1] + ".nemo", source=str(MODELS / "mini/codec.nemo"), xet=xet)
    codec.put("README.md", b"---\nlicense: other\nlicense_name: nvidia-open-model-license\n---\n")
    codec.commit()
    speaker = hub.add(SPEAKER)
    for file in sorted((MODELS / "mini/speaker").iterdir()):
        speaker.put(file.name, source=str(file), xet=xet and file.stat().st_size > 1 << 20)
    speaker.commit()


class HubTest(unittest.TestCase):
    """One imitation for a class, a fresh machine for a test."""

    xet = False

    @classmethod
    def setUpClass(cls):
        cls.hub = Imitation()
        cls.hub.__enter__()
        cls.addClassCleanup(cls.hub.__exit__)
        cls.fill(cls.hub)

    @classmethod
    def fill(cls, hub):
        add_model(hub, xet=cls.xet)
        add_parts(hub, xet=cls.xet)

    def setUp(self):
        self.hub.command("reset", {})
        self.machine = Machine(self.hub)
        self.addCleanup(self.machine.close)

    def good(self, *arguments, **options):
        outcome = self.machine.run(*arguments, **options)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def bad(self, code, *arguments, **options):
        outcome = self.machine.run(*arguments, **options)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(outcome.err.count("kani: error:"), 1, outcome)
        return outcome

    def json(self, *arguments, **options):
        return json.loads(self.good(*arguments, "--json", **options).out)

    def speak(self, *arguments, **options):
        """Speaks a word and returns the report."""
        return self.json("speak", "Hello.", "--max-seconds", "0.3", "-o", "out.wav", *arguments, **options)

    def requests(self, pattern=""):
        return [entry for entry in self.hub.log if pattern in f"{entry['server']} {entry['method']} {entry['path']}"]
