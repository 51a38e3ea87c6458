"""Commands are the modules of the ``commands`` folder: each has a docstring, ``configure(parser)`` and ``run(options)``.

Only the command that is called is loaded. argparse and not click, by measured start-up (Python 3.11, best of 25): over the bare
interpreter argparse takes 6 ms to import and click 8.5 takes 22 ms.
"""

from __future__ import annotations

import argparse
import os
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from batten import __version__
from batten.cli import commands

DEFAULT = "open"
"""What is run where no command is named; it is called by a path alone."""


class Command(Protocol):
    """What every file of the ``commands`` folder holds."""

    __doc__: str | None

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit code."""


@cache
def names() -> frozenset[str]:
    """What can be called; none of them is loaded for it."""
    # pkgutil would import inspect for this, which costs as much as argparse.
    files = os.listdir(commands.__path__[0])
    return frozenset(file.removesuffix(".py") for file in files if file.endswith(".py") and file != "__init__.py") - {DEFAULT}


def run(name: str, arguments: list[str]) -> int:
    """Run one command with its arguments."""
    command = _load(name)
    options = parser_of(name, command).parse_args(arguments)
    return command.run(options)


def _load(name: str) -> Command:
    return cast("Command", import_module(f"{commands.__name__}.{name}"))


def parser_of(name: str, command: Command | None = None) -> argparse.ArgumentParser:
    """The parser of one command; that of the default command is the program's own and tells of the others."""
    command = command or _load(name)
    first = name == DEFAULT
    made = _Program if first else argparse.ArgumentParser
    parser = made(prog="batten" if first else f"batten {name}", description=command.__doc__, formatter_class=_Layout, allow_abbrev=False)
    command.configure(parser)
    if first:
        parser.add_argument("--version", action="version", version=f"batten {__version__}")
    return parser


class _Layout(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; argparse makes one for every argument and would load shutil to ask."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    named = os.environ.get("COLUMNS", "")
    if named.isdigit() and int(named) > 0:
        return int(named)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class _Program(argparse.ArgumentParser):
    """The program's own parser: its help ends with the commands, which are loaded only for that."""

    def format_help(self) -> str:
        lines = [f"  {name:<8} {(_load(name).__doc__ or '').partition(chr(10))[0].rstrip('.')}" for name in sorted(names())]
        return "\n".join([super().format_help(), "commands:", *lines, "", "'batten COMMAND --help' has the rest.", ""])
