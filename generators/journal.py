"""How far a writing, and what comes after it, has come: a note beside the list of a backup, for whoever looks after we were killed.

It is there before anything else is, so it knows what a killed process leaves: half-written files under other names, and empty folders.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from batten.engine.added import Added
from batten.errors import WriteError
from batten.files import write_all
from batten.model import GeneratedFile

NAME = "journal.json"
WRITING, UNDOING, WRITTEN = "write", "undo", "written"
_VERSION = 1
_STAGED = re.compile(r"\.batten-[0-9a-f]{16}(\.old)?\Z")


class Journal(NamedTuple):
    """What is noted of one backup."""

    place: Path
    """The folder of the backup."""
    stage: str
    folders: tuple[str, ...]
    """Folders in which files are written, relative to the project's; those that were made for them, too."""
    running: Mapping[str, int] | None = None
    """Service → number of containers that ran before it was brought up; None where nothing was."""
    options: Mapping[str, Sequence[str]] = {}
    """How the project was named: ``files``, ``env_files``, ``profiles``, ``project_name``."""
    added: Added = Added()
    """What only the hardened project has."""

    def write(self, folder: Path) -> None:
        """Put it on the disk; raises WriteError."""
        data = {"version": _VERSION, "stage": self.stage, "folders": self.folders, "running": self.running, "options": self.options}
        data |= {"added": {"services": sorted(self.added.services), "networks": sorted(self.added.networks)}}
        path = (self.place / NAME).relative_to(folder).as_posix()
        content = f"{json.dumps(data, indent=2)}\n".encode()
        write_all([GeneratedFile(path, content, 0o600, sensitive=True, purpose="how far it has come")], folder, force=True)

    def at(self, stage: str) -> Journal:
        """The same, further on."""
        return self._replace(stage=stage)


def read(place: Path) -> Journal | None:
    """The journal of a backup; None where there is none. Raises WriteError where it cannot be read."""
    file = place / NAME
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != _VERSION:
            raise ValueError
        running = None if data["running"] is None else {str(name): int(count) for name, count in data["running"].items()}
        options = {str(key): [str(one) for one in values] for key, values in data["options"].items()}
        added = Added(frozenset(map(str, data["added"]["services"])), frozenset(map(str, data["added"]["networks"])))
        return Journal(place, str(data["stage"]), tuple(_inner(one) for one in data["folders"]), running, options, added)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise WriteError("this note of how far a hardening has come cannot be read.", hint="Remove it, then run 'batten undo'.", file=str(file)) from None


def _inner(path: Any) -> str:
    if not isinstance(path, str) or Path(path).is_absolute() or "\0" in path:
        raise ValueError
    return path


def sweep(folder: Path, folders: Iterable[str]) -> None:
    """Remove what a killed process left half-written in some folders of the project, and those of them that are empty."""
    for path in sorted({folder / name for name in folders}, key=lambda path: len(path.parts), reverse=True):
        with contextlib.suppress(OSError):
            for file in [one for one in path.iterdir() if _STAGED.match(one.name) and not one.is_dir()]:
                file.unlink()
            path.rmdir() if path != folder else None


def sweep_unbegun(folder: Path, backups: str, manifest: str) -> None:
    """Remove what was killed before it could even note that it began; ``backups`` is where backups are, ``manifest`` the name of their list."""
    places = [path for path in (folder / backups).glob("*") if not (path / manifest).is_file() and not (path / NAME).is_file()]
    if places:
        sweep(folder, (*(path.relative_to(folder).as_posix() for path in places), backups, Path(backups).parent.as_posix()))


def folders_of(paths: Iterable[str]) -> tuple[str, ...]:
    """The folders of some files and those above them, up to the project's."""
    return tuple(sorted({parent.as_posix() for path in paths for parent in Path(path).parents}))
