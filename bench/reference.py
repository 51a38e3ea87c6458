"""Ask the reference, the ``docker-compose`` program, what a project means.

``python -m bench.reference CORPUS`` writes ``CORPUS/reference/SLUG.json`` anew for every record of its manifest.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

CONSTANT = {"LC_ALL": "C", "DOCKER_CONFIG": "/nonexistent"}
"""Settings of the program's own that are the same in every run."""


def program() -> str | None:
    """The reference: beside this interpreter, or on the path."""
    beside = Path(sys.executable).parent / "docker-compose"
    return str(beside) if beside.exists() else shutil.which("docker-compose")


def base_environment(folder: Path) -> dict[str, str]:
    """The environment that both sides are given: nothing of the caller's own but where things are."""
    return {"HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"], "PWD": str(folder)}


def ask(reference: str, folder: Path, arguments: list[str], environ: dict[str, str]) -> tuple[dict[str, Any] | None, str]:
    """The resolved model of a project, or None and the reason why the reference refuses it."""
    done = subprocess.run(
        [reference, *arguments, "config", "--format", "json"],
        cwd=folder,
        env={**base_environment(folder), **CONSTANT, **environ},
        capture_output=True,
        timeout=20,
    )
    if done.returncode:
        return None, done.stderr.decode("utf-8", "replace").strip()
    model: dict[str, Any] = json.loads(done.stdout)
    return model, ""


def arguments_of(record: dict[str, Any], root: Path) -> list[str]:
    """The program's arguments for a record of a manifest; ``root`` is the project's own folder."""
    arguments = [part for name in record.get("ref_files", []) for part in ("-f", str(root / name))]
    if record.get("ref_env_file"):
        arguments += ["--env-file", str(folder_of(record, root) / record["ref_env_file"])]
    return arguments + [part for name in record.get("ref_profiles", []) for part in ("--profile", name)]


def folder_of(record: dict[str, Any], root: Path) -> Path:
    """The folder in which a record is read: that of its first file."""
    return (root / record["ref_files"][0]).parent if record.get("ref_files") else root


def ask_record(reference: str, record: dict[str, Any], root: Path) -> tuple[dict[str, Any] | None, str]:
    """What the reference makes of a record."""
    return ask(reference, folder_of(record, root), arguments_of(record, root), record.get("ref_env", {}))


def main(corpus: Path) -> int:
    """Write what the reference says of each accepted record; say where it disagrees with the manifest about accepting."""
    reference = program()
    if reference is None:
        print("no docker-compose here", file=sys.stderr)
        return 2
    wrong = 0
    for record in json.loads((corpus / "manifest.json").read_text()):
        root = (corpus / "projects" / record["slug"]).resolve()
        model, error = ask_record(reference, record, root)
        if (model is not None) != record["accepted"]:
            wrong += 1
            print(f"{record['slug']}: {error or 'accepted'}")
        if model is not None:
            text = json.dumps(model, indent=1, sort_keys=True).replace(str(root), "{root}").replace(os.path.expanduser("~") + "/", "{home}/")
            (corpus / "reference" / f"{record['slug']}.json").write_text(text + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
