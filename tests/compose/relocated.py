"""A project moved to another folder: the lines that differ, after proof by our own reader and, where it is installed, by the reference."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from batten.compose.applying import apply
from batten.compose.rewriting import Rewritten
from batten.model import Change, Project
from bench.conformance import comparable, differences, unescaped
from bench.reference import ask, program
from tests.compose.edited import written


def moved_to(project: Project, folder: str, changes: list[Change] | None = None) -> Rewritten:
    """The project's files for ``folder``, relative to its own one; written there and proved to mean the same."""
    home = Path(os.path.normpath(project.directory / folder))
    rewritten = written(project, changes or [], home)
    for file in rewritten.files:
        path = home / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
    refused = {refusal.change.decision for refusal in rewritten.refusals}
    _ask(project, [change for change in changes or [] if change.decision not in refused], rewritten, home)
    return rewritten


def _ask(project: Project, changes: list[Change], rewritten: Rewritten, home: Path) -> None:
    reference = program()
    if reference is None:
        return
    for key, secret in apply(project.tree, changes, home).get("secrets", {}).items():
        if "file" in secret and key not in project.secrets:
            Path(secret["file"]).parent.mkdir(parents=True, exist_ok=True)
            Path(secret["file"]).write_text("value")
    model, complaint = ask(reference, home, [part for name in rewritten.compose for part in ("-f", name)], {})
    assert model is not None, complaint
    wrong = list(differences(comparable(apply(project.tree, changes, home)), comparable(unescaped(model))))
    wrong = [one for one in wrong if not one[0].startswith(".x-")]
    assert not wrong, wrong


def lines_moved(project: Project, rewritten: Rewritten, name: str = "compose.yaml") -> list[str]:
    """The lines of one file that come; the project's name and the empty line behind it do not count."""
    made = next(file for file in rewritten.files if file.path == name)
    old = project.sources[made.origin].text.splitlines()
    lines = [line[2:].strip() for line in difflib.ndiff(old, made.text.splitlines()) if line[0] == "+"]
    return [line for line in lines if line and line != f"name: {project.name}"]
