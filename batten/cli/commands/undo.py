"""Take the last hardening in place back: the old files come back byte for byte, with their modes, and new ones go away.

Nothing is undone where files were edited since, unless --force says so. Containers are not touched: what to run is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from batten.cli import DONE, projects, streams
from batten.errors import BattenError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    projects.add_arguments(parser)
    parser.add_argument("--force", action="store_true", help="also put back, or take away, files that were edited since or that lie outside of the folder")


def run(options: argparse.Namespace) -> int:
    """Undo, say what was done, and which command brings the project up as it was."""
    from generators import backups

    folder = _folder(options)
    done = backups.undo(folder, force=options.force)
    lines = [*(f"put back   {path}" for path in done.restored), *(f"taken away {path}" for path in done.removed)]
    lines = lines or ["Everything was as before the hardening already."]
    streams.put("\n".join(map(streams.harmless, [*lines, *_next(options)])) + "\n")
    streams.say(f"The backup {streams.shown(str(done.place))} has done its work and is gone.")
    return DONE


def _folder(options: argparse.Namespace) -> Path:
    """The project's folder. One with a backup is enough, even if its compose file cannot be found any more."""
    from generators import backups

    named = Path(options.path or ".")
    if not options.files and (named / backups.BACKUPS).is_dir():
        return named.absolute()
    source = projects.source(options)
    directory: Path = source.options.get("directory") or source.files[0].parent
    return directory.absolute()


def _next(options: argparse.Namespace) -> list[str]:
    """The command to run next; what cannot be read any more is said on standard error."""
    from batten.cli.hardened import named_by

    try:
        named, name = named_by(projects.source(options).load())
    except BattenError as error:
        streams.complain(error)
        return []
    return ["", "Next:", "  " + " ".join(filter(None, ["docker compose", *named, name, "up -d --remove-orphans"]))]
