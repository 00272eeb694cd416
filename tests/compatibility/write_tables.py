"""write_tables.py FOLDER: what this version of datasets, pandas, polars or DuckDB makes of three clips; whichever of them are
installed. Prints the names of what was written as JSON lines: [tool, what, name, split]."""
import json
import os
import sys

FOLDER = sys.argv[1]
CLIPS = [("c1", "One.", "x"), ("c2", "Zwei, drei.", "y"), ("c3", "Four.", "x")]


def say(tool, what, name, split=""):
    print(json.dumps([tool, what, name, split]))


def of_datasets():
    import datasets
    from datasets.table import embed_table_storage

    datasets.disable_progress_bars()
    tool = "datasets " + datasets.__version__
    out = f"{FOLDER}/{tool}"
    os.makedirs(out)
    data = datasets.Dataset.from_dict({
        "audio": [f"{FOLDER}/clips/{clip}.wav" for clip, _, _ in CLIPS],
        "text": [text for _, text, _ in CLIPS],
        "speaker": [speaker for _, _, speaker in CLIPS],
    }).cast_column("audio", datasets.Audio())
    embedded = data.with_format("arrow").map(embed_table_storage, batched=True).with_format(None)

    def write(what, name, function, split=""):
        function(f"{out}/{name}")
        say(tool, what, f"{tool}/{name}", split)

    write("save_to_disk, in two files", "saved", lambda path: data.save_to_disk(path, num_shards=2))
    write("save_to_disk of rows that were chosen", "selected", lambda path: data.select([0, 1, 2]).save_to_disk(path))
    write("DatasetDict.save_to_disk", "dict", lambda path: datasets.DatasetDict({"train": data, "test": data}).save_to_disk(path), "train")
    write("to_parquet with sound embedded", "embedded.parquet", embedded.to_parquet)
    write("to_parquet with sound embedded, a row a batch", "batches.parquet", lambda path: embedded.to_parquet(path, batch_size=1))

    def hub(path):
        os.makedirs(path + "/data")
        embedded.select([0, 1]).to_parquet(path + "/data/train-00000-of-00002.parquet")
        embedded.select([2]).to_parquet(path + "/data/train-00001-of-00002.parquet")
        embedded.select([2]).to_parquet(path + "/data/test-00000-of-00001.parquet")
    write("a clone of a repository: data/train-0000?-of-00002.parquet", "hub", hub, "train")
    write("to_parquet, which writes paths alone", "paths.parquet", data.to_parquet)
    write("to_json, an object with a path", "paths.jsonl", data.to_json)
    write("the cache's .arrow", "cache.arrow", lambda path: embedded.map(lambda row: row, cache_file_name=path, load_from_cache_file=False))
    write("another name for the text, large strings", "large.parquet",
          lambda path: embedded.rename_column("text", "transcription").cast_column("transcription", datasets.Value("large_string")).to_parquet(path))
    write("Audio(decode=False), speakers as ClassLabel", "labels.parquet",
          lambda path: embedded.cast_column("audio", datasets.Audio(decode=False)).class_encode_column("speaker").to_parquet(path))


def bytes_of(clip):
    with open(f"{FOLDER}/clips/{clip}.wav", "rb") as file:
        return file.read()


def of_frames():
    import duckdb
    import fastparquet
    import numpy
    import pandas
    import polars
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet

    out = FOLDER + "/frames"
    os.makedirs(out)
    columns = {"id": [clip for clip, _, _ in CLIPS], "audio": [bytes_of(clip) for clip, _, _ in CLIPS],
               "text": [text for _, text, _ in CLIPS], "speaker": [speaker for _, _, speaker in CLIPS]}
    nested = {**columns, "audio": [{"bytes": bytes_of(clip), "path": clip + ".wav"} for clip, _, _ in CLIPS]}

    def write(tool, what, name, function):
        function(f"{out}/{name}")
        say(tool, what, "frames/" + name)

    frame = pandas.DataFrame(nested)
    tool = "pandas " + pandas.__version__
    write(tool, "to_parquet", "pandas.parquet", frame.to_parquet)
    write(tool, "to_parquet(compression='brotli')", "brotli.parquet", lambda path: frame.to_parquet(path, compression="brotli"))
    write(tool, "to_feather", "pandas.feather", frame.to_feather)
    write(tool, "to_parquet of categories", "categories.parquet", lambda path: frame.astype({"speaker": "category"}).to_parquet(path))
    frame = polars.DataFrame(nested)
    tool = "polars " + polars.__version__
    write(tool, "write_parquet", "polars.parquet", frame.write_parquet)
    write(tool, "write_parquet(use_pyarrow=True)", "polars-arrow.parquet", lambda path: frame.write_parquet(path, use_pyarrow=True))
    write(tool, "write_ipc", "polars.feather", frame.write_ipc)
    write(tool, "write_ipc_stream", "polars.arrow", frame.write_ipc_stream)
    tool = "DuckDB " + duckdb.__version__
    table = pyarrow.Table.from_pydict(nested)
    base = duckdb.connect()
    base.register("clips", table)
    write(tool, "COPY TO (FORMAT parquet)", "duckdb.parquet", lambda path: base.sql(f"COPY clips TO '{path}' (FORMAT parquet)"))
    write(tool, "the same, V2, zstd", "duckdb-v2.parquet",
          lambda path: base.sql(f"COPY clips TO '{path}' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)"))
    tool = "fastparquet " + fastparquet.__version__
    write(tool, "write, sound as bytes", "fast.parquet", lambda path: fastparquet.write(path, pandas.DataFrame(columns).astype(object)))
    tool = "pyarrow " + pyarrow.__version__
    write(tool, "write_table(version='1.0', use_dictionary=False)", "old.parquet",
          lambda path: pyarrow.parquet.write_table(table, path, version="1.0", use_dictionary=False, compression="gzip"))
    write(tool, "write_table, a row a group, without statistics", "groups.parquet",
          lambda path: pyarrow.parquet.write_table(table, path, row_group_size=1, write_statistics=False, data_page_version="2.0"))
    write(tool, "write_table, checksums, split streams", "checked.parquet",
          lambda path: pyarrow.parquet.write_table(table, path, write_page_checksum=True, compression="lz4"))
    write(tool, "write_feather(compression='zstd')", "zstd.feather",
          lambda path: pyarrow.feather.write_feather(table, path, compression="zstd"))
    write(tool, "write_feather(version=1)", "v1.feather", lambda path: pyarrow.feather.write_feather(
        pyarrow.table(columns).drop_columns(["audio"]), path, version=1))
    write(tool, "samples as numbers", "samples.parquet", lambda path: pyarrow.parquet.write_table(
        pyarrow.table({"audio": [{"array": [0.0, 0.5], "sampling_rate": 16000}], "text": ["One."]}), path))
    write("numpy " + numpy.__version__, "a file that is no table, named so", "numpy.parquet",
          lambda path: open(path, "wb").write(numpy.zeros(8).tobytes()))


def main():
    try:
        of_datasets()
    except ImportError:
        of_frames()


if __name__ == "__main__":
    main()
