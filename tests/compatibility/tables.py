"""Parquet and Arrow files, and corpora by their layouts. write_tables.py has written the files, in environments of its own."""
import glob
import json
import os

import numpy as np
import soundfile

CLIPS = [("c1", "One.", "x"), ("c2", "Zwei, drei.", "y"), ("c3", "Four.", "x")]
SAMPLES = {"c1": 100, "c2": 101, "c3": 102}
# What is refused, and the words for it; the others are read.
REFUSED = {
    "v1.feather": "is a Feather file of version 1",
    "samples.parquet": "has no column of recordings",
    "numpy.parquet": "neither a Parquet nor an Arrow file",
}


def add(table):
    written = [json.loads(line) for path in sorted(glob.glob(table.path("tables-*.json"))) for line in open(path, encoding="utf-8")]
    assert len(written) > 20, written
    for tool, what, name, split in written:
        file = os.path.basename(name)
        if file in REFUSED:
            table.refused("table", tool, what, REFUSED[file], "recordings", table.path(name))
            continue
        found = table.describe("recordings", table.path(name), split)
        labels = {"x": "0", "y": "1"} if file == "labels.parquet" else {"x": "x", "y": "y"}
        expected = [[text, labels[speaker], SAMPLES[clip]] for clip, text, speaker in CLIPS]
        rows = [[row["text"], row["speaker"], row["samples"]] for row in found] if isinstance(found, list) else found
        table.same("table", tool, what, "the same rows, and the same sound in them", rows, expected)
    moved(table)
    layouts(table)


def moved(table):
    """Paths that led somewhere else."""
    for path in glob.glob(table.path("datasets */paths.parquet")):
        tool = os.path.basename(os.path.dirname(path))
        os.rename(table.path("clips"), table.path("elsewhere"))
        table.refused("table", tool, "to_parquet, and the sound is elsewhere now", "has only the names of its recordings", "recordings", path)
        os.rename(table.path("elsewhere"), table.path("clips"))
        folder = os.path.dirname(path)
        table.refused("table", tool, "a DatasetDict of which no split was named", "its splits are", "recordings", folder + "/dict")


def layouts(table):
    def write(name, text):
        path = table.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if text is None:
            soundfile.write(path, np.zeros(100), 16000)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def same(layout, corpus, expected):
        found = table.describe("layout", table.path(layout), layout)
        rows = [[row["file"], row["text"], row["speaker"], row["language"]] for row in found] if isinstance(found, list) else found
        table.same("layout", corpus, f"`--layout {layout}`", "the same rows", rows, expected)

    for chapter, number in (("84/121123", 1), ("84/121550", 2)):
        stem = f"libritts/dev-clean/{chapter}/{chapter.replace('/', '_')}_00000{number}_000000"
        write(stem + ".wav", None)
        write(stem + ".normalized.txt", f"Mister {number}.")
        write(stem + ".original.txt", f"Mr. {number}.")
    same("libritts", "LibriTTS-R's layout", [["84_121123_000001_000000.wav", "Mister 1.", "84", ""],
                                             ["84_121550_000002_000000.wav", "Mister 2.", "84", ""]])
    write("librispeech/84/121123/84-121123-0000.flac", None)
    write("librispeech/84/121123/84-121123.trans.txt", "84-121123-0000 GO DO YOU HEAR\n")
    same("librispeech", "LibriSpeech's layout", [["84-121123-0000.flac", "GO DO YOU HEAR", "84", ""]])
    write("mls/train/audio/9972/9978/9972_9978_000001.flac", None)
    write("mls/train/transcripts.txt", "9972_9978_000001\ty por lo tanto\n")
    write("mls/train/segments.txt", "9972_9978_000001\thttp://example.org/x.mp3\t401.76\t417.57\n")
    same("mls", "MLS's layout", [["9972_9978_000001.flac", "y por lo tanto", "9972", ""]])
    for clip in ("common_voice_es_1.mp3", "common_voice_es_2.mp3"):
        write("common-voice/clips/" + clip, None)
    head = ["client_id", "path", "sentence_id", "sentence", "sentence_domain", "up_votes", "down_votes", "age", "gender", "accents",
            "variant", "locale", "segment"]
    rows = [["0a" * 64, "common_voice_es_1.mp3", "f0", "Dijo \"no\", y se fue.", "", "2", "0", "", "", "", "", "es", ""],
            ["0b" * 64, "common_voice_es_2.mp3", "f1", "\"Ven\", dijo.", "", "2", "0", "twenties", "male_masculine", "", "", "es", ""]]
    write("common-voice/validated.tsv", "".join("\t".join(row) + "\n" for row in [head, *rows]))
    same("common-voice", "Common Voice 17's layout", [[row[1], row[3], row[0], "es"] for row in rows])
    write("kaldi/a.wav", None)
    write("kaldi/wav.scp", "a " + table.path("kaldi/a.wav") + "\n")
    write("kaldi/segments", "s-1 a 0 0.002\ns-2 a 0.002 0.005\n")
    write("kaldi/utt2spk", "s-1 s\ns-2 s\n")
    write("kaldi/text", "s-1 hello\ns-2 there you\n")
    same("kaldi", "Kaldi's layout", [["a.wav", "hello", "s", ""], ["a.wav", "there you", "s", ""]])
    write("kaldi/wav.scp", "a sph2pipe -f wav a.sph |\n")
    table.refused("layout", "Kaldi's layout", "a command in wav.scp", "is a command", "layout", table.path("kaldi"), "kaldi")
