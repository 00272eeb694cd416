"""kani models, and the names of models in every command."""
import os
import shutil
import unittest

from machine import CODEC, EN, MODELS, PT, SPEAKER, HubTest, add_model


class ModelsTest(HubTest):
    @classmethod
    def fill(cls, hub):
        super().fill(hub)
        add_model(hub, PT)
        add_model(hub, "LiquidAI/LFM2-350M")  # in its place

    def test_lists_what_ships_what_is_here_and_what_can_be_pulled(self):
        out = self.good("models").out
        self.assertRegex(out, r"\* +mini +[\d.]+ MB +shipped")
        self.assertIn("'kani pull kani-tts-2-en' (about 2.44 GB)", out)
        self.good("pull", "kani-tts-2-en")
        out = self.good("models").out
        commit = self.hub.repositories[EN].branches["main"]
        self.assertRegex(out, rf"\* +kani-tts-2-en +[\d.]+ MB +cache +main {commit[:7]} +lfm1.0 +speaks, clones")
        self.assertNotIn("'kani pull kani-tts-2-en'", out)
        self.assertIn("'kani pull kani-tts-2-pt'", out)
        report = self.json("models")
        self.assertEqual(report["default"], "kani-tts-2-en")
        self.assertEqual([model["name"] for model in report["models"]], ["mini", "kani-tts-2-en"])

    def test_speaks_with_the_pulled_model_and_goes_back(self):
        self.assertEqual(self.speak()["model"], "mini")
        self.good("pull", "kani-tts-2-en")
        self.assertEqual(self.speak()["model"], "kani-tts-2-en")
        self.assertEqual(self.good("models", "default").out, "kani-tts-2-en\n")
        line = self.good("speak", "Hi.", "-o", "out.wav", "--max-seconds", "0.2").err
        self.assertIn("model kani-tts-2-en", line)
        self.good("models", "default", "mini")
        self.assertEqual(self.speak()["model"], "mini")
        self.bad(3, "models", "default", "nobody")
        self.bad(3, "models", "default", "kani-tts-2-pt")

    def test_what_only_trains_is_pulled_alone_and_is_no_default(self):
        report = self.json("pull", "LFM2-350M")
        self.assertEqual([part["repository"] for part in report["parts"]], ["LiquidAI/LFM2-350M"])
        self.assertFalse(report["default"])
        self.assertEqual(self.speak()["model"], "mini")
        self.assertRegex(self.good("models").out, r"\n +LFM2-350M .*training begins with it")

    def test_a_folder_of_the_same_name_without_a_model_is_not_in_the_way(self):
        (self.machine.root / "kani-tts-2-en").mkdir()
        self.assertIn("no config.json", self.bad(3, "speak", "Hello.", "--model", "kani-tts-2-en").err)
        self.good("pull", "kani-tts-2-en")
        self.speak("--model", "kani-tts-2-en")

    def test_every_command_takes_the_names(self):
        self.good("pull", "kani-tts-2-en")
        self.good("models", "default", "mini")
        for name in ("kani-tts-2-en", EN, EN + "@main"):
            self.speak("--model", name)
        self.good("clone", self.machine.recording(), "-o", "me", "--model", "kani-tts-2-en")
        self.speak("--model", "kani-tts-2-en", "--voice", "me")
        self.good("codec", "encode", "out.wav", "-o", "codes.json", "--model", "kani-tts-2-en")
        self.good("codec", "decode", "codes.json", "-o", "again.wav", "--model", EN)
        self.good("tokenize", "Hello.", "--model", "kani-tts-2-en")
        self.good("voices", "list", "--model", "kani-tts-2-en")
        parts = self.json("inspect", "kani-tts-2-en")
        self.assertEqual([part["kind"] for part in parts], ["language model", "tokenizer", "codec", "speaker encoder"])
        self.assertEqual([part["kind"] for part in self.json("inspect", CODEC)], ["codec"])
        self.assertEqual([part["kind"] for part in self.json("inspect", SPEAKER)], ["speaker encoder"])

    def test_a_known_model_that_is_not_here_says_what_to_run(self):
        for command in (["speak", "Hello.", "-o", "a.wav"], ["voices", "list"]):
            err = self.bad(3, *command, "--model", "kani-tts-2-pt").err
            self.assertIn("is not here: run 'kani pull kani-tts-2-pt' (about 2.44 GB)", err)
        self.assertFalse(self.hub.log)
        err = self.bad(3, "speak", "Hello.", "--model", "acme/nothing").err
        self.assertIn("'kani pull acme/nothing'", err)

    def test_a_terminal_offers_to_pull_it(self):
        arguments = ("speak", "Hello.", "--max-seconds", "0.2", "-o", "a.wav", "--model", "kani-tts-2-pt")
        outcome = self.machine.run_on_terminal(*arguments, answers="n\n")
        self.assertEqual(outcome.code, 3, outcome)
        self.assertFalse(self.hub.log)
        outcome = self.machine.run_on_terminal(*arguments, answers="\n")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertTrue((self.machine.root / "a.wav").exists())
        offline = self.machine.run_on_terminal(*arguments[:-1], "LFM2-350M", answers="y\n", env={"KANI_OFFLINE": "1"})
        self.assertEqual(offline.code, 3, offline)
        self.assertNotIn("[Y/n]", offline.out)

    def test_a_default_that_is_gone_says_how_to_go_on(self):
        self.good("pull", "kani-tts-2-en")
        shutil.rmtree(self.machine.cache)
        err = self.bad(3, "speak", "Hello.", "-o", "a.wav").err
        self.assertIn("'kani pull kani-tts-2-en'", err)
        self.assertIn("'kani models default mini'", err)
        self.speak("--model", "mini")
        self.good("models")
        self.good("models", "default", "mini")
        self.speak()

    def test_a_part_that_is_missing_is_named(self):
        self.good("pull", "kani-tts-2-en", "--without", "speaker-encoder")
        self.speak()
        err = self.bad(3, "clone", self.machine.recording(), "-o", "me").err
        self.assertIn(f"'kani pull {SPEAKER}'", err)
        os.remove(self.machine.snapshot(EN) / "model.safetensors")
        err = self.bad(3, "speak", "Hello.", "-o", "a.wav").err
        self.assertIn("lacks model.safetensors: run 'kani pull kani-tts-2-en'", err)
        self.assertIn("incomplete: model.safetensors is missing", self.good("models").out)
        self.bad(3, "pull", "kani-tts-2-en", "--offline")
        report = self.json("pull", "kani-tts-2-en", "--without", "speaker-encoder")
        self.assertEqual(report["downloaded_bytes"], 0)  # only a link was missing
        self.speak()

    def test_show_names_places_commits_and_licences(self):
        self.good("pull", "kani-tts-2-en", "--without", "speaker-encoder")
        out = self.good("models", "show", "kani-tts-2-en").out
        for text in (EN, CODEC, SPEAKER, "~/.cache/huggingface/hub/models--", "lfm1.0", "missing: config.json"):
            self.assertIn(text, out)
        report = self.json("models", "show", "kani-tts-2-en")
        self.assertEqual(report["parts"][0]["commit"], self.hub.repositories[EN].branches["main"])
        self.assertFalse(report["clones"])
        self.assertEqual(self.json("models", "show", "mini")["where"], "shipped")
        self.bad(3, "models", "show", "nobody")

    def test_verify_finds_a_changed_byte_and_pull_mends_it(self):
        self.good("pull", "kani-tts-2-en")
        self.assertIn("all as their hashes say", self.good("models", "verify", "kani-tts-2-en").out)
        blob = (self.machine.snapshot(EN) / "model.safetensors").resolve()
        data = bytearray(blob.read_bytes())
        data[1000] ^= 1
        blob.write_bytes(data)
        outcome = self.bad(4, "models", "verify", "kani-tts-2-en")
        self.assertIn("damaged", outcome.out)
        self.assertIn("model.safetensors", outcome.out)
        self.assertIn("'kani pull kani-tts-2-en --verify'", outcome.err)
        self.good("pull", "kani-tts-2-en", "--verify")
        self.good("models", "verify", "kani-tts-2-en")

    def test_remove_frees_what_no_other_model_needs(self):
        self.good("pull", "kani-tts-2-en")
        self.good("pull", "kani-tts-2-pt")
        self.bad(2, "models", "remove", "kani-tts-2-pt")  # nobody to ask
        outcome = self.good("models", "remove", "kani-tts-2-pt", "-y")
        self.assertIn(f"{CODEC} stays: kani-tts-2-en needs it", outcome.err)
        self.assertFalse(self.machine.folder(PT).exists())
        self.assertEqual(self.speak()["model"], "mini")
        self.speak("--model", "kani-tts-2-en")
        outcome = self.machine.run_on_terminal("models", "remove", "kani-tts-2-en", answers="y\n")
        self.assertEqual(outcome.code, 0, outcome)
        self.assertEqual([name for name in os.listdir(self.machine.cache) if name != ".locks"], [])
        self.bad(5, "models", "remove", "mini")
        self.bad(3, "models", "remove", "kani-tts-2-en", "-y")

    def test_two_names_of_one_commit_go_together_and_another_commit_stays(self):
        repository = self.hub.repositories[EN]
        commit, files = repository.branches["main"], dict(repository.files)
        repository.tags["v1"] = commit
        self.addCleanup(repository.tags.clear)
        self.good("pull", "kani-tts-2-en@v1")
        self.good("pull", "kani-tts-2-en")
        repository.put("notes.txt", b"another commit\n")
        repository.commit("next")
        repository.files = files
        self.good("pull", "kani-tts-2-en@next")
        outcome = self.good("models", "remove", "kani-tts-2-en", "-y")
        self.assertIn("kani-tts-2-en@v1 is the same commit and goes, too", outcome.err)
        self.assertIn(f"{CODEC} stays: kani-tts-2-en@next needs it", outcome.err)
        self.bad(3, "speak", "Hello.", "--model", "kani-tts-2-en@v1")
        self.assertEqual(self.speak()["model"], "kani-tts-2-en@next")
        self.good("models", "verify", "kani-tts-2-en@next")

    def test_entries_of_the_user_count_more(self):
        folder = self.machine.home / "my model"
        shutil.copytree(MODELS / "mini/lm", folder)
        config = self.machine.home / ".config/kani/models.json"
        config.parent.mkdir(parents=True)
        config.write_text('{"models": {"mine": {"about": "of my own", "language_model": "~/my model", "codec": "%s"},'
                          ' "kani-tts-2-en": {"language_model": "acme/own"}}}' % (MODELS / "mini/codec.nemo"))
        self.assertEqual(self.speak("--model", "mine")["model"], "mine")
        self.assertRegex(self.good("models").out, r"mine +[\d.]+ MB +folder")
        self.assertIn("acme/own", self.good("models", "show", "kani-tts-2-en").out)
        self.bad(5, "models", "remove", "mine", "-y")
        config.write_text('{"models": {"mine": {"langauge_model": "a/b"}}}')
        err = self.bad(4, "models").err
        self.assertIn("language_model", err)
        config.write_text("[" * 100)
        self.bad(4, "models")


if __name__ == "__main__":
    unittest.main()
