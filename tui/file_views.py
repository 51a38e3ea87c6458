"""What is in each file of an export: the difference to what is there, or the content of a new one, without any secret's value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from textual.content import Content

from batten.model import GeneratedFile
from batten.report.plans import Diffs
from batten.report.veil import Veil
from tui.picture import After
from tui.presentation import QUIET, words
from tui.views import difference_of

_LINES = 2_000
"""So many lines of a file are shown."""


class Listed(NamedTuple):
    """A file of an export."""

    path: str
    purpose: str
    content: Content


def listed(after: After) -> list[Listed]:
    """The project's own files that change, then the new ones."""
    return [*_own(after), *(Listed(one.path, one.purpose, Content("\n").join(_shown(one, after.veil))) for one in after.files)]


def _own(after: After) -> Iterator[Listed]:
    """The files that are the project's own, each with its part of the difference."""
    hardening = after.hardening
    differences = Diffs(hardening)
    for file in hardening.rewritten.files if hardening.design.target.own_files else ():
        text = differences.of(file.path)
        yield Listed(file.path, "changed" if text else "as it is", Content("\n").join(difference_of(text)))


def _shown(file: GeneratedFile, veil: Veil) -> Iterator[Content]:
    """The lines of a new file; of one that holds a secret nothing but that."""
    if file.sensitive:
        yield words(f"Its content is a secret's value and is not shown. Mode {file.mode:04o}.", QUIET)
        return
    lines = file.content.decode("utf-8", "replace").splitlines()
    yield words(f"new, mode {file.mode:04o}", QUIET)
    yield from (words(veil(line.replace("\t", "    "))) for line in lines[:_LINES])
    if len(lines) > _LINES:
        yield words(f"… and {len(lines) - _LINES} lines more", QUIET)
