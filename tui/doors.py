"""What can be opened: what lies in the current folder, what was opened before, what begins, the demo, and this host."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import assets
from batten.compose.discovery import NAMES, SKIPPED, discover
from batten.design import beginning
from batten.errors import BattenError, InputError
from batten.files import write_all
from batten.model import GeneratedFile
from batten.session import Session, state_folder
from tui.presentation import several
from tui.recent import recent

_FOUND, _SECONDS = 12, 2.0
"""So many projects below a folder are listed, found in so many seconds."""
_RECENT = 8


class Kind(StrEnum):
    """What is behind a door."""

    PROJECT = "project"
    HOST = "host"
    ANOTHER = "another"
    NOTHING = "nothing"
    DEMO = "demo"
    HEADING = "heading"


class Door(NamedTuple):
    """One line of the list."""

    kind: Kind
    title: str
    what: str = ""
    """What it leads to, in the same line."""
    about: str = ""
    """What happens behind it, in a sentence or two."""
    path: Path = Path()
    files: tuple[Path, ...] = ()
    """The compose files where they are known."""


def standing() -> Path:
    """The current folder; the user's own where somebody removed that meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return Path.home()


def here(folder: Path) -> tuple[Path, ...] | None:
    """The compose files of a folder; None where it has none, or names some that are not there."""
    try:
        return tuple(discover(folder))
    except BattenError:
        return None


def found_at(folder: Path, enough: Callable[[], bool] = lambda: False) -> tuple[tuple[Path, ...], ...]:
    """The first few projects below a folder, the nearest first; gives up after a while or when ``enough`` says so, since the folder may be a whole disk."""
    found: list[tuple[Path, ...]] = []
    waiting, end = deque([folder]), time.monotonic() + _SECONDS
    while waiting and len(found) < _FOUND and time.monotonic() < end and not enough():
        children = _folders(waiting.popleft())
        found += [files for child in children if any((child / name).is_file() for name in NAMES) and (files := here(child))]
        waiting += children
    return tuple(found[:_FOUND])


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder that may hold projects; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
    return [folder / name for name in names if name not in SKIPPED]


def listed(folder: Path, below: Sequence[tuple[Path, ...]]) -> tuple[Door, ...]:
    """Every door, the likeliest first; ``below`` are projects that were found below the folder."""
    own = here(folder)
    known = {own, *below}
    earlier = [files for files in recent() if files not in known][:_RECENT]
    return (
        *([_this(folder, own)] if own else []),
        Door(
            Kind.HOST,
            "This host",
            "its Docker API, daemon, firewall and swarm",
            "What belongs to the machine and not to a project, as scripts you read and run.",
        ),
        *(_below(folder, files) for files in below),
        Door(Kind.ANOTHER, "Another project", "a compose file or a folder somewhere else", "You type its path."),
        _begins(folder, own),
        Door(Kind.DEMO, "The demo", "a small shop with many mistakes in it", "A copy to play with: nothing that you do to it can break anything."),
        *([Door(Kind.HEADING, ""), Door(Kind.HEADING, " Opened before")] if earlier else []),
        *(_earlier(files) for files in earlier),
    )


def _this(folder: Path, files: tuple[Path, ...]) -> Door:
    what = f"{folder.name or folder} · {', '.join(file.name for file in files)}"
    return Door(Kind.PROJECT, "This project", what, "What an intruder could use in it, what can be mended without risk, and what needs you.", folder, files)


def _below(folder: Path, files: tuple[Path, ...]) -> Door:
    what = str(files[0].relative_to(folder)) if files[0].is_relative_to(folder) else str(files[0])
    return Door(Kind.PROJECT, files[0].parent.name, what, "A project that was found below this folder.", files[0].parent, files)


def _earlier(files: tuple[Path, ...]) -> Door:
    more = f" and {several(len(files) - 1, 'more file')}" if len(files) > 1 else ""
    return Door(Kind.PROJECT, files[0].parent.name, f"{files[0]}{more}", "You opened this before; your decisions were kept.", files[0].parent, files)


def _begins(folder: Path, own: tuple[Path, ...] | None) -> Door:
    """Here, where the folder is a place to begin; else in a new folder below it."""
    try:
        place = folder if own is None and beginning.begins(folder) else folder / "project"
    except BattenError:
        place = folder / "project"
    about = "You name the services: image, ports, whom each one talks to. batten writes the compose file, with everything hardened from the start."
    return Door(Kind.NOTHING, "Start from nothing", "say what is to run, and get its files", about, place)


def read(paths: tuple[Path, ...]) -> Session:
    """A session on compose files, or on what is in a folder; raises BattenError."""
    if len(paths) == 1 and paths[0].is_dir():
        return Session.begin(paths[0]) if beginning.begins(paths[0]) else Session.open(_discovered(paths[0]))
    return Session.open(paths)


def _discovered(folder: Path) -> list[Path]:
    """The compose files of a folder; names those below it where it has none of its own. Raises InputError."""
    try:
        return discover(folder)
    except InputError as error:
        below = [str(files[0].relative_to(folder)) for files in found_at(folder)]
        if below:
            raise InputError(error.message, hint=f"There are some below it: {', '.join(below)}.", file=error.file) from None
        raise


def begun(folder: Path) -> Session:
    """A session that begins a project in a folder; raises InputError where one is there already."""
    place = folder.expanduser().absolute()
    if place.exists() and not beginning.begins(place):
        raise InputError("there is something in this folder already.", hint="Open it, or name an empty folder.", file=str(place))
    return Session.begin(place)


def demo() -> Session:
    """A session on a fresh copy of the demo, in the user's state folder; raises WriteError."""
    source, home = Path(assets.path("demo/shop")), state_folder() / "demo" / "shop"
    write_all(list(_copies(source)), home, force=True)
    return Session.open([home / "compose.yaml"])


def _copies(source: Path) -> Iterator[GeneratedFile]:
    for path in sorted(source.rglob("*")):
        if path.is_file() and ".batten" not in path.parts:
            yield GeneratedFile(path.relative_to(source).as_posix(), path.read_bytes(), 0o644, purpose="part of the demo")
