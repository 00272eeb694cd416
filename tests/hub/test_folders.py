"""What a user has already: clones, snapshots, folders of other tools."""
import json
import os
import shutil
import struct
import unittest

from machine import CODEC, EN, MODELS, SPEAKER, HubTest


def shards(model, folder):
    """The tensors of a safetensors file in two shards with an index."""
    data = model.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    names, index = sorted(header), {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        shard, body, table = f"model-0000{number}-of-00002.safetensors", b"", {}
        for name in part:
            begin, end = header[name]["data_offsets"]
            table[name] = {**header[name], "data_offsets": [len(body), len(body) + end - begin]}
            body += data[8 + length + begin:8 + length + end]
            index[name] = shard
        text = json.dumps(table).encode()
        (folder / shard).write_bytes(struct.pack("<Q", len(text)) + text + body)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))


class FoldersTest(HubTest):
    def copy_of_lm(self, name="copy"):
        folder = self.machine.root / name
        shutil.copytree(MODELS / "mini/lm", folder)
        return folder

    def test_a_clone_with_pointers_says_what_fetches_the_weights(self):
        folder = self.copy_of_lm("clone")
        (folder / ".git").mkdir()
        (folder / "model.safetensors").write_bytes(self.hub.repositories[EN].files["model.safetensors"].pointer())
        err = self.bad(4, "speak", "Hello.", "-o", "a.wav", "--model", str(folder), "--codec",
                       str(MODELS / "mini/codec.nemo")).err
        self.assertIn("git lfs pull", err)
        shutil.copy(MODELS / "mini/lm/model.safetensors", folder)
        (folder / "codec.nemo").write_bytes(self.hub.repositories[CODEC].files[CODEC.split("/")[1] + ".nemo"].pointer())
        self.assertIn("git lfs pull", self.bad(4, "speak", "Hello.", "-o", "a.wav", "--model", str(folder)).err)

    def test_a_folder_without_codec_takes_the_one_in_the_cache_or_names_it(self):
        folder = self.copy_of_lm()
        err = self.bad(3, "speak", "Hello.", "-o", "a.wav", "--model", str(folder)).err
        self.assertIn(f"'kani pull {CODEC}'", err)
        self.good("pull", CODEC)
        self.speak("--model", str(folder))
        self.assertIn(f"'kani pull {SPEAKER}'", self.bad(3, "clone", self.machine.recording(), "-o", "me", "--model", str(folder)).err)
        self.good("pull", SPEAKER)
        self.good("clone", self.machine.recording(), "-o", "me", "--model", str(folder))
        self.assertEqual(self.good("models", "default").out, "mini\n")

    def test_a_folder_of_hf_download_local_dir(self):
        folder = self.copy_of_lm("local")
        about = folder / ".cache/huggingface/download/model.safetensors.metadata"
        about.parent.mkdir(parents=True)
        about.write_text("0" * 40 + "\n" + "1" * 64 + "\n1764547200.0\n")
        self.good("pull", CODEC)
        self.speak("--model", "local")

    def test_a_snapshot_folder_with_links_and_the_root_of_a_copied_cache(self):
        self.good("pull", "kani-tts-2-en")
        snapshot = self.machine.snapshot(EN)
        self.speak("--model", str(snapshot))
        self.speak("--model", str(snapshot / "config.json"))
        moved = self.machine.root / "elsewhere/hub"
        moved.parent.mkdir()
        shutil.copytree(self.machine.cache, moved, symlinks=True)
        shutil.rmtree(self.machine.cache)
        self.speak("--model", "kani-tts-2-en", env={"HF_HUB_CACHE": str(moved)})
        self.speak("--model", EN, env={"HF_HOME": str(moved.parent)})

    def test_links_to_nothing_are_named(self):
        self.good("pull", "kani-tts-2-en")
        lonely = self.machine.root / "lonely"
        shutil.copytree(self.machine.snapshot(EN), lonely, symlinks=True)
        err = self.bad(3, "speak", "Hello.", "-o", "a.wav", "--model", str(lonely)).err
        self.assertIn("is a link to", err)
        self.assertIn("blobs/", err)

    def test_links_that_lead_through_another_folder_are_followed(self):
        self.good("pull", "kani-tts-2-en")
        blobs = self.machine.folder(EN) / "blobs"
        store = self.machine.root / "another disk"
        store.mkdir()
        for blob in list(blobs.iterdir()):
            shutil.move(blob, store / blob.name)
            blob.symlink_to(store / blob.name)
        self.speak()
        self.good("models", "verify", "kani-tts-2-en")

    def test_a_cache_without_links_is_read(self):
        self.good("pull", "kani-tts-2-en", env={"HF_HUB_DISABLE_SYMLINKS": "1"})
        self.assertFalse((self.machine.snapshot(EN) / "config.json").is_symlink())
        self.speak()

    def test_sharded_weights(self):
        folder = self.copy_of_lm("sharded")
        (folder / "model.safetensors").unlink()
        shards(MODELS / "mini/lm/model.safetensors", folder)
        codec = ["--codec", str(MODELS / "mini/codec.nemo")]
        self.speak("--model", "sharded", *codec)
        os.remove(folder / "model-00002-of-00002.safetensors")
        self.assertIn("model-00002", self.bad(3, "speak", "Hi.", "-o", "a.wav", "--model", "sharded", *codec).err)

    def test_a_codec_under_any_name_beside_the_model(self):
        folder = self.copy_of_lm()
        shutil.copy(MODELS / "mini/codec.nemo", folder / "as it was named.nemo")
        self.speak("--model", "copy")

    def test_a_cache_that_cannot_be_written_is_read(self):
        self.good("pull", "kani-tts-2-en")
        self.good("models", "default", "mini")
        for place, folders, _ in os.walk(self.machine.cache):
            os.chmod(place, 0o555)
        self.speak("--model", "kani-tts-2-en")
        self.good("models")


if __name__ == "__main__":
    unittest.main()
