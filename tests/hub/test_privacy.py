"""What leaves the machine: the requests of a pull, and nothing else ever."""
import re
import unittest

from imitation.repositories import READER
from machine import CODEC, EN, PARTS, HubTest, add_model

REQUESTS = [r"^hub GET /api/models/[\w./-]+/revision/main$",
            r"^hub GET /api/models/[\w./-]+/tree/[0-9a-f]{40}\?recursive=true&expand=false$",
            r"^hub GET /[\w./-]+/resolve/[0-9a-f]{40}/[\w./-]+$",
            r"^hub GET /api/resolve-cache/models/[\w./-]+/[0-9a-f]{40}/[\w./-]+\?\S+$",
            r"^cdn GET /files/[0-9a-f]{64}\?Expires=\d+&Signature=[0-9a-f]+$"]
HEADERS = {"host", "user-agent", "accept", "accept-encoding", "authorization", "range"}
OFFLINE = [{"KANI_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "YES"}, {"TRANSFORMERS_OFFLINE": "on"}]


class PrivacyTest(HubTest):
    def setUp(self):
        super().setUp()
        # Whatever is not meant for the hub would go here.
        trap = self.hub.addresses["stranger"]
        self.machine.environment.update(HTTPS_PROXY=trap, http_proxy=trap, ALL_PROXY=trap,
                                        NO_PROXY="127.0.0.1,localhost")

    def test_a_pull_sends_the_requests_of_the_hub_and_no_more(self):
        self.good("pull", "kani-tts-2-en", env={"HF_TOKEN": READER})
        self.assertTrue(self.hub.log)
        for entry in self.hub.log:
            line = f"{entry['server']} {entry['method']} {entry['path']}"
            self.assertTrue(any(re.match(pattern, line) for pattern in REQUESTS), line)
            self.assertLessEqual(set(entry["headers"]), HEADERS, line)
            self.assertRegex(entry["headers"]["user-agent"], r"^kani/[\d.]+$")
            self.assertEqual(entry["headers"].get("accept-encoding"), "identity")
            token = entry["headers"].get("authorization")
            self.assertEqual(token, f"Bearer {READER}" if entry["server"] == "hub" else None, line)
        files = sum(len(self.hub.repositories[name].files) for name in PARTS)
        asked = len(self.requests("/resolve/")) + len(self.requests("/api/models/"))
        self.assertEqual(asked, 2 * len(PARTS) + files)

    def test_no_other_command_sends_anything(self):
        self.good("pull", "kani-tts-2-en")
        self.hub.command("reset", {})
        self.speak()
        self.good("clone", self.machine.recording(), "-o", "me")
        self.speak("--voice", "me.wav", "--model", EN)
        for command in (["models"], ["models", "show", "kani-tts-2-en"], ["models", "verify", "kani-tts-2-en"],
                        ["models", "default"], ["voices", "list"], ["inspect", "kani-tts-2-en"], ["tokenize", "Hello."],
                        ["models", "remove", "kani-tts-2-en", "-y"]):
            self.good(*command)
        self.bad(3, "speak", "Hello.", "--model", "kani-tts-2-en")
        self.assertEqual(self.hub.log, [])

    def test_offline_forbids_every_request(self):
        for environment in OFFLINE:
            err = self.bad(3, "pull", "kani-tts-2-en", env=environment).err
            self.assertIn("KANI_OFFLINE", err)
        self.bad(3, "pull", "kani-tts-2-en", "--offline")
        self.assertEqual(self.hub.log, [])
        self.good("pull", "kani-tts-2-en")
        self.hub.command("reset", {})
        for environment in OFFLINE:
            self.good("pull", "kani-tts-2-en", env=environment)
        self.assertEqual(self.hub.log, [])
        self.good("pull", "kani-tts-2-en", env={"HF_HUB_OFFLINE": "0"})
        self.assertTrue(self.hub.log)

    def test_the_token_is_in_no_message_and_no_file(self):
        secret = "hf_unknownSECRETtoken"
        self.machine.environment["HF_TOKEN"] = secret
        vars(self.hub.repositories[EN])["private"] = True
        self.addCleanup(vars(self.hub.repositories[EN]).__setitem__, "private", False)
        outcome = self.machine.run("pull", "kani-tts-2-en")
        self.assertNotIn(secret, outcome.out + outcome.err)
        vars(self.hub.repositories[EN])["private"] = False
        outcome = self.good("pull", "kani-tts-2-en", "--json")
        self.assertNotIn(secret, outcome.out + outcome.err)
        for path, content in self.machine.everything().items():
            if isinstance(content, bytes):
                self.assertNotIn(secret.encode(), content, path)

    def test_a_token_that_others_may_read_is_mentioned(self):
        file = self.machine.home / ".cache/huggingface/token"
        file.parent.mkdir(parents=True)
        file.write_text(READER + "\n")
        file.chmod(0o644)
        outcome = self.good("pull", CODEC)
        self.assertIn("warning", outcome.err)
        self.assertEqual(self.requests("hub")[0]["headers"]["authorization"], f"Bearer {READER}")
        file.chmod(0o600)
        self.assertNotIn("warning", self.good("pull", CODEC).err)
        self.hub.command("reset", {})
        self.good("pull", CODEC, env={"HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"})
        self.assertNotIn("authorization", self.requests("hub")[0]["headers"])


if __name__ == "__main__":
    unittest.main()
