"""compare.py KANI_DESCRIBE FOLDER TABLE: lets tools write files into FOLDER, compares what kani_describe makes of them
with what the tools say, and writes the TABLE. Exits with 1 where they differ."""
import json
import math
import os
import subprocess
import sys


import lists
import makers
import recordings
import tables
import tensors
import tokenizers_of

DESCRIBE, FOLDER, TABLE = sys.argv[1:4]


class Table:
    """Rows: part, tool, what it wrote, what is made of it; and those that are wrong."""

    def __init__(self):
        self.rows, self.wrong = [], []

    def describe(self, kind, path, *more):
        run = subprocess.run([DESCRIBE, kind, path, *more], capture_output=True, text=True, check=False)
        if not run.stdout:
            return {"error": f"ended with {run.returncode}"}
        return json.loads(run.stdout)

    def path(self, name):
        return os.path.join(FOLDER, name)

    def add(self, part, tool, wrote, made, ok, found=None):
        self.rows.append((part, tool, wrote, made))
        if not ok:
            self.wrong.append(f"{part}: {tool}: {wrote}: expected '{made}', found {str(found)[:300]}")

    def refused(self, part, tool, wrote, words, kind, path, *more):
        found = self.describe(kind, path, *more)
        error = found.get("error", "") if isinstance(found, dict) else ""
        self.add(part, tool, wrote, f"refused: {words}", words in error, found)

    def values(self, part, tool, wrote, made, kind, path, expected, tolerance=0.0):
        found = self.describe(kind, path)
        ok = isinstance(found, list) and len(found) == len(expected) and all(
            math.isclose(a, b, rel_tol=0, abs_tol=tolerance) for a, b in zip(found, expected))
        self.add(part, tool, wrote, made, ok, found)

    def same(self, part, tool, wrote, made, found, expected):
        self.add(part, tool, wrote, made, found == expected, found)


def configs(table):
    with open(table.path("configs-4.56.json"), encoding="utf-8") as file:
        official = json.load(file)
    with open(table.path("configs-5.24.json"), encoding="utf-8") as file:
        current = json.load(file)
    for name in official:
        if name == "version":
            continue
        found = table.describe("config", table.path("config " + name + "/config.json"))
        # 4.56 does not read the only key that 5.24 writes; ours does.
        expected = current[name] if name == "rope_parameters" else official[name]
        said = "" if official[name] == current[name] else ", with a warning"
        table.same("config.json", "transformers 4.56.0, 5.24.0",
                   f"{name}: rope_theta is {official[name]:.0f} to the one, {current[name]:.0f} to the other",
                   f"{expected:.0f}{said}", found, expected)


def main():
    table = Table()
    recordings.add(table)
    tensors.add(table)
    tokenizers_of.add(table)
    configs(table)
    lists.add(table)
    tables.add(table)
    makers.add(table)
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("""# What was tried with files of other tools

Made by `tests/compatibility/run`, which installs the tools at these versions, lets each write the file, and compares; it fails where a row is
not true. `the same` is: as many samples at the same rate as FFmpeg 5.1.9 decodes, with the same energy to a thousandth; the same ids, numbers or
rows as the tool that wrote them. The right values of rows that need no tool stand in the unit tests beside the code.

| part | tool | what it wrote | what we do |
|---|---|---|---|
""")
        for row in table.rows:
            file.write("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |\n")
        file.write(f"\n{len(table.rows)} rows.\n")
    print(f"compatibility: {len(table.rows)} rows, {len(table.wrong)} wrong")
    for line in table.wrong:
        print(line)
    sys.exit(1 if table.wrong else 0)


if __name__ == "__main__":
    main()
