#!/usr/bin/env python3
"""The Python tools themselves on the same cache, both ways, at pinned versions. Not part of the default tests: needs PyPI.

    KANI=build/test/bin/kani KANI_MODELS=models tests/hub/real_clients.py FOLDER

FOLDER keeps a virtual environment for each version (pip fills those that are not there); where PyPI is absent the tests are
skipped, and say so. Everything else happens on loopback, against the imitation.
"""
import json
import os
import shutil
import subprocess
import sys
import textwrap
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
if __name__ == "__main__":
    ENVIRONMENTS = Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)

from machine import CODEC, EN, PARTS, SPEAKER, HubTest, Outcome  # noqa: E402

HF_XET = "hf_xet==1.8.0"
# What kani-tts-2 asks for, a release between, and today's.
TRANSFORMERS = {"0.36.2": "4.56.0", "2.4.0": "5.24.0"}
VERSIONS = ("0.36.2", "1.33.0", "2.4.0")


def python(version):
    """The interpreter of a version; None where it cannot be installed."""
    folder = ENVIRONMENTS / version
    if not (folder / "ready").exists():
        packages = [f"huggingface_hub=={version}", HF_XET]
        if version in TRANSFORMERS:
            packages.append(f"transformers=={TRANSFORMERS[version]}")
        made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False).returncode == 0
        if not made or subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages],
                                      check=False).returncode != 0:
            return None
        (folder / "ready").touch()
    return folder / "bin/python"


class Client(HubTest):
    """Tests of one version; the classes below name it."""

    version = None
    xet = True

    @classmethod
    def setUpClass(cls):
        if cls.version is None:
            raise unittest.SkipTest("the base of the others")
        cls.python = python(cls.version)
        if cls.python is None:
            raise unittest.SkipTest(f"huggingface_hub {cls.version} cannot be installed: no PyPI")
        super().setUpClass()

    def tool(self, *command, env=None, code=0):
        environment = {**self.machine.environment, "HF_HUB_DISABLE_TELEMETRY": "1", **(env or {})}
        done = subprocess.run(command, env=environment, cwd=self.machine.root, capture_output=True, text=True, check=False,
                              timeout=300)
        outcome = Outcome(done.returncode, done.stdout, done.stderr)
        self.assertEqual(done.returncode, code, outcome)
        return outcome

    def script(self, text, *arguments, env=None):
        outcome = self.tool(str(self.python), "-c", textwrap.dedent(text), *arguments, env=env)
        return json.loads(outcome.out.splitlines()[-1])

    def hf(self, *arguments, env=None):
        return self.tool(str(self.python.parent / "hf"), *arguments, env=env)

    def download(self, name, env=None):
        return self.script("""
            import json, sys
            from huggingface_hub import snapshot_download
            print(json.dumps(snapshot_download(sys.argv[1])))""", name, env=env)

    def old(self):
        return self.version.startswith("0.")

    # What we pulled, read by them.

    def test_finds_what_we_pulled_without_network(self):
        self.good("pull", "kani-tts-2-en")
        self.hub.command("reset", {})
        for name in PARTS:
            found = self.script("""
                import json, sys
                from huggingface_hub import hf_hub_download, snapshot_download, try_to_load_from_cache
                folder = snapshot_download(sys.argv[1], local_files_only=True)
                files = sys.argv[2:]
                print(json.dumps([folder, [hf_hub_download(sys.argv[1], file, local_files_only=True) for file in files],
                                  [try_to_load_from_cache(sys.argv[1], file) for file in files]]))""",
                                name, *self.hub.repositories[name].files, env={"HF_HUB_OFFLINE": "1"})
            snapshot = self.machine.snapshot(name)
            paths = [str(snapshot / path) for path in self.hub.repositories[name].files]
            self.assertEqual(found, [str(snapshot), paths, paths])
        self.assertEqual(self.hub.log, [])

    def test_downloads_nothing_again(self):
        self.good("pull", "kani-tts-2-en")
        self.hub.command("reset", {})
        for name in PARTS:
            self.assertEqual(self.download(name), str(self.machine.snapshot(name)))
        self.assertEqual(self.requests("cdn"), [])
        self.assertEqual(self.requests("GET /api/resolve-cache"), [])

    def test_lists_it_without_a_warning_and_verifies_it(self):
        self.good("pull", "kani-tts-2-en")
        listed = self.hf("cache", "scan") if self.old() else self.hf("cache", "ls")
        self.assertIn(EN, listed.out)  # long names are cut
        scanned = self.script("""
            import json
            from huggingface_hub import scan_cache_dir
            found = scan_cache_dir()
            print(json.dumps([sorted(repo.repo_id for repo in found.repos), [str(warning) for warning in found.warnings]]))""")
        self.assertEqual(scanned, [sorted(PARTS), []])
        self.assertNotIn("arning", listed.out + listed.err)
        self.assertNotIn("orrupt", listed.out + listed.err)
        if self.old():
            return  # has no `hf cache verify`
        for name in PARTS:
            self.hf("cache", "verify", name, "--fail-on-missing-files", "--fail-on-extra-files")

    def test_transformers_reads_tokenizer_and_config(self):
        if self.version not in TRANSFORMERS:
            self.skipTest("transformers is tried with the other versions")
        self.good("pull", "kani-tts-2-en")
        read = self.script("""
            import json, sys
            from transformers import AutoConfig, AutoTokenizer
            config = AutoConfig.from_pretrained(sys.argv[1])
            print(json.dumps([config.hidden_size, AutoTokenizer.from_pretrained(sys.argv[1]).encode("Hello there.")]))""",
                           EN, env={"HF_HUB_OFFLINE": "1"})
        ours = self.json("tokenize", "Hello there.", "--model", "kani-tts-2-en")
        self.assertEqual(read, [256, ours["ids"]])

    # What they pulled, read by us.

    def assert_ours(self):
        """kani finds it, speaks with it, finds no damage, and downloads nothing."""
        self.assertRegex(self.good("models").out, r"kani-tts-2-en +[\d.]+ MB +cache +main \w{7} +lfm1.0 +speaks, clones")
        self.speak("--model", "kani-tts-2-en")
        self.good("clone", self.machine.recording(), "-o", "me", "--model", EN)
        self.hub.command("reset", {})
        report = self.json("pull", "kani-tts-2-en")
        self.assertEqual(report["downloaded_bytes"], 0)
        self.assertEqual(self.requests("cdn"), [])

    def test_what_it_pulled_by_plain_http_speaks(self):
        for name in PARTS:
            self.download(name, env={"HF_HUB_DISABLE_XET": "1"})
        self.assert_ours()
        self.good("models", "verify", "kani-tts-2-en")

    def test_what_it_pulled_from_the_chunk_store_speaks(self):
        for name in PARTS:
            self.download(name)
        self.assertTrue(self.requests("reconstructions"), "the chunk store was not used")
        self.assert_ours()
        self.good("models", "verify", "kani-tts-2-en")
        self.good("models", "remove", "kani-tts-2-en", "-y")
        self.bad(3, "speak", "Hello.", "--model", "kani-tts-2-en")

    def test_what_it_pulled_without_links_speaks(self):
        if self.old():
            self.skipTest("0.36.2 does not know HF_HUB_DISABLE_SYMLINKS")
        for name in PARTS:
            self.download(name, env={"HF_HUB_DISABLE_SYMLINKS": "1", "HF_HUB_DISABLE_XET": "1"})
        self.assertFalse((self.machine.snapshot(EN) / "config.json").is_symlink())
        self.assert_ours()

    def test_what_it_downloaded_to_a_folder_speaks(self):
        self.hf("download", EN, "--local-dir", "here", env={"HF_HUB_DISABLE_XET": "1"})
        self.hf("download", CODEC, "--local-dir", "here", env={"HF_HUB_DISABLE_XET": "1"})
        self.speak("--model", "here")
        self.hf("download", SPEAKER, "--local-dir", "here/speaker", env={"HF_HUB_DISABLE_XET": "1"})
        self.good("clone", self.machine.recording(), "-o", "me", "--model", "here")

    def test_its_interrupted_download_is_completed(self):
        self.hub.faults.add(match="^cdn GET", stall=1_000_000)
        process = subprocess.Popen(
            [str(self.python), "-c", f"from huggingface_hub import snapshot_download; snapshot_download('{EN}')"],
            env={**self.machine.environment, "HF_HUB_DISABLE_XET": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.hub.command("reset", {})
        self.assertIn("incomplete: ", self.good("models").out)
        self.assertIn("run 'kani pull", self.bad(3, "speak", "Hello.", "--model", "kani-tts-2-en").err)
        self.good("pull", "kani-tts-2-en")
        self.speak()
        self.assertEqual(self.download(EN), str(self.machine.snapshot(EN)))
        self.good("models", "verify", "kani-tts-2-en")

    def test_a_pull_beside_it_brings_every_file_once(self):
        self.hub.faults.add(match="^cdn GET", rate=10_000_000)
        env = {**self.machine.environment, "HF_HUB_DISABLE_XET": "1"}
        theirs = subprocess.Popen([str(self.python), "-c",
                                   f"from huggingface_hub import snapshot_download; snapshot_download('{EN}')"], env=env)
        ours = self.machine.start("pull", EN, "--include", "*")
        _, err = ours.communicate(timeout=120)
        self.assertEqual(theirs.wait(timeout=120), 0)
        self.assertEqual(ours.returncode, 0, err)
        self.good("models", "verify", "kani-tts-2-en")
        large = [entry["path"].split("?")[0] for entry in self.requests("cdn GET")]
        self.assertEqual(len(large), len(set(large)), large)


class Client0Test(Client):
    version = "0.36.2"


class Client1Test(Client):
    version = "1.33.0"


class Client2Test(Client):
    version = "2.4.0"


if __name__ == "__main__":
    unittest.main()
