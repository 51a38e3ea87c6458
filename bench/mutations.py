"""Small damage to compose files, and a hunt for files that we call valid and the reference refuses.

``python -m bench.mutations CORPUS [COUNT [SEED]]`` damages COUNT (default 1,000) random files of a corpus, reads each with
batten and with the reference, and prints where they disagree and what crashed or took long.
"""

from __future__ import annotations

import collections
import json
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from batten.compose import load_project
from batten.errors import InputError
from bench import reference

KINDS = ("drop line", "repeat line", "swap lines", "indent", "outdent", "value", "key", "drop letter", "add letter", "cut", "join")
WORDS = (
    "", "null", "true", "yes", "5", "-1", "1.5", "0x1F", "text", '"text"', "'5'", "10s", "64m", "[]", "{}", "[a, a]", "[1]", "{a: b}", "{a: }", "${A}",
    "${A:-b}", "${A:?no}", "${", "$$", "*a", "&a b", "<<: *a", "!reset null", "!override []", "!!str 5", "|", ">-", "'", '"', "# note", "a: b", "- a", "~",
    "2024-01-02", "80:80", "80:80/tcp", "./a:/b:ro", "a:/b", "host", "service:db", "default", "\t", ":", "-", "?", "@", "\u00e9", "---", "...", "%YAML 1.2",
)  # fmt: skip


class Mutation(NamedTuple):
    """One piece of damage: what kind, where (any number; it is brought into range), and with which word."""

    kind: str
    where: int
    word: str


def mutate(text: str, mutation: Mutation) -> str:
    """``text`` with one piece of damage."""
    lines = text.split("\n")
    kind, where, word = mutation
    at = where % len(lines)
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip(" "))]
    if kind == "drop line":
        del lines[at]
    elif kind == "repeat line":
        lines.insert(at, line)
    elif kind == "swap lines":
        lines[at - 1], lines[at] = line, lines[at - 1]
    elif kind == "indent":
        lines[at] = "  " + line
    elif kind == "outdent":
        lines[at] = line.removeprefix("  ")
    elif kind == "value":
        lines[at] = re.sub(r"((?:^\s*- |: ?)).*$", lambda match: f"{match.group(1).rstrip()} {word}", line, count=1)
    elif kind == "key":
        lines[at] = re.sub(r"[\w.-]+:", lambda match: f"{word}:", line, count=1)
    elif kind == "add letter":
        middle = where % (len(line) + 1)
        lines[at] = line[:middle] + word[:1] + line[middle:]
    elif kind == "drop letter":
        middle = where % (len(line) + 1)
        lines[at] = line[:middle] + line[middle + 1 :]
    elif kind == "cut":
        del lines[at:]
    else:
        lines[at] = indent + line.strip() + " " + word
    return "\n".join(lines)


class Verdict(NamedTuple):
    """What became of one damaged project."""

    ours: str
    """``accepted``, or why it was refused."""
    seconds: float
    """Of the processor, so that a busy machine does not count."""
    traceback: bool


def judge(files: list[Path], environ: dict[str, str], **options: Any) -> Verdict:
    """Read a project and say what became of it, whatever happens."""
    begin = time.thread_time()
    try:
        load_project(files, profiles=(), environ=environ, **options)
        ours, crashed = "accepted", False
    except InputError as error:
        ours, crashed = error.message, False
    except Exception as error:
        ours, crashed = f"{type(error).__name__}: {error}", True
    return Verdict(ours, time.thread_time() - begin, crashed)


def main(corpus: Path, count: int = 1000, seed: int = 0) -> int:
    """Damage files and print a line for each disagreement."""
    program = reference.program()
    dice = random.Random(seed)
    records = [record for record in json.loads((corpus / "manifest.json").read_text()) if record["accepted"] and record["ref_files"]]
    tally = collections.Counter[str]()
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count):
            record = dice.choice(records)
            mutation = Mutation(dice.choice(KINDS), dice.randrange(100_000), dice.choice(WORDS))
            tally.update(_one(corpus, record, mutation, Path(scratch) / str(number), program))
    print(dict(tally))
    return 1 if tally["traceback"] or tally["slow"] or tally["false clean"] else 0


def _one(corpus: Path, record: dict[str, Any], mutation: Mutation, folder: Path, program: str | None) -> list[str]:
    shutil.copytree(corpus / "projects" / record["slug"], folder, symlinks=True)
    files = [folder / name for name in record["ref_files"]]
    files[-1].write_text(mutate(files[-1].read_text(encoding="utf-8-sig"), mutation), encoding="utf-8")
    base = reference.folder_of(record, folder)
    env_files = [base / record["ref_env_file"]] if record.get("ref_env_file") else []
    verdict = judge(files, {**reference.base_environment(base), **record["ref_env"]}, env_files=env_files)
    found = [name for name, holds in (("traceback", verdict.traceback), ("slow", verdict.seconds > 1)) if holds]
    error = ""
    if program is not None and not found:
        model, error = reference.ask_record(program, record, folder)
        accepted = verdict.ours == "accepted"
        if (model is not None) != accepted:
            found = ["false clean" if accepted else "refused alone"]
    for name in found:
        print(f"{name}: {record['slug']} {tuple(mutation)}: ours {verdict.ours[:150]!r}, reference {error[-160:]!r}")
    shutil.rmtree(folder)
    return found or ["same"]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:4])))
