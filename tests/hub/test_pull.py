"""kani pull: what is brought, what is said, what is asked."""
import hashlib
import json
import os
import unittest

from imitation.repositories import READER, STRANGER
from machine import CODEC, EN, PARTS, SPEAKER, HubTest, add_model


class PullTest(HubTest):
    def test_brings_model_codec_and_encoder_into_the_cache_of_the_python_tools(self):
        self.good("pull", "kani-tts-2-en")
        for name in PARTS:
            folder, repository = self.machine.folder(name), self.hub.repositories[name]
            commit = repository.branches["main"]
            self.assertEqual((folder / "refs/main").read_bytes(), commit.encode())
            snapshot = folder / "snapshots" / commit
            found = {path.relative_to(snapshot).as_posix() for path in snapshot.rglob("*") if path.is_symlink()}
            self.assertEqual(found, set(repository.files))
            for path, stored in repository.files.items():
                self.assertEqual(os.readlink(snapshot / path), f"../../blobs/{stored.etag}")
                self.assertEqual((snapshot / path).read_bytes(), b"".join(stored.parts()))
            self.assertEqual(set(os.listdir(folder / "blobs")), {file.etag for file in repository.files.values()})
            self.assertFalse(list(folder.rglob("*incomplete*")))
        self.assertEqual(set(os.listdir(self.machine.cache)) - {".locks"},
                         {"models--" + name.replace("/", "--") for name in PARTS})

    def test_shows_what_how_large_from_where_and_under_which_licence(self):
        out = self.good("pull", "kani-tts-2-en", "--dry-run").out
        for part in (*PARTS, self.hub.url, "lfm1.0", "nvidia-open-model-license", "CC-BY-SA-3.0", "27.5 MB", "to download",
                     "shown at https://"):
            self.assertIn(part, out)

    def test_a_dry_run_writes_nothing_and_asks_for_no_file(self):
        before = self.machine.everything()
        report = self.json("pull", "kani-tts-2-en", "--dry-run")
        self.assertTrue(report["dry_run"])
        self.assertFalse(report["complete"])
        self.assertEqual(report["missing_bytes"], report["total_bytes"])
        self.assertEqual(self.machine.everything(), before)
        self.assertFalse(self.requests("/resolve/"))

    def test_again_asks_once_a_repository_and_brings_nothing(self):
        self.good("pull", "kani-tts-2-en")
        self.hub.command("reset", {})
        before = self.machine.everything(without=[self.machine.home / ".config"])
        report = self.json("pull", "kani-tts-2-en")
        self.assertTrue(report["complete"])
        self.assertEqual(report["downloaded_bytes"], 0)
        self.assertEqual(len(self.hub.log), len(PARTS))
        self.assertEqual(self.machine.everything(without=[self.machine.home / ".config"]), before)

    def test_a_part_can_be_left_out_and_brought_later(self):
        self.good("pull", "kani-tts-2-en", "--without", "speaker-encoder")
        self.assertFalse(self.machine.folder(SPEAKER).exists())
        self.assertIn("speaks; no speaker encoder", self.good("models").out)
        self.good("pull", "kani-tts-2-en")
        self.assertIn("speaks, clones", self.good("models").out)

    def test_patterns_choose_files_of_the_named_repository_alone(self):
        self.good("pull", EN, "--include", "*.json", "--include", "README.md")
        names = {path.name for path in self.machine.snapshot(EN).iterdir()}
        self.assertEqual(names, {"README.md", "config.json", "generation_config.json", "tokenizer.json",
                                 "tokenizer_config.json"})
        self.assertFalse(self.machine.folder(CODEC).exists())
        self.bad(2, "pull", EN, "--include", "*.nothing")

    def test_only_what_changed_comes_with_a_new_commit(self):
        self.good("pull", "kani-tts-2-en")
        repository = self.hub.repositories[EN]
        old, kept = repository.branches["main"], dict(repository.files)
        repository.put("notes.txt", b"a new file\n")
        repository.commit()
        try:
            report = self.json("pull", "kani-tts-2-en")
            self.assertEqual(report["downloaded_bytes"], len(b"a new file\n"))
            self.assertEqual(len(os.listdir(self.machine.folder(EN) / "snapshots")), 2)
            self.good("pull", EN, "--revision", old, "--include", "*", "--offline")
        finally:
            repository.files = kept
            repository.branches["main"] = old

    def test_branches_tags_and_commits(self):
        repository = self.hub.repositories[EN]
        commit = repository.branches["main"]
        repository.branches["feat/x"] = commit
        repository.tags["v1"] = commit
        self.good("pull", EN + "@feat/x")
        self.assertEqual((self.machine.folder(EN) / "refs/feat/x").read_text(), commit)
        self.assertEqual(self.speak()["model"], "kani-tts-2-en@feat/x")
        self.good("pull", "kani-tts-2-en", "--revision", "v1")
        self.assertEqual((self.machine.folder(EN) / "refs/v1").read_text(), commit)
        self.assertFalse((self.machine.folder(EN) / "refs/main").exists())
        self.speak("--model", f"kani-tts-2-en@{commit}")
        self.bad(2, "pull", EN + "@v1", "--revision", "v1")

    def test_a_checkpoint_that_no_table_knows_brings_its_codec_and_encoder(self):
        add_model(self.hub, "acme/own")
        report = self.json("pull", "acme/own")
        self.assertEqual([part["repository"] for part in report["parts"]], ["acme/own", CODEC, SPEAKER])
        self.assertTrue(report["default"])
        self.assertEqual(self.speak()["model"], "acme/own")
        self.assertEqual(self.speak("--model", "own")["model"], "own")

    def test_a_repository_that_is_no_model_is_brought_alone(self):
        from imitation import add_tiny
        add_tiny(self.hub)
        report = self.json("pull", "acme/tiny")
        self.assertEqual([part["kind"] for part in report["parts"]], ["repository"])
        self.assertFalse(report["default"])
        self.assertEqual(sorted(path.name for path in self.machine.snapshot("acme/tiny").rglob("*") if path.is_file()),
                         [".gitattributes", "README.md", "config.json", "empty.txt", "model.safetensors", "notes.txt"])

    def test_a_program_gets_every_file_with_its_hash(self):
        report = self.json("pull", "kani-tts-2-en")
        files = {file["path"]: file for file in report["parts"][0]["files"]}
        data = (self.machine.snapshot(EN) / "model.safetensors").read_bytes()
        self.assertEqual(files["model.safetensors"]["hash"], hashlib.sha256(data).hexdigest())
        self.assertEqual(report["parts"][0]["commit"], self.hub.repositories[EN].branches["main"])

    def test_asks_on_a_terminal_and_shows_one_line_of_progress(self):
        outcome = self.machine.run_on_terminal("pull", "kani-tts-2-en", answers="n\n")
        self.assertEqual(outcome.code, 8, outcome)
        self.assertIn("pull it? [Y/n]", outcome.out)
        self.assertFalse(self.machine.cache.exists())
        self.hub.faults.add(match="^cdn GET", rate=20_000_000)
        outcome = self.machine.run_on_terminal("pull", "kani-tts-2-en", answers="y\n")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertRegex(outcome.out, r"\r\x1b\[K\[#*-*\] \d+ %  [\d.]+ MB of [\d.]+ MB  [\d.]+ .B/s  \d+ s left")

    def test_a_pipe_gets_no_progress_and_no_question(self):
        outcome = self.good("pull", "kani-tts-2-en")
        self.assertNotIn("\r", outcome.out + outcome.err)
        self.assertNotIn("[Y/n]", outcome.err)

    def test_a_token_opens_what_is_gated_or_private(self):
        repository = self.hub.repositories[EN]
        for field in ("gated", "private"):
            vars(repository)[field] = True
            self.addCleanup(vars(repository).__setitem__, field, False)
            self.bad(3 if field == "private" else 9, "pull", "kani-tts-2-en")
            self.bad(3 if field == "private" else 9, "pull", "kani-tts-2-en", env={"HF_TOKEN": STRANGER})
            self.good("pull", "kani-tts-2-en", env={"HF_TOKEN": READER})
            vars(repository)[field] = False
            self.good("models", "remove", "kani-tts-2-en", "-y")

    def test_a_renamed_repository_is_stored_under_the_name_that_was_asked_for(self):
        add_model(self.hub, "acme/new")
        self.hub.add("acme/old").moved_to = "acme/new"
        self.good("pull", "acme/old")
        self.assertTrue(self.machine.snapshot("acme/old").is_dir())
        self.assertFalse(self.machine.folder("acme/new").exists())


class XetPullTest(HubTest):
    """Large files lie in the chunk store: the same redirect serves them."""

    xet = True

    def test_needs_no_support_of_the_store(self):
        report = self.json("pull", "kani-tts-2-en")
        self.assertFalse(self.requests("reconstructions"))
        self.assertEqual(json.dumps(report).count('"present"'), 7 + 2 + 2)
        self.speak()


if __name__ == "__main__":
    unittest.main()
