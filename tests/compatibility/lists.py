"""Lists of recordings as the trainers of others write them; pandas and datasets write some themselves."""
import csv
import gzip
import io
import json
import os
import pickle
import tarfile

import numpy as np
import pandas
import soundfile

CLIPS = [("a1", "Hello there, my friend.", "lily"), ("a2", "He said \"no\" | and left.", "ben"), ("a3", "It rains.", "lily"),
         ("a4", "Once upon a time.", "ben")]
PLAIN = [(clip, text.replace("|", "and"), speaker) for clip, text, speaker in CLIPS]


def add(table):
    folder = table.path("speech")
    os.makedirs(folder + "/wavs", exist_ok=True)
    for clip, _, _ in CLIPS:
        soundfile.write(f"{folder}/wavs/{clip}.wav", np.zeros(100), 16000)
    path = folder + "/metadata.csv"

    def write(text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def same(tool, wrote, clips, speakers, name="metadata.csv"):
        found = table.describe("recordings", os.path.join(folder, name))
        rows = [(row["file"], row["text"], row["speaker"]) for row in found] if isinstance(found, list) else found
        expected = [(clip + ".wav", text, speaker if speakers else "") for clip, text, speaker in clips]
        table.same("list", tool, wrote, "the same rows", rows, expected)
        os.remove(os.path.join(folder, name))

    def lines(form):
        return "".join(form.format(id=clip, text=text, csv=text.replace('"', '""'), speaker=speaker, number=i % 2) + "\n"
                       for i, (clip, text, speaker) in enumerate(PLAIN))

    for tool, wrote, head, form, speakers in (
            ("LJSpeech 1.1's layout", "id|text|normalised", "", "{id}|{text}|{text}", False),
            ("LJSpeech 1.1's layout", "a header before it", "id|text|normalized_text\n", "{id}|{text}|{text}", False),
            ("Piper 1.8's layout", "id|text", "", "{id}|{text}", False),
            ("Piper 1.8's layout", "id|speaker|text", "", "{id}|{speaker}|{text}", True),
            ("Piper 1.8's layout", "id.wav|text", "", "{id}.wav|{text}", False),
            ("Coqui TTS 0.22's layout", "audio_file|text|speaker_name with a header", "audio_file|text|speaker_name\n",
             "wavs/{id}.wav|{text}|{speaker}", True),
            ("Coqui TTS 0.22's layout", "id|text|speaker", "", "{id}|{text}|{speaker}", True),
            ("F5-TTS 1.1's layout", "audio_file|text with a header", "audio_file|text\n", "wavs/{id}.wav|{text}", False),
            ("Thorsten-Voice's layout", "id|text", "", "{id}|{text}", False)):
        write(head + lines(form))
        same(tool, wrote, PLAIN, speakers)
    with open(folder + "/train.txt", "w", encoding="utf-8") as file:
        file.write("".join(f"wavs/{clip}.wav|{text}\n" for clip, text, _ in PLAIN))
    same("VITS's layout", "file list, path|text", PLAIN, False, "train.txt")
    with open(folder + "/train.list", "w", encoding="utf-8") as file:
        file.write("".join(f"wavs/{clip}.wav|{speaker}|EN|{text}\n" for clip, text, speaker in PLAIN))
    same("Bert-VITS2's layout", "file list, path|speaker|language|text", PLAIN, True, "train.list")

    for tool, wrote, head, form, speakers in (
            ("StyleTTS2's layout", "path|text|number of the speaker", "", "wavs/{id}.wav|{text}|{number}", None),
            ("Matcha-TTS's layout", "path|number of the speaker|text", "", "wavs/{id}.wav|{number}|{text}", None),
            ("GPT-SoVITS's layout", "path|speaker|en|text", "", "wavs/{id}.wav|{speaker}|en|{text}", True),
            ("Orpheus's layout", "audio,text,source with a header", "audio,text,source\n", "wavs/{id}.wav,\"{csv}\",{speaker}", False),
            ("a list from Windows", "wavs\\id.wav|text, CRLF", "", "wavs\\{id}.wav|{text}\r", False),
            ("Excel, where , is a decimal sign", "file_name;text with a header", "file_name;text\n", "wavs/{id}.wav;{text}", False)):
        write(head + lines(form))
        numbered = [(clip, text, str(i % 2)) for i, (clip, text, _) in enumerate(PLAIN)]
        same(tool, wrote, numbered if speakers is None else PLAIN, speakers is None or speakers)

    frame = pandas.DataFrame(CLIPS, columns=["file_name", "text", "speaker"])
    frame.to_csv(path, sep="|", index=False)
    same("pandas 3.1.1", "to_csv(sep='|'), which quotes", CLIPS, True)
    frame.to_csv(path, sep="|", index=False, quoting=csv.QUOTE_ALL)
    same("pandas 3.1.1", "to_csv(sep='|', quoting=QUOTE_ALL)", CLIPS, True)
    frame.to_csv(path)
    same("pandas 3.1.1", "to_csv() with its index", CLIPS, True)
    frame.to_csv(path, encoding="utf-8-sig", index=False)
    same("pandas 3.1.1", "to_csv(encoding='utf-8-sig')", CLIPS, True)
    frame.to_csv(path, index=False)
    same("pandas 3.1.1", "to_csv()", CLIPS, True)
    frame.to_csv(folder + "/list.tsv", sep="\t", index=False, quoting=csv.QUOTE_NONE)
    same("pandas 3.1.1", "to_csv(sep=tab, quoting=QUOTE_NONE)", CLIPS, True, "list.tsv")
    frame.assign(file_name="wavs/" + frame.file_name + ".wav").to_json(folder + "/list.jsonl", orient="records", lines=True)
    same("pandas 3.1.1", "to_json(orient='records', lines=True)", CLIPS, True, "list.jsonl")

    def json_lines(tool, wrote, rows, speakers):
        with open(folder + "/list.jsonl", "w", encoding="utf-8") as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows))
        same(tool, wrote, CLIPS, speakers, "list.jsonl")

    json_lines("NeMo 2.4's layout", "audio_filepath, duration, text",
               [{"audio_filepath": f"wavs/{clip}.wav", "duration": 1.0, "text": text} for clip, text, _ in CLIPS], False)
    json_lines("Hugging Face audiofolder", "file_name, transcription",
               [{"file_name": f"wavs/{clip}.wav", "transcription": text} for clip, text, _ in CLIPS], False)
    json_lines("Emilia's layout", "wav, text, speaker, language, dnsmos",
               [{"id": clip, "wav": f"wavs/{clip}.wav", "text": text, "duration": 1.0, "speaker": speaker, "language": "en", "dnsmos": 3.3}
                for clip, text, speaker in CLIPS], True)

    json_lines("NeMo 2.4's layout", "offset: null, normalized_text, speaker as a number, taskname, pnc",
               [{"audio_filepath": f"wavs/{clip}.wav", "offset": None, "duration": 1.0, "text": "x", "normalized_text": text, "speaker": speaker,
                 "taskname": "asr", "pnc": "yes"} for clip, text, speaker in CLIPS], True)

    def refused(tool, wrote, text, words):
        write(text)
        table.refused("list", tool, wrote, words, "recordings", path)

    refused("any", "three columns of which the last is neither a text nor a name that returns",
            "a1|Hello there.|lily\na2|Good morning.|ben\na3|It rains.|zoe\n", "what its 3 columns hold is not clear")
    refused("pandas 3.1.1", "a text with a line break, to_csv()",
            pandas.DataFrame([("a1", "One\ntwo"), ("a2", "x")], columns=["file_name", "text"]).to_csv(index=False),
            "a field in quotes does not end on its line")
    refused("any", "none of its recordings is there", "b1|Hello\nb2|there\n", "none of its 2 recordings is there")
    refused("any", "one JSON array", "[{\"audio\": \"a1.wav\"}]", "expected one object a line")
    plain = "a1|Hello there.\na2|It rains.\n"
    for tool, wrote, data, words in (
            ("Excel", "Unicode text, which is UTF-16", plain.encode("utf-16"), "is text in UTF-16"),
            ("an editor", "Latin-1", "a1|Está aquí.\n".encode("latin-1"), "invalid UTF-8"),
            ("openpyxl's layout", ".xlsx, a zip archive", b"PK\x03\x04\x14\0\6\0" + bytes(64), "a workbook of Excel"),
            ("gzip", "metadata.csv.gz in its place", gzip.compress(plain.encode()), "is compressed with gzip"),
            ("WebDataset's layout", "a tar of clips", tar(folder), "is a tar archive"),
            ("SQLite 3", "a database", b"SQLite format 3\0" + bytes(84), "is no text"),
            ("libsndfile 1.2.2 (soundfile 0.14.0)", "a recording in the place of the list", recording(folder), "is no text"),
            ("Python 3.12", "a pickle", pickle.dumps(CLIPS), "is no text"),
            ("downloads", "a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
            ("pandas 3.1.1", "to_csv(header=False)", b"wavs/a1.wav,\"Hello, there.\"\n", "or a header"),
            ("any", "a zero byte in a text", b"a1|" + b"x" * 1100 + b"\0\n", "holds a zero byte")):
        with open(path, "wb") as file:
            file.write(data)
        table.refused("list", tool, wrote, words, "recordings", path)


def tar(folder):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(folder + "/wavs/a1.wav", "a1.wav")
    return out.getvalue()


def recording(folder):
    with open(folder + "/wavs/a1.wav", "rb") as file:
        return file.read()
