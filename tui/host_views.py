"""What stands in the side pane of a host's walk, each a function of its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from textual.content import Content

from batten.design import host
from batten.model import GeneratedFile
from generators.host_merging import visible
from generators.hosting import commands
from tui.hosting import HostPicture
from tui.presentation import QUIET, bullet, complaint, row, words

FOLDER = "host"
"""Where the files of a host are written unless another folder is named."""
_ORDER = (".json", ".yaml", ".md", ".sh")
"""What is read first: settings, then words, then scripts."""


def view(name: str, picture: HostPicture, part: str, width: int) -> Content:
    """One view in ``width`` columns, of one part or of everything."""
    makers = {"files": _files, "text": _text, "run": _run}
    return Content("\n").join(makers[name](picture, part, width))


def files_of(picture: HostPicture, part: str) -> tuple[GeneratedFile, ...]:
    """Those of a part; all of them where none is named."""
    return picture.parts.get(part, ()) if part else picture.files


def _missing(picture: HostPicture, part: str) -> Iterator[Content]:
    """What has to be answered before anything can be written."""
    for name, error in picture.errors.items():
        if part in ("", name):
            yield complaint(error)


def _files(picture: HostPicture, part: str, width: int) -> Iterator[Content]:
    """The tree, that of the part first."""
    yield from _missing(picture, part)
    yield from tree(files_of(picture, part), width)


def tree(files: Sequence[GeneratedFile], width: int, folder: str = FOLDER) -> Iterator[Content]:
    """Files with what each is for."""
    if not files:
        yield words("Nothing is written for this.", QUIET)
        return
    yield words(f"{folder}/", "bold")
    for index, file in enumerate(files):
        branch = "└─ " if index == len(files) - 1 else "├─ "
        yield Content.assemble((branch, QUIET), row([(file.path, 27, ""), (file.purpose, width - 32, QUIET)]))


def _text(picture: HostPicture, part: str, width: int) -> Iterator[Content]:
    """What is in the files; for everything, the design that all of them come from."""
    yield from _missing(picture, part)
    if not part:
        yield from _lines(host.NAME, host.dump(picture.session.design))
        return
    files = sorted(files_of(picture, part), key=lambda one: _ORDER.index(Path(one.path).suffix))
    if not files and part not in picture.errors:
        yield words("Nothing is written for this.", QUIET)
    for file in files:
        yield from _lines(file.path, shown(file, picture))


def _lines(path: str, text: str) -> Iterator[Content]:
    yield words(path, "bold $primary")
    yield from (words(line) for line in text.splitlines())
    yield Content("")


def shown(file: GeneratedFile, picture: HostPicture) -> str:
    """A file's text as it may be shown: of the user's own settings the names alone."""
    if file.sensitive:
        return json.dumps(visible(picture.session.design, picture.session.existing), indent=2, ensure_ascii=False)
    return file.content.decode()


def _run(picture: HostPicture, part: str, width: int) -> Iterator[Content]:
    """The commands that come next, none of which changes anything yet, and what may stop working."""
    yield from _missing(picture, part)
    run = commands(files_of(picture, part), Path(FOLDER))
    if not run:
        yield words("Nothing to run for this.", QUIET)
        return
    yield words("Read the scripts, then see what they would do:", "bold")
    yield from (words(f"  {one}", "bold $primary") for one in run)
    yield Content("")
    yield from breaking(picture, width)


def breaking(picture: HostPicture, width: int) -> Iterator[Content]:
    """What may stop working with the settings that are wanted."""
    facts = host.setting_facts()
    told = [f"{one.key}: {facts[one.key].breaks}" for one in picture.session.design.daemon.settings if one.key in facts]
    if told:
        yield words("What may stop working", "bold")
        yield from (bullet(text, width) for text in told)
