"""The projects that were opened before: their files' paths alone, kept in the user's state folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from batten.errors import BattenError
from batten.files import write_all
from batten.model import GeneratedFile, Project
from batten.session import state_folder

_NAME, _KEPT = "recent.json", 20


def recent() -> list[tuple[Path, ...]]:
    """The compose files of each project that is still there, the last one first."""
    return [files for files in _kept() if all(file.is_file() for file in files)]


def remember(project: Project) -> None:
    """Put a project at the head of the list; one from standard input, one that has no files yet and the demo are none to come back to."""
    files = tuple(map(Path, project.files))
    if not files or not all(file.is_file() and not file.is_relative_to(state_folder()) for file in files):
        return
    listed = [files, *(one for one in _kept() if one != files)][:_KEPT]
    content = json.dumps([[str(file) for file in one] for one in listed], indent=1) + "\n"
    try:
        write_all([GeneratedFile(_NAME, content.encode(), 0o600, purpose="projects that were opened")], state_folder(), force=True)
    except BattenError:
        # A list of recent projects is a comfort: where the state folder cannot be written, the loss of decisions is told of, and this is not.
        return


def _kept() -> Iterator[tuple[Path, ...]]:
    """What the list says, as far as it is one; it may have been edited by anybody who can write there."""
    try:
        listed = json.loads((state_folder() / _NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, list) and one and all(isinstance(file, str) and file.startswith("/") and file.isprintable() for file in one):
            yield tuple(map(Path, one))
