"""Pulls that end in the middle: the next one goes on, and nothing is ever half there under a whole name."""
import os
import random
import resource
import signal
import subprocess
import time
import unittest

from machine import CODEC, EN, PARTS, SPEAKER, HubTest

KILLS = 20
SLOW = 30_000_000  # bytes per second: the whole takes over a second


class InterruptedTest(HubTest):
    def assert_nothing_half(self):
        """Whatever has a whole name is whole."""
        for name in PARTS:
            folder = self.machine.folder(name)
            stored = {file.etag: file for file in self.hub.repositories[name].files.values()}
            for blob in folder.glob("blobs/*"):
                if not blob.name.endswith(".kani.incomplete"):
                    self.assertEqual(blob.read_bytes(), b"".join(stored[blob.name].parts()))
            for path in folder.glob("snapshots/*/*"):
                self.assertTrue(path.exists(), f"{path} is a link to nothing")
            ref = folder / "refs/main"
            if ref.exists():
                names = {path.name for path in self.machine.snapshot(name).iterdir()}
                self.assertEqual(names, set(self.hub.repositories[name].files))

    def partial_bytes(self):
        return sum(path.stat().st_size for path in self.machine.cache.glob("*/blobs/*.kani.incomplete"))

    def start_until(self, wanted_bytes):
        """A pull that has stored so many bytes of a file that is not finished."""
        process = self.machine.start("pull", "kani-tts-2-en")
        end = time.monotonic() + 30
        while self.partial_bytes() < wanted_bytes and time.monotonic() < end and process.poll() is None:
            time.sleep(0.005)
        return process

    def served_bytes(self):
        """What a complete pull would need, less what ranges left out."""
        left_out = 0
        for entry in self.requests("cdn GET"):
            value = entry["headers"].get("range", "bytes=0-")
            left_out += int(value.removeprefix("bytes=").split("-")[0])
        return left_out

    def test_control_c_says_that_it_goes_on_and_it_does(self):
        self.hub.faults.add(match="^cdn GET", rate=SLOW / 10)
        process = self.start_until(1_000_000)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
        self.assertEqual(process.returncode, 8, err)
        self.assertIn("the same command goes on from here", err)
        self.assert_nothing_half()
        kept = self.partial_bytes()
        self.assertGreaterEqual(kept, 1_000_000)
        self.hub.command("reset", {})
        report = self.json("pull", "kani-tts-2-en")
        self.assertEqual(self.served_bytes(), kept)
        self.assertEqual(report["downloaded_bytes"] + kept, report["total_bytes"] - self.small_bytes_here(report))
        self.good("models", "verify", "kani-tts-2-en")
        self.assertEqual(self.partial_bytes(), 0)

    @staticmethod
    def small_bytes_here(report):
        return sum(file["bytes"] for part in report["parts"] for file in part["files"] if file["present"])

    def test_kills_at_random_moments(self):
        draw = random.Random(7)
        self.hub.faults.add(match="^cdn GET", rate=SLOW)
        finished = 0
        for _ in range(KILLS):
            process = self.machine.start("pull", "kani-tts-2-en")
            time.sleep(draw.uniform(0.01, 0.4))
            process.kill()
            process.communicate()
            finished += process.returncode == 0
            self.assert_nothing_half()
        self.hub.command("reset", {})
        self.good("pull", "kani-tts-2-en")
        self.assert_nothing_half()
        self.good("models", "verify", "kani-tts-2-en")
        self.speak()
        self.assertLess(finished, KILLS)

    def test_two_at_once_bring_every_file_once(self):
        self.hub.faults.add(match="^cdn GET", rate=SLOW)
        both = [self.machine.start("pull", "kani-tts-2-en") for _ in range(2)]
        for process in both:
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err)
        self.assert_nothing_half()
        self.good("models", "verify", "kani-tts-2-en")
        large = [entry["path"].split("?")[0] for entry in self.requests("cdn GET")]
        self.assertEqual(len(large), len(set(large)), large)

    def test_a_cut_connection_goes_on_where_it_was(self):
        self.hub.faults.add(match="^cdn GET", cut=700_000, times=2)
        self.good("pull", "kani-tts-2-en")
        ranges = [entry["headers"].get("range") for entry in self.requests("cdn GET")]
        self.assertIn("bytes=700000-", ranges)
        self.good("models", "verify", "kani-tts-2-en")

    def test_a_file_size_limit_is_a_full_disk(self):
        limit = 5_000_000

        def lower():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        outcome = self.bad(6, "pull", "kani-tts-2-en", preexec_fn=lower)
        self.assertIn("HF_HUB_CACHE", outcome.err)
        self.assert_nothing_half()
        self.assertGreater(self.partial_bytes(), 0)
        self.good("pull", "kani-tts-2-en")
        self.good("models", "verify", "kani-tts-2-en")

    def test_a_disk_that_is_too_small_is_refused_before_the_first_byte(self):
        disk = self.machine.root / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no file system can be mounted here: " + mounted.stderr.decode().strip())
        self.addCleanup(subprocess.run, ["umount", str(disk)], check=True)
        outcome = self.bad(6, "pull", "kani-tts-2-en", env={"HF_HUB_CACHE": str(disk)})
        self.assertIn("free", outcome.err)
        self.assertFalse(self.requests("cdn"))

    def test_a_cache_that_cannot_be_written_is_named(self):
        self.machine.cache.mkdir(parents=True)
        self.machine.cache.rmdir()
        self.machine.cache.write_text("a file in its place")
        err = self.bad(6, "pull", "kani-tts-2-en").err
        self.assertIn(str(self.machine.cache), err)

    def test_a_sleeping_laptop_is_a_stalled_connection(self):
        self.hub.faults.add(match="^cdn GET", stall=300_000, times=1)
        self.good("pull", CODEC, env={"HF_HUB_DOWNLOAD_TIMEOUT": "1"})
        self.assertIn("bytes=300000-", [entry["headers"].get("range") for entry in self.requests("cdn GET")])
        self.good("models", "verify", CODEC)

    def test_a_signature_that_expired_is_asked_for_anew(self):
        self.hub.faults.add(match="^cdn GET", cut=1_200_000, times=1)
        self.hub.faults.add(match="^cdn GET", status=403, body="<Error><Code>AccessDenied</Code></Error>", times=1)
        self.good("pull", SPEAKER)
        self.assertEqual(len(self.requests("/model.safetensors")), 3)
        self.assertEqual([entry["headers"].get("range") for entry in self.requests("cdn GET")],
                         [None, "bytes=1200000-", "bytes=1200000-"])
        self.good("models", "verify", SPEAKER)


if __name__ == "__main__":
    unittest.main()
