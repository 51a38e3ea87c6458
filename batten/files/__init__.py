"""The only place that writes files: all of them or none, whole, with the modes that were asked for."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

from batten.errors import WriteError
from batten.files.reasons import failure
from batten.files.signals import uninterrupted
from batten.model import GeneratedFile

PRIVATE = 0o700
_PREFIX = ".batten-"


def write_all(
    files: Sequence[GeneratedFile],
    folder: Path,
    *,
    force: bool = False,
    backup: Path | None = None,
    beyond: Collection[str] = (),
    private: Collection[str] = (),
    gone: Collection[str] = (),
) -> None:
    """Write ``files`` below ``folder``: first all under other names, then each into its place by one rename.

    A new folder appears as a whole. In one that is there, an interrupt waits until every file is in place, and an error puts back what was there.

    Args:
        files: what to write; folders on the way are made, new ones for sensitive files with mode 0700.
        folder: where the paths of the files are relative to; made if it is not there.
        force: whether files that are there already may be replaced.
        backup: a folder that gets the old content of what is replaced, mode 0700.
        beyond: paths among those of ``files`` that may lead out of ``folder``, through ``..`` or a link.
        private: folders below ``folder`` that get mode 0700 even if they are there already.
        gone: files below ``folder`` that are taken away in the same step; those that are not there are passed over.

    Raises:
        WriteError: something is in the way or cannot be written. Nothing has changed then.
    """
    _refuse_doubles(files)
    try:
        if os.path.lexists(folder):
            places = [(file, _place(file, folder, file.path in beyond)) for file in files]
            _refuse_existing(places, folder, force)
            leaving = [_place(GeneratedFile(path, b""), folder, path in beyond) for path in gone]
            _write_into(places, folder, backup, private, leaving)
        else:
            _write_new(files, folder, private)
    except (OSError, ValueError) as error:
        raise failure(error, str(folder), _PREFIX) from None


def _refuse_doubles(files: Iterable[GeneratedFile]) -> None:
    paths = sorted(os.path.normpath(file.path) for file in files)
    double = next((path for path, following in pairwise(paths) if path == following), None)
    if double is not None:
        raise WriteError("nothing was written: two files want to go to the same place.", file=double)


def _write_new(files: Sequence[GeneratedFile], folder: Path, private: Collection[str]) -> None:
    """Make the folder with all its files beside its place, then put it there by one rename."""
    made: list[Path] = []
    try:
        _make_folders(folder.parent, 0o755, made)
        closed = _fresh_name(folder.parent)
        _make_folders(closed, PRIVATE, made)
        fresh = closed / "new"
        _make_folders(fresh, 0o755, [])
        for name in private:
            _make_folders(fresh / name, PRIVATE, [])
        for file in files:
            place = fresh / file.path
            _refuse_escape(place, file, fresh)
            _make_folders(place.parent, PRIVATE if file.sensitive else 0o755, [])
            _write(_create(place), file)
        with uninterrupted():
            fresh.rename(folder)
            closed.rmdir()
    except BaseException:
        for path in reversed(made):
            shutil.rmtree(path, ignore_errors=True) if path.name.startswith(_PREFIX) else _quietly(path.rmdir)
        raise
    _sync_folders([folder.parent])


_Placed: TypeAlias = tuple[GeneratedFile, Path]
"""A file and where it really goes."""


class _Entry(NamedTuple):
    """One file on its way: staged beside its place, with another name for what is there now."""

    path: str
    """As it was asked for, relative to the folder."""
    place: Path
    """Where it goes; behind a link, what the link leads to."""
    staged: Path | None
    """None for a file that is taken away."""
    kept: Path | None
    """Another name of what was at ``place``; None where there was nothing."""

    @property
    def moved(self) -> bool:
        """Whether it has happened, known by looking, since an interrupt may come behind a rename."""
        return not os.path.lexists(self.staged or self.place)

    def move(self) -> None:
        """Put it into its place, or take away what is there."""
        os.replace(self.staged, self.place) if self.staged else self.place.unlink()


class _Work:
    """What was made so far, so that it can be taken away again: folders, files that do not belong here unless all goes well, changed modes."""

    def __init__(self) -> None:
        self.folders: list[Path] = []
        self.files: list[Path] = []
        self.modes: list[tuple[Path, int]] = []
        self.entries: list[_Entry] = []
        self.done = False

    def undo(self) -> None:
        """Put everything back."""
        for entry in self.entries:
            if entry.moved:
                _quietly(entry.kept.replace, entry.place) if entry.kept else _quietly(entry.place.unlink)
        for folder, mode in self.modes:
            _quietly(folder.chmod, mode)
        for path in self.files:
            _quietly(path.unlink)
        for path in reversed(self.folders):
            _quietly(path.rmdir)

    def finish(self) -> None:
        """Drop the second names of what was replaced."""
        for kept in [entry.kept for entry in self.entries if entry.kept]:
            _quietly(kept.unlink)


def _write_into(places: Sequence[_Placed], folder: Path, backup: Path | None, private: Collection[str], leaving: Sequence[Path]) -> None:
    work = _Work()
    try:
        for file, place in places:
            _stage(file, place, work)
        for place in filter(Path.is_file, leaving):
            work.entries.append(_Entry(str(place), place, None, _keep(place, _fresh_name(place.parent), work)))
        if backup is not None:
            _back_up(work, folder, backup)
        with uninterrupted():
            _swap(work, folder, private)
    except BaseException:
        with uninterrupted():
            work.finish() if work.done else work.undo()
        raise
    _sync_folders({entry.place.parent for entry in work.entries})


def _place(file: GeneratedFile, folder: Path, may_leave: bool) -> Path:
    """Where a file really goes: links are followed, so that a link stays one, but not out of the folder."""
    place = Path(os.path.realpath(folder / file.path))
    if not may_leave:
        _refuse_escape(place, file, Path(os.path.realpath(folder)))
    return place


def _refuse_escape(place: Path, file: GeneratedFile, folder: Path) -> None:
    if not Path(os.path.normpath(place)).is_relative_to(os.path.normpath(folder)):
        raise WriteError("nothing was written: this path leads out of the folder.", hint="Remove the link that is in the way.", file=file.path)


def _refuse_existing(places: Sequence[_Placed], folder: Path, force: bool) -> None:
    there = [(file, place) for file, place in places if os.path.lexists(place)]
    for file, place in there:
        if not place.is_file():
            raise WriteError("nothing was written: something that is not a file is in the way.", hint="Move it away.", file=str(folder / file.path))
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise WriteError(f"nothing was written: {there[0][0].path}{more} is there already.", hint="Use --force to replace it.", file=str(folder))


def _stage(file: GeneratedFile, place: Path, work: _Work) -> None:
    """Write a file beside its place, and give what is there a second name."""
    _make_folders(place.parent, PRIVATE if file.sensitive else 0o755, work.folders)
    staged = _fresh_name(place.parent)
    work.files.append(staged)
    there = place.stat() if place.exists() else None
    _write(_create(staged), file, there)
    kept = _keep(place, staged, work) if there is not None else None
    work.entries.append(_Entry(file.path, place, staged, kept))


def _keep(place: Path, name: Path, work: _Work) -> Path:
    """A second name, a hard link: to put it back takes no room and gives back the very same file. A copy where links are not to be had."""
    kept = name.with_suffix(".old")
    work.files.append(kept)
    try:
        os.link(place, kept)
    except OSError:
        shutil.copy2(place, kept)
    return kept


def _back_up(work: _Work, folder: Path, backup: Path) -> None:
    """Copy what is replaced, each file under its own path."""
    for entry in work.entries:
        if entry.kept is not None:
            copy = backup_of(entry.path, folder, backup)
            _make_folders(copy.parent, PRIVATE, work.folders)
            work.files.append(copy)
            shutil.copy2(entry.kept, copy)


def backup_of(path: str, folder: Path, backup: Path) -> Path:
    """Where a backup keeps the file that is at ``path`` below ``folder``."""
    below = Path(os.path.relpath(folder / path, folder))
    return backup.joinpath(*("up" if part == ".." else part for part in below.parts))


def _swap(work: _Work, folder: Path, private: Collection[str]) -> None:
    """Every staged file into its place."""
    for name in private:
        path = folder / name
        _make_folders(path, PRIVATE, work.folders)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode != PRIVATE:
            work.modes.append((path, mode))
            path.chmod(PRIVATE)
    for entry in work.entries:
        entry.move()
    work.done = True
    work.finish()


def _fresh_name(folder: Path) -> Path:
    """A name that nothing in ``folder`` has."""
    return folder / f"{_PREFIX}{secrets.token_hex(8)}"


def _create(path: Path) -> int:
    """A new file that only we can read, opened to be written."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write(handle: int, file: GeneratedFile, like: os.stat_result | None = None) -> None:
    """Fill an open file, give it its mode and, as far as we may, the owner of the file it replaces."""
    with os.fdopen(handle, "wb") as stream:
        stream.write(file.content)
        stream.flush()
        if like is not None and (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(OSError):
                os.fchown(stream.fileno(), like.st_uid, like.st_gid)
        os.fchmod(stream.fileno(), file.mode)
        os.fsync(stream.fileno())


def _make_folders(path: Path, mode: int, made: list[Path]) -> None:
    """Make a folder and those above it that are missing; each is noted in ``made`` before it is made, so that no interrupt comes between."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        made.append(folder)
        folder.mkdir(mode=mode)


def _sync_folders(folders: Iterable[Path]) -> None:
    """Make renames last; what does not know how is left to the system."""
    for folder in folders:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _quietly(act: Callable[..., object], *arguments: object) -> None:
    """Do one step of putting things back; the others are tried even if it fails."""
    with contextlib.suppress(OSError):
        act(*arguments)
