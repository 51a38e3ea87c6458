"""Write a stack file for every project of a corpus, ask Docker about each, and see that whatever it lost is in the listed losses.

Usage: ``python -m bench.stacks CORPUS [SLUG…]``. Needs a ``docker`` program; no engine.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from batten.compose import load_project
from batten.compose.stack import Loss
from batten.design.proposal import propose
from batten.errors import BattenError
from batten.hardening import Hardening, harden
from batten.knowledge.stack import Fate, topic
from batten.model import TreePath
from bench.reference import base_environment
from generators import stack

Facts: TypeAlias = dict[tuple[str, ...], tuple[TreePath, str]]
"""What a model says, item by item: where items of lists are known by what they are about, not by their number; its place and its value as a text."""

NOBODY = "unix:///nonexistent/docker.sock"
_IDENTITY = {"ports": ("target", "published", "protocol"), "volumes": ("target",), "secrets": ("source",), "configs": ("source",), "config": ("subnet",)}
_ORDERED = frozenset({"command", "entrypoint", "test"})
_REFUSED = "a swarm cannot run"


class StackReader:
    """Docker's own reading of a stack file: ``docker stack config`` where the program has it, else ``deploy`` up to the engine that is not there."""

    def __init__(self) -> None:
        self.program = shutil.which("docker") or "docker"
        asked = subprocess.run([self.program, "stack", "config", "--help"], capture_output=True, text=True, check=False)
        self.prints = "--compose-file" in asked.stdout and "config" in asked.stdout.partition("Usage:")[2].partition("\n\n")[0]

    def complaint(self, file: Path, environ: Mapping[str, str]) -> str:
        """Why Docker refuses the file; empty where it takes it."""
        command = ["stack", "config", "-c", str(file)] if self.prints else ["-H", NOBODY, "stack", "deploy", "-c", str(file), "trial"]
        done = subprocess.run([self.program, *command], env={**base_environment(file.parent), **environ}, capture_output=True, text=True, check=False)
        accepted = done.returncode == 0 if self.prints else "Cannot connect to the Docker daemon" in done.stderr
        warned = "" if self.prints else done.stderr.partition("Cannot connect")[0].strip()
        return warned if accepted else done.stderr.strip() or "no reason given"

    def model(self, file: Path, environ: Mapping[str, str]) -> dict[str, Any]:
        """What Docker makes of the file, or the file itself with its variables filled in where the program does not print it."""
        if self.prints:
            done = subprocess.run(
                [self.program, "stack", "config", "-c", str(file)],
                env={**base_environment(file.parent), **environ},
                capture_output=True,
                text=True,
                check=True,
            )
            return dict(yaml.safe_load(done.stdout))
        return dict(_filled(yaml.safe_load(file.read_text()), environ))


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, environ) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, environ) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    for name, secret in environ.items():
        value = value.replace(f"${{{name}:?read secrets/stack.env first}}", secret.replace("$", "$$"))
    return value.replace("$$", "$")


def facts(model: Mapping[str, Any], home: Path) -> Facts:
    """What a resolved project, or a stack file, says."""
    return {key: (path, text) for key, path, text in _facts(model, (), (), home)}


def _facts(value: Any, key: tuple[str, ...], path: TreePath, home: Path) -> Iterator[tuple[tuple[str, ...], TreePath, str]]:
    if isinstance(value, Mapping):
        if not value and key:
            yield key, path, ""
        for name, item in value.items():
            yield from _facts(item, (*key, str(name)), (*path, name), home)
    elif isinstance(value, list) and key[-1] in _ORDERED:
        yield key, path, json.dumps([str(item).lstrip("\n") for item in value])
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _item(item, key, (*path, index), home)
    else:
        yield key, path, _text(value, key, home)


def _item(item: Any, key: tuple[str, ...], path: TreePath, home: Path) -> Iterator[tuple[tuple[str, ...], TreePath, str]]:
    if isinstance(item, Mapping):
        named = [str(item.get(part) or "") for part in _IDENTITY.get(key[-1], ()) if part in item]
        yield from _facts(item, (*key, " ".join(named) or json.dumps(item, sort_keys=True)), path, home)
    else:
        text = str(item).replace("=", ":", 1) if key[-1] == "extra_hosts" else str(item)
        yield (*key, text), path, ""


def _text(value: Any, key: tuple[str, ...], home: Path) -> str:
    """A scalar as a text. Empty lines at its beginning do not count: go-yaml loses them when it prints a block, and has them when it reads one."""
    if value is None or value == "":
        return ""
    if key[-1] == "mode" and "ports" not in key:
        return str(int(str(value), 8) if isinstance(value, str) and value.startswith("0") else value)
    if key[-1] == "target" and key[-3:-2] == ("secrets",):
        return str(value).removeprefix("/run/secrets/")
    if key[-1] == "cpus":
        return f"{float(value):g}"
    if key[-1] == "source" and str(value).startswith((".", "/")):
        return os.path.normpath(home / str(value))
    return str(value).lower() if isinstance(value, bool) else str(value).lstrip("\n")


def unlisted(hardening: Hardening, printed: Mapping[str, Any]) -> list[str]:
    """Places of the hardened project that the stack file does not say alike and that no loss names."""
    assert hardening.stack is not None
    said = facts(hardening.after.tree.plain(), hardening.home)
    found = facts(printed, hardening.home)
    missing = [path for key, (path, text) in said.items() if not _holds(key, text, found) and not _listed(path, hardening.stack.losses)]
    return [".".join(map(str, path)) for path in missing if not _meaningless(path, hardening)]


def _holds(key: tuple[str, ...], text: str, found: Facts) -> bool:
    if key in found:
        return found[key][1] == text
    return text == "" and any(other[: len(key)] == key for other in found)


def _listed(path: TreePath, losses: Iterable[Loss]) -> bool:
    """Whether a place is said to be lost, left out or said otherwise; what only has to be seen to has to be there."""
    return any(path[: len(loss.path)] == loss.path and topic(loss.topic).fate != Fate.CHECK for loss in losses)


def _meaningless(path: TreePath, hardening: Hardening) -> bool:
    """What says nothing: empty entries, false switches, names that the stack gives anyway, and notes of our own."""
    value = hardening.after.value(path)
    plain = value.plain() if value is not None else None
    if plain in (None, {}, [], False) or "x-batten-env-files" in path or str(path[0]).startswith("x-"):
        return True
    if path[-1] == "name" and path[0] in ("networks", "volumes"):
        return bool(plain == f"{hardening.after.name}_{path[1]}")
    if path[-1] == "driver" and path[0] == "networks":
        return bool(plain in ("overlay", "default"))
    return path[0] in ("secrets", "configs", "networks", "volumes") and path[-1] in ("external",)


def written(hardening: Hardening, into: Path) -> tuple[Path, dict[str, str]]:
    """The stack file in a folder, and the variables that it refers to."""
    environ: dict[str, str] = {}
    for file in stack.files(hardening):
        target = into / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
        if file.path.endswith(".env"):
            environ = dict(word.split("=", 1) for word in shlex.split(file.content.decode(), comments=True))
    return into / stack.NAME, environ


def hardened(corpus: Path, record: Mapping[str, Any], into: Path) -> Hardening:
    """The project of a record with its proposed design applied, as a stack for the folder ``into``."""
    folder = corpus / "projects" / record["slug"]
    paths = [folder / name for name in record["ref_files"]]
    env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    project = load_project(paths, env_files=env_files, environ={**base_environment(into), **record.get("ref_env", {})})
    design = propose(project)
    return harden(project, replace(design, target=design.target.towards("stack")), into=into)


def verdict(hardening: Hardening, into: Path, reader: StackReader) -> str:
    """What is wrong with a stack file; empty where Docker takes it and every loss is listed."""
    file, environ = written(hardening, into)
    complaint = reader.complaint(file, environ)
    if complaint:
        return f"docker: {complaint}"
    lost = unlisted(hardening, reader.model(file, environ))
    return f"not listed: {lost[:4]}" if lost else ""


def main(arguments: list[str]) -> int:
    """Print each project whose stack file is not right, and the score."""
    corpus = Path(arguments[0]).resolve()
    records = [one for one in json.loads((corpus / "manifest.json").read_text()) if one["accepted"]]
    reader, accepted, refused, bad, losses = StackReader(), 0, 0, 0, 0
    for record in (one for one in records if not arguments[1:] or one["slug"] in arguments[1:]):
        with tempfile.TemporaryDirectory() as name:
            try:
                hardening = hardened(corpus, record, Path(name))
                problem = verdict(hardening, Path(name), reader)
                losses += len(hardening.stack.losses) if hardening.stack else 0
            except BattenError as error:
                if error.message.startswith(_REFUSED):
                    refused += 1
                    print(f"{record['slug']}: refused: {error.message}")
                    continue
                problem = f"error: {error}"
        accepted += not problem
        bad += bool(problem)
        if problem:
            print(f"{record['slug']}: {problem}")
    how = "docker stack config" if reader.prints else "docker stack deploy without an engine"
    print(f"{accepted} of {accepted + bad} stack files accepted by {how}, {losses} losses listed and none besides; {refused} projects refused by name")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
