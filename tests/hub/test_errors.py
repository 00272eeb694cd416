"""What a user is told when a hub does not give what was asked for, and how the program ends."""
import os
import shutil
import unittest

from imitation import add_tiny
from imitation.hostile import HOSTILE
from imitation.repositories import READER, STRANGER
from machine import CODEC, EN, HubTest

USAGE, ABSENT, INVALID, IO, NETWORK = 2, 3, 4, 6, 9


class ErrorsTest(HubTest):
    @classmethod
    def fill(cls, hub):
        super().fill(hub)
        add_tiny(hub)

    def says(self, code, *words, name="acme/tiny", arguments=(), env=None):
        err = self.bad(code, "pull", name, *arguments, env=env).err
        for word in words:
            self.assertIn(word, err)
        return err

    def set(self, field, value, name="acme/tiny"):
        repository = vars(self.hub.repositories[name])
        self.addCleanup(repository.__setitem__, field, repository[field])
        repository[field] = value

    def test_absent_or_private(self):
        self.says(ABSENT, "acme/none", "private", "hf auth login", "HF_TOKEN", name="acme/none")
        self.says(ABSENT, "acme/none", name="acme/none", env={"HF_TOKEN": READER})
        self.says(ABSENT, "the nearest known name is kani-tts-2-en", name="kani-tts-2-em")

    def test_gated_says_where_the_terms_are(self):
        self.set("gated", True)
        self.says(NETWORK, f"accept the terms at {self.hub.url}/acme/tiny", "HF_TOKEN")
        self.says(NETWORK, f"accept the terms at {self.hub.url}/acme/tiny", "account", env={"HF_TOKEN": STRANGER})
        self.good("pull", "acme/tiny", env={"HF_TOKEN": READER})

    def test_revisions_and_files_that_are_not_there(self):
        self.says(ABSENT, "v9", "main", arguments=["--revision", "v9"])
        self.says(USAGE, "nothing", arguments=["--include", "nothing"])

    def test_taken_down(self):
        self.set("disabled", True)
        self.says(NETWORK, "Access to this resource is disabled.")

    def test_an_unknown_token_for_a_public_repository(self):
        self.hub.command("hub", {"strict_tokens": True})
        outcome = self.good("pull", "acme/tiny", env={"HF_TOKEN": "hf_unknown"})
        self.assertIn("token", outcome.err)

    def test_limits_are_waited_for(self):
        self.hub.command("hub", {"quotas": {"api": [1, 1]}})
        self.good("pull", "acme/tiny", env={"KANI_RETRY_MS": ""})
        self.assertIn(429, [entry["status"] for entry in self.hub.log])

    def test_servers_that_fail_for_a_moment(self):
        self.hub.faults.add(match="^hub GET /api", status=503, times=1)
        self.hub.faults.add(match="^cdn GET", status=500, times=1)
        self.good("pull", "acme/tiny")

    def test_what_is_no_hub(self):
        self.hub.faults.add(match="^hub", status=200, body="<html>Log in</html>", headers={"Content-Type": "text/html"})
        self.says(NETWORK, "not a hub", "HF_ENDPOINT")

    def test_no_connection(self):
        env = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_ETAG_TIMEOUT": "1"}
        self.says(NETWORK, "127.0.0.1", env=env)
        self.says(NETWORK, "127.0.0.1", env={"HF_ENDPOINT": self.hub.url.replace("http:", "https:")})
        self.says(USAGE, "HF_ENDPOINT", env={"HF_ENDPOINT": "ftp://127.0.0.1"})

    def test_what_is_here_is_used_and_said_when_the_hub_is_away(self):
        self.good("pull", "kani-tts-2-en")
        self.hub.faults.add(match="^hub", status=503, headers={"Retry-After": "0"})
        outcome = self.good("pull", "kani-tts-2-en", env={"HF_ENDPOINT": "http://127.0.0.1:9"})
        self.assertRegex(outcome.err, r"using what is here: \S+ [0-9a-f]{40} of \d+ s ago")
        self.assertIn(self.hub.repositories[EN].branches["main"], outcome.err)

    def test_damage_is_noticed_and_mended(self):
        self.hub.faults.add(match="^cdn GET", flip=100, times=1)
        self.good("pull", "acme/tiny")
        self.assertEqual(len(self.requests("cdn GET")), 2)
        shutil.rmtree(self.machine.cache)
        self.hub.faults.add(match="^cdn GET", flip=100)
        self.says(INVALID, "model.safetensors", self.hub.repositories["acme/tiny"].files["model.safetensors"].sha256)
        self.assertFalse(list(self.machine.cache.rglob("*model.safetensors")))

    def test_names_that_are_none(self):
        for name in ("", "..", "a/b/c", "a--b/c", "acme/tiny@../../x", "acme/tiny@", "/etc/passwd", "-x", "a\nb"):
            with self.subTest(name=name):
                self.bad(USAGE, "pull", "--", name)
        self.assertEqual(self.hub.log, [])

    def test_empty_variables_count_as_unset(self):
        outcome = self.good("pull", "acme/tiny", env={"HF_HUB_CACHE": "", "HF_HOME": ""})
        self.assertTrue(self.machine.folder("acme/tiny").exists())
        self.assertIn("HF_HUB_CACHE", outcome.err)


class HostileTest(HubTest):
    """Hubs that mean harm: nothing outside the cache is touched, the token stays with the hub, the program ends."""

    @classmethod
    def fill(cls, hub):
        add_tiny(hub)

    def test_nothing_outside_the_cache_is_touched(self):
        repository = self.hub.repositories["acme/tiny"]
        token = {"HF_TOKEN": READER, "HF_HUB_DOWNLOAD_TIMEOUT": "2"}
        stays = self.machine.everything()
        for name, make in HOSTILE.items():
            with self.subTest(name=name):
                self.hub.command("reset", {})
                make(self.hub, repository)
                outcome = self.machine.run("pull", "acme/tiny", env=token)
                self.assertIn(outcome.code, (0, 3, 4, 6, 7, 9), outcome)
                self.assertNotIn("\x1b", outcome.err + outcome.out)
                self.assertNotIn(READER, outcome.err + outcome.out)
                outside = self.machine.everything(without=[self.machine.home / ".cache"])
                self.assertEqual(outside, {path: what for path, what in stays.items() if ".cache" not in path})
                self.assertFalse(os.path.exists("/tmp/evil"))
                for entry in self.hub.log:
                    if entry["server"] != "hub":
                        self.assertNotIn("authorization", entry["headers"])
                for path in self.machine.cache.rglob("*"):
                    self.assertNotIn("evil", path.name)
                    if path.is_symlink():
                        self.assertTrue(path.resolve().is_relative_to(self.machine.cache))
                shutil.rmtree(self.machine.cache, ignore_errors=True)

    def test_links_in_the_way_are_not_written_through(self):
        victim = self.machine.root / "victim"
        victim.mkdir()
        (victim / "file").write_text("precious")
        folder = self.machine.folder("acme/tiny")
        stored = self.hub.repositories["acme/tiny"].files["model.safetensors"]
        for make in (lambda: folder.symlink_to(victim),
                     lambda: (folder.mkdir(), (folder / "blobs").symlink_to(victim)),
                     lambda: (folder.mkdir(), (folder / "snapshots").symlink_to(victim)),
                     lambda: (folder.mkdir(), (folder / "refs").symlink_to(victim)),
                     lambda: ((folder / "blobs").mkdir(parents=True),
                              (folder / "blobs" / stored.etag).symlink_to(victim / "file")),
                     lambda: ((folder / "blobs").mkdir(parents=True),
                              (folder / "blobs" / (stored.etag + ".kani.incomplete")).symlink_to(victim / "file"))):
            self.machine.cache.mkdir(parents=True)
            make()
            self.machine.run("pull", "acme/tiny")
            self.assertEqual((victim / "file").read_text(), "precious")
            self.assertEqual(os.listdir(victim), ["file"])
            shutil.rmtree(self.machine.cache)


if __name__ == "__main__":
    unittest.main()
