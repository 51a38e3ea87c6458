"""What a hardening in place replaced and added, written down beside the old files, and the way back from there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from batten.errors import WriteError
from batten.files import backup_of, write_all
from batten.model import GeneratedFile
from generators import journal
from generators.journal import Journal

BACKUPS = ".batten/backups"
MANIFEST = "manifest.json"
"""The list of what was done, in the folder of the backup; one without it was never finished."""
_VERSION = 1


class Written(NamedTuple):
    """A file that a hardening wrote."""

    path: str
    """Relative to the project's folder."""
    digest: str
    """SHA-256 of what was written."""
    replaced: bool
    """Whether something was there before, which the backup has."""


class Backup(NamedTuple):
    """A hardening that can be taken back."""

    place: Path
    written: tuple[Written, ...]
    folders: tuple[tuple[str, int | None], ...]
    """Folders that were made (None), or whose mode was another one."""


class Undone(NamedTuple):
    """What was taken back; paths relative to the project's folder."""

    place: Path
    """The backup that was used."""
    restored: tuple[str, ...]
    removed: tuple[str, ...]


class _Step(NamedTuple):
    """What is to be done about one file."""

    path: str
    old: GeneratedFile | None
    """What was there before; None where nothing was."""
    edited: bool
    """Whether somebody else has changed it since."""


def name(folder: Path) -> Path:
    """A folder for a new backup, named after the time."""
    moment = time.strftime("%Y%m%d-%H%M%S")
    paths = (folder / BACKUPS / (moment + (f"-{number}" if number else "")) for number in range(1000))
    return next(path for path in paths if not path.exists())


def manifest(files: Sequence[GeneratedFile], folder: Path, backup: Path, private: Collection[str]) -> GeneratedFile:
    """The list of what is about to be written below ``folder``; it belongs before ``files``, so that it is there as soon as one of them is."""
    paths = {file.path: Path(os.path.relpath(folder / file.path, folder)).as_posix() for file in files}
    written = [{"path": paths[file.path], "sha256": sha256(file.content).hexdigest(), "replaced": (folder / file.path).exists()} for file in files]
    folders = [{"path": path, "mode": mode} for path, mode in _folders(paths.values(), folder, private)]
    text = json.dumps({"version": _VERSION, "files": written, "folders": folders}, indent=2)
    path = (backup / MANIFEST).relative_to(folder).as_posix()
    return GeneratedFile(path, f"{text}\n".encode(), 0o600, sensitive=True, purpose="what 'batten undo' takes back")


def _folders(paths: Iterable[str], folder: Path, private: Collection[str]) -> Iterator[tuple[str, int | None]]:
    """Folders that are made for the files, and those that are there and get another mode."""
    above = {parent for path in paths for parent in Path(path).parents}
    yield from ((path.as_posix(), None) for path in sorted(above) if not (folder / path).exists())
    yield from ((path, stat.S_IMODE((folder / path).stat().st_mode)) for path in private if (folder / path).is_dir())


def undo(folder: Path, *, force: bool = False) -> Undone:
    """Take the last hardening in ``folder`` back: old files come back byte for byte and with their modes, new ones go. All of it or nothing.

    What is as it was before is left alone, so that an undoing that was killed can be done again. The backup stays until ``forget``.

    Args:
        folder: the project's own.
        force: whether files are put back or taken away that were edited since, or that lie outside of ``folder``.

    Raises:
        WriteError: there is no backup, or something stands in the way. Nothing has changed then.
    """
    journal.sweep_unbegun(folder, BACKUPS, MANIFEST)
    last = _last(folder)
    if last is not None and not (last.place / MANIFEST).is_file():
        return _never_done(last, folder)
    backup = latest(folder)
    steps = [step for one in backup.written if (step := _step(one, folder, backup.place)) is not None]
    if not force:
        _refuse_edited(steps, folder)
        _refuse_outside(steps, folder)
    restored, removed = [step.old for step in steps if step.old], [step.path for step in steps if step.old is None]
    outside = [step.path for step in steps] if force else []
    last = last or Journal(backup.place, journal.WRITTEN, journal.folders_of([one.path for one in backup.written]))
    with _undoing(last, folder):
        # What the project is read from comes back first, the other way round than it came: nothing that it refers to is missing in between.
        write_all(restored[::-1], folder, force=True, beyond=outside, gone=removed)
    return Undone(backup.place, tuple(file.path for file in restored), tuple(removed))


def forget(folder: Path) -> None:
    """Remove the last backup, which was undone, and folders that were made for files that are gone; raises WriteError where it cannot be read."""
    undone = noted(folder)
    if undone is not None and undone.stage == journal.UNDOING:
        _tidy(_read(undone.place), folder)
        journal.sweep(folder, undone.folders)


@contextlib.contextmanager
def begun(files: Sequence[GeneratedFile], folder: Path, backup: Path, before: Journal | None = None) -> Iterator[None]:
    """Note that ``files`` are being written below ``folder``, and then that they are; nothing is left of the note where they cannot be."""
    noted = before or Journal(backup, journal.WRITING, ())
    noted = noted._replace(place=backup, stage=journal.WRITING, folders=journal.folders_of([os.path.relpath(folder / file.path, folder) for file in files]))
    try:
        noted.write(folder)
        yield
    except BaseException:
        if not (backup / MANIFEST).is_file():
            _never_done(noted, folder)
        raise
    with contextlib.suppress(WriteError):  # all is in place, which can be seen without it
        noted.at(journal.WRITTEN).write(folder)


@contextlib.contextmanager
def _undoing(noted: Journal, folder: Path) -> Iterator[None]:
    """Note that files are being put back; where they cannot be, nothing has changed, and the note is as it was."""
    noted.at(journal.UNDOING).write(folder)
    try:
        yield
    except WriteError:
        with contextlib.suppress(WriteError):
            noted.write(folder)
        raise


def note(folder: Path, stage: str) -> None:
    """Write down how far what came after the last writing has come; raises WriteError."""
    noted = _last(folder)
    if noted is not None:
        noted.at(stage).write(folder)


def noted(folder: Path) -> Journal | None:
    """What is noted beside the last backup that was finished; None where nothing is. Raises WriteError where it cannot be read."""
    last = _last(folder)
    return last if last is not None and (last.place / MANIFEST).is_file() else None


def came_to_nothing(folder: Path) -> bool:
    """Whether what was begun last was killed before it changed a file, so that there is only something to sweep. Raises WriteError."""
    last = _last(folder)
    return last is not None and not (last.place / MANIFEST).is_file()


def interrupted(folder: Path) -> str:
    """What a killed process left half done in a project's folder, one sentence; empty where nothing is."""
    noted = _last(folder)
    if noted is None or noted.stage not in (journal.WRITING, journal.UNDOING) or not (noted.place / MANIFEST).is_file():
        return ""
    states = {_is_new(one, folder) for one in _read(noted.place).written}
    if states != {True, False}:
        return ""
    what = "An earlier undoing" if noted.stage == journal.UNDOING else "An earlier hardening"
    return f"{what} was killed while it changed files: some are the old ones, some are the hardened ones. 'batten undo' brings all the old ones back."


def _is_new(one: Written, folder: Path) -> bool:
    content = _content(folder / one.path)
    return content is not None and sha256(content).hexdigest() == one.digest


def _last(folder: Path) -> Journal | None:
    """The journal of the last backup that was begun; None where that has none."""
    there = [path for path in (folder / BACKUPS).glob("*") if (path / MANIFEST).is_file() or (path / journal.NAME).is_file()]
    return journal.read(max(there, key=_age)) if there else None


def _never_done(noted: Journal, folder: Path) -> Undone:
    """What was killed before it changed a file, or when it had put back all of them: only what lies about goes away."""
    shutil.rmtree(noted.place, ignore_errors=True)
    journal.sweep(folder, (*noted.folders, BACKUPS, Path(BACKUPS).parent.as_posix()))
    return Undone(noted.place, (), ())


def latest(folder: Path) -> Backup:
    """The last backup that was finished; raises WriteError where there is none or it cannot be read."""
    there = [path for path in (folder / BACKUPS).glob("*") if (path / MANIFEST).is_file()]
    if not there:
        raise WriteError("there is no backup to go back to.", hint="'batten harden --in-place' keeps one.", file=str(folder / BACKUPS))
    return _read(max(there, key=_age))


def _age(path: Path) -> tuple[str, int]:
    """Backups of one second are numbered."""
    moment, number = path.name[:15], path.name[16:]
    return moment, int(number) if number.isdigit() else 0


def _read(place: Path) -> Backup:
    file = place / MANIFEST
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["version"] != _VERSION:
            raise ValueError
        written = tuple(Written(_inner(entry["path"]), str(entry["sha256"]), bool(entry["replaced"])) for entry in data["files"])
        return Backup(place, written, tuple((_inner(entry["path"]), _mode(entry["mode"])) for entry in data["folders"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise WriteError("nothing was undone: this list of what was done cannot be read.", hint="Copy the old files back by hand.", file=str(file)) from None


def _inner(path: Any) -> str:
    if not isinstance(path, str) or not path or os.path.isabs(path) or "\0" in path:
        raise ValueError
    return path


def _mode(mode: Any) -> int | None:
    if mode is not None and not (isinstance(mode, int) and 0 <= mode <= 0o7777):
        raise ValueError
    return mode


def _step(one: Written, folder: Path, backup: Path) -> _Step | None:
    """What to do about a file; None where it is as it was."""
    now, old = _content(folder / one.path), old_file(one, folder, backup) if one.replaced else None
    if old is not None and now == old.content:
        there = stat.S_IMODE((folder / one.path).stat().st_mode)
        return _Step(one.path, old, edited=False) if there != old.mode else None
    if old is None and now is None:
        return None
    return _Step(one.path, old, edited=now is None or sha256(now).hexdigest() != one.digest)


def _content(path: Path) -> bytes | None:
    """What a file holds; None where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WriteError(f"nothing was undone: it cannot be read: {error.strerror}.", file=str(path)) from None


def old_file(one: Written, folder: Path, backup: Path) -> GeneratedFile:
    """What a file was before, as the backup has it; raises WriteError where it lacks it."""
    copy = backup_of(one.path, folder, backup)
    content = _content(copy)
    if content is None:
        raise WriteError(f"nothing was undone: the backup lacks {one.path}.", hint="Copy the others back by hand.", file=str(copy))
    return GeneratedFile(one.path, content, stat.S_IMODE(copy.stat().st_mode), sensitive=True, purpose="as it was before")


def _refuse_edited(steps: Sequence[_Step], folder: Path) -> None:
    edited = [step.path for step in steps if step.edited]
    if edited:
        hint = "Save what you want to keep; --force puts the old ones back all the same."
        raise WriteError(f"nothing was undone: edited or removed since the hardening: {', '.join(edited)}.", hint=hint, file=str(folder))


def _refuse_outside(steps: Sequence[_Step], folder: Path) -> None:
    """The list came with the folder, and so perhaps from a stranger: what it says of files elsewhere is not believed."""
    inside = os.path.realpath(folder)
    outside = [step.path for step in steps if not Path(os.path.realpath(folder / step.path)).is_relative_to(inside)]
    if outside:
        hint = "--force puts them back too, if they are yours."
        raise WriteError(f"nothing was undone: outside of the project's folder: {', '.join(outside)}.", hint=hint, file=str(folder))


def _tidy(backup: Backup, folder: Path) -> None:
    """Take away the backup, its list first, and folders that are empty now; give back the modes of the others."""
    (backup.place / MANIFEST).unlink()
    shutil.rmtree(backup.place, ignore_errors=True)
    made = sorted((path for path, mode in backup.folders if mode is None), key=len, reverse=True)
    for path in [*(folder / name for name in made), backup.place.parent, backup.place.parent.parent]:
        with contextlib.suppress(OSError):
            path.rmdir()
    for name, mode in backup.folders:
        if mode is not None and (folder / name).is_dir():
            (folder / name).chmod(mode)
