"""What write_recordings.py and write_tokenizers.py have written, in environments of their own."""
import glob
import json

import recordings


def add(table):
    with open(table.path("recordings-made.json"), encoding="utf-8") as file:
        made = [json.loads(line) for line in file]
    assert len(made) > 80, len(made)
    for tool, wrote, name, result in made:
        path = table.path(name)
        if isinstance(result, str):
            table.refused(recordings.PART, tool, wrote, result, "audio", path)
            continue
        found = table.describe("audio", path)
        if result is None:
            table.add(recordings.PART, tool, wrote, "the same", recordings.is_same(found, recordings.decoded(path)), found)
        else:
            ok = found.get("samples") == result and found["cut_short"] == ""
            table.add(recordings.PART, tool, wrote, f"{result} samples", ok, found)
    for path in sorted(glob.glob(table.path("tokenizer-*.out"))):
        with open(path, encoding="utf-8") as file:
            version, name, texts, ids = json.load(file)
        found = [table.describe("tokenizer", table.path(name), text) for text in texts]
        table.same("tokenizer.json", f"tokenizers {version}", "Split + ByteLevel, trained", "the same ids", found, ids)
