"""Which project a command is about: PATH, ``-f`` and their like, as ``docker compose`` has them."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from batten.errors import InputError
    from batten.model import Project
    from batten.session import Session

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")


class Source(NamedTuple):
    """Compose files that make one project, and how they are to be read."""

    files: tuple[Path, ...]
    options: Mapping[str, Any]
    """Keyword arguments of ``load_project``."""

    def load(self, overlay: Mapping[str, str] | None = None) -> Project:
        """The project; ``overlay`` are texts by absolute path that stand for files of the disk. Raises InputError."""
        from batten.compose.loader import load_project

        _tell_what_was_interrupted(self.options.get("directory") or self.files[0].parent)
        return load_project(self.files, overlay=overlay, **self.options)


def add_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """PATH and the options that every command has which reads a project."""
    what = "a compose file or a folder; the current folder if none is named"
    if several:
        parser.add_argument("paths", nargs="*", metavar="PATH", help=f"{what}; '-' reads standard input")
    else:
        parser.add_argument("path", nargs="?", metavar="PATH", help=what)
    group = parser.add_argument_group("as docker compose has them")
    group.add_argument("-f", "--file", action="append", default=[], dest="files", metavar="FILE", help="a compose file; repeat it to merge several in order")
    group.add_argument("--profile", action="append", default=[], dest="profiles", metavar="P", help="an active profile; '*', the default, is all of them")
    group.add_argument("--env-file", action="append", default=[], dest="env_files", metavar="F", help="what is read instead of .env")
    group.add_argument("-p", "--project-name", metavar="N", help="the project's name")
    parser.add_argument("--confine", action="store_true", help="refuse files outside the project's folder; always so for standard input")


def add_live_arguments(parser: argparse.ArgumentParser) -> None:
    """A running engine instead of files, or beside them."""
    group = parser.add_argument_group("a running engine")
    group.add_argument("--live", action="store_true", help="read what runs; without PATH all of it, or the one project named by --project-name")
    group.add_argument("--context", metavar="NAME", help="the docker context of the engine; default: as the docker command has it")


def _tell_what_was_interrupted(folder: Path) -> None:
    """Say so where a killed batten has left files that are partly old and partly hardened: what is read of them is neither."""
    if os.path.isdir(folder / ".batten" / "backups"):
        from batten.cli import streams
        from generators.backups import interrupted

        told = interrupted(folder)
        streams.say(f"batten: {told}") if told else None


def named(options: argparse.Namespace) -> bool:
    """Whether the user said which project is meant; COMPOSE_FILE says it too."""
    return any((options.path, options.files, options.profiles, options.env_files, options.project_name, os.environ.get("COMPOSE_FILE")))


def source(options: argparse.Namespace) -> Source:
    """The one project that a command is about; raises InputError."""
    return _one(options.path, options)


def begun(options: argparse.Namespace) -> Session | None:
    """A session on a project that begins with its design, in a folder without a compose file; None where there is one. Raises InputError."""
    folder, named = Path(options.path or "."), getattr(options, "design", None)
    if options.files or not folder.is_dir() or _has_compose_file(folder):
        # Asked before anything of the design is loaded: it takes as long as reading a project.
        return None
    from batten.design import beginning
    from batten.session import Session

    if not beginning.begins(folder, named):
        return None
    return Session.begin(folder.absolute(), named)


def session(options: argparse.Namespace) -> Session:
    """A session on the project that a command is about, be it there or just beginning; raises InputError."""
    from batten.session import Session

    begins = begun(options)
    if begins is not None:
        return begins
    found = source(options)
    return Session.open(found.files, **found.options)


def opened(options: argparse.Namespace) -> Session | Project:
    """What the assistant begins with: a project that is there, whose design it reads itself, or a session on one that is just beginning; raises InputError."""
    return begun(options) or source(options).load()


def sources(path: str | None, options: argparse.Namespace) -> Iterator[Source]:
    """The projects that a path stands for: one, or for a folder without a compose file all those below it; raises InputError."""
    from batten.compose.discovery import projects_below
    from batten.errors import BattenError

    folder = Path(path or ".")
    try:
        yield _one(path, options)
    except BattenError:
        below = list(projects_below(folder)) if folder.is_dir() and not options.files and not _has_compose_file(folder) else []
        if not below:
            raise
        yield from (Source(tuple(files), _keywords(options)) for files in below)


def _wrong(message: str, *, hint: str = "", file: str = "") -> InputError:
    """A complaint about what was asked for. The class is loaded when it is needed: help and the version do without the domain."""
    from batten.errors import InputError

    return InputError(message, hint=hint, file=file)


def _has_compose_file(folder: Path) -> bool:
    from batten.compose.discovery import NAMES

    return any((folder / name).exists() for name in NAMES)


def _one(path: str | None, options: argparse.Namespace) -> Source:
    from batten.compose.discovery import discover

    keywords = _keywords(options)
    if options.files:
        if path is not None and not Path(path).is_dir():
            raise _wrong("a file is named with -f and another one without it.", hint="Name all of them with -f.", file=path)
        directory = {"directory": Path(path)} if path is not None else {}
        return Source(tuple(map(Path, options.files)), {**keywords, **directory})
    if path is not None and not os.path.lexists(path) and path in _commands():
        raise _wrong(f"'{path}' is a command, and there is no such file.", hint=f"Write it first: batten {path} ….")
    return Source(tuple(discover(Path(path or "."))), keywords)


def _commands() -> frozenset[str]:
    from batten.cli.parsing import names

    return names()


def _keywords(options: argparse.Namespace) -> dict[str, Any]:
    name = options.project_name
    if name is not None and not _NAME.match(name):
        hint = "Begin with a small letter or a digit; small letters, digits, '-' and '_' may follow."
        raise _wrong(f"'{name}' cannot be the name of a project.", hint=hint)
    env_files = [Path(file) for file in options.env_files]
    return {"profiles": tuple(options.profiles) or ("*",), "env_files": env_files, "project_name": name, "confine": options.confine or None}
