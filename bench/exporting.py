"""Harden every project of a corpus into another folder and ask the reference whether it means what was intended.

Usage: ``python bench/exporting.py CORPUS [SLUG…]``. Needs ``docker-compose`` on PATH or beside the interpreter.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from batten.compose import load_project
from batten.compose.applying import apply
from batten.compose.splicing import MASK, comments
from batten.design.proposal import propose
from batten.errors import BattenError
from batten.hardening import Hardening, harden
from batten.plan import plan
from bench.conformance import _unescape, _without_unused, differences

_COMPOSE = shutil.which("docker-compose", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "docker-compose"


def hardened(corpus: Path, record: dict[str, Any], into: Path) -> Hardening:
    """The project of a record with its proposed design applied, for the folder ``into``."""
    folder = corpus / "projects" / record["slug"]
    paths = [folder / name for name in record["ref_files"]]
    env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    environ = {"HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"], "PWD": str(into), **record.get("ref_env", {})}
    project = load_project(paths, env_files=env_files, environ=environ)
    return harden(project, propose(project), into=into)


def complaint(hardening: Hardening, into: Path, environ: dict[str, str]) -> str:
    """What is wrong with an export; empty where the reference agrees with what was intended."""
    for file in hardening.rewritten.files:
        (into / file.path).parent.mkdir(parents=True, exist_ok=True)
        (into / file.path).write_bytes(file.content)
    names = [part for name in hardening.rewritten.compose for part in ("-f", name)]
    names += ["-p", hardening.rewritten.name] if hardening.rewritten.name else []
    run = subprocess.run([_COMPOSE, *names, "config", "--format", "json"], cwd=into, env=environ, capture_output=True, text=True, check=False)
    if run.returncode:
        return f"the reference refuses it: {run.stderr.strip().splitlines()[-1:]}"
    found = _unescape(json.loads(run.stdout))
    intended = apply(hardening.before.tree, hardening.changes, into)
    intended["services"] = {name: service for name, service in intended["services"].items() if name in found["services"] or "profiles" not in service}
    intended = _without_unused(intended)
    wrong = [path for path, _, _ in differences(intended, found) if not path.startswith(".x-")]
    return f"differs at {wrong[:4]}" if wrong else lost_comments(hardening)


def lost_comments(hardening: Hardening) -> str:
    """Comments of the user's files that are not in the new ones."""
    for file in hardening.rewritten.files:
        source = hardening.before.sources[file.origin]
        for start, end in comments(source):
            text = source.text[start:end]
            if text.strip() not in file.text and MASK not in file.text:
                return f"lost the comment {text[:40]!r}"
    return ""


def main(arguments: list[str]) -> int:
    """Print each project that is not exported as intended, and the score."""
    corpus = Path(arguments[0]).resolve()
    manifest = json.loads((corpus / "manifest.json").read_text())
    records = [one for one in (manifest if isinstance(manifest, list) else manifest["projects"]) if one["accepted"]]
    good = bad = refused = decisions = unstable = 0
    for record in (one for one in records if not arguments[1:] or one["slug"] in arguments[1:]):
        with tempfile.TemporaryDirectory() as name:
            into = Path(name)
            environ = {"HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"], **record.get("ref_env", {})}
            try:
                hardening = hardened(corpus, record, into)
                problem = complaint(hardening, into, environ)
                refused += len({one.change.decision for one in hardening.refusals})
                decisions += len({one.decision for one in hardening.changes})
                for one in hardening.refusals[:2]:
                    print(f"{record['slug']}: refused {one.change.id}: {one.reason}")
                again = replace(propose(hardening.after), target=hardening.design.target, privileges=hardening.design.privileges)
                left = [] if hardening.refusals else plan(hardening.after, again)
                if left:
                    unstable += 1
                    print(f"{record['slug']}: hardening it again would change {[change.id for change in left[:4]]}")
            except BattenError as error:
                problem = f"error: {error}"
        if problem:
            bad += 1
            print(f"{record['slug']}: {problem}")
        else:
            good += 1
    print(f"{good} of {good + bad} exported as intended; {refused} of {decisions + refused} decisions refused; {unstable} not stable")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
