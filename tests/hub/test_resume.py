"""What a pull makes of bytes that are already here: its own, those of other tools, right ones and wrong ones."""
import os
import time
import unittest

from imitation import add_tiny
from machine import HubTest

NAME, FILE = "acme/tiny", "model.safetensors"
ABSENT, NETWORK = 3, 9


class ResumeTest(HubTest):
    @classmethod
    def fill(cls, hub):
        add_tiny(hub)

    def setUp(self):
        super().setUp()
        self.stored = self.hub.repositories[NAME].files[FILE]
        self.whole = b"".join(self.stored.parts())
        self.blobs = self.machine.folder(NAME) / "blobs"

    def leave(self, data, name=".kani.incomplete"):
        self.blobs.mkdir(parents=True, exist_ok=True)
        (self.blobs / (self.stored.etag + name)).write_bytes(data)

    def pull(self):
        """Pulls everything, checks it, and returns the ranges that were asked for of the large file."""
        self.hub.log.clear()
        self.good("pull", NAME)
        self.assertEqual((self.machine.snapshot(NAME) / FILE).read_bytes(), self.whole)
        self.assertEqual([path.name for path in self.blobs.iterdir() if "incomplete" in path.name], [])
        return [entry["headers"].get("range") for entry in self.requests("cdn GET")]

    def test_goes_on_where_an_earlier_pull_ended(self):
        self.leave(self.whole[:123_456])
        self.assertEqual(self.pull(), ["bytes=123456-"])

    def test_a_partial_file_that_is_whole_needs_no_byte(self):
        self.leave(self.whole)
        self.assertEqual(self.pull(), [])

    def test_wrong_bytes_come_again_from_the_beginning(self):
        self.leave(b"x" * 1000)
        self.assertEqual(self.pull(), ["bytes=1000-", None])
        self.leave(self.whole + b"more")
        (self.blobs / self.stored.etag).unlink()
        self.assertEqual(self.pull(), [None])

    def test_a_server_without_ranges_sends_everything_again(self):
        self.leave(self.whole[:1000])
        self.hub.faults.add(match="^cdn GET", ignore_range=True)
        self.assertEqual(self.pull(), ["bytes=1000-"])

    def test_a_range_that_was_not_asked_for_is_not_used(self):
        self.leave(self.whole[:1000])
        self.hub.faults.add(match="^cdn GET", wrong_range=5, times=1)
        self.assertEqual(self.pull(), ["bytes=1000-", None])

    def test_a_range_that_is_refused_begins_anew(self):
        self.leave(self.whole[:1000])
        self.hub.faults.add(match="^cdn GET", status=416, times=1)
        self.assertEqual(self.pull(), ["bytes=1000-", None])

    def test_what_an_old_python_tool_has_left_is_adopted_and_checked(self):
        self.leave(self.whole[:5000], ".incomplete")
        self.assertEqual(self.pull(), ["bytes=5000-"])

    def test_a_partial_file_that_others_clear_away_comes_again(self):
        self.hub.faults.add(match="^cdn GET", rate=len(self.whole) // 3, times=1)  # 3 s to clear it
        process = self.machine.start("pull", NAME)
        partial = self.blobs / (self.stored.etag + ".kani.incomplete")
        end = time.monotonic() + 30
        while not partial.exists() and time.monotonic() < end:
            time.sleep(0.005)
        partial.unlink()
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual((self.machine.snapshot(NAME) / FILE).read_bytes(), self.whole)

    def test_without_links_files_are_plain_and_a_new_commit_needs_only_what_changed(self):
        plain = {"HF_HUB_DISABLE_SYMLINKS": "1"}
        repository = self.hub.repositories[NAME]
        old, kept = repository.branches["main"], dict(repository.files)
        self.good("pull", NAME, env=plain)
        repository.put("notes.txt", b"new\n")
        repository.commit()
        try:
            self.hub.log.clear()
            self.good("pull", NAME, env=plain)
            self.assertEqual(self.requests("cdn GET"), [])
            for path, stored in repository.files.items():
                file = self.machine.snapshot(NAME) / path
                self.assertFalse(file.is_symlink())
                self.assertEqual(file.read_bytes(), b"".join(stored.parts()))
            self.assertEqual(os.listdir(self.blobs), [])
        finally:
            repository.files, repository.branches["main"] = kept, old

    def test_a_file_that_the_commit_does_not_have_after_all(self):
        self.hub.faults.add(match="/resolve/.*" + FILE, status=404, headers={"X-Error-Code": "EntryNotFound"})
        err = self.bad(ABSENT, "pull", NAME).err
        self.assertIn(FILE, err)
        self.assertIn(self.hub.repositories[NAME].branches["main"], err)
        self.assertFalse((self.machine.folder(NAME) / "refs").exists())

    def test_a_server_says_when_to_come_back(self):
        self.hub.faults.add(match="^hub GET /api", status=429, headers={"Retry-After": "1"}, times=1)
        begin = time.monotonic()
        self.good("pull", NAME)
        self.assertGreaterEqual(time.monotonic() - begin, 1)

    def test_a_name_that_nobody_knows(self):
        err = self.bad(NETWORK, "pull", NAME, env={"HF_ENDPOINT": "https://hub.invalid"}).err
        self.assertIn("hub.invalid", err)


if __name__ == "__main__":
    unittest.main()
