"""The only place that writes files: all of them or none, whole, with the modes that were asked for."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from batten.errors import WriteError
from batten.model import GeneratedFile


def write_all(files: Sequence[GeneratedFile], folder: Path, *, force: bool = False, backup: Path | None = None) -> None:
    """Write ``files`` below ``folder``: first all beside their places, then each into its place by one rename.

    Args:
        files: what to write; folders on the way are made, those that hold sensitive files with mode 0700.
        folder: where the paths of the files are relative to; made if it is not there.
        force: whether files that are there already may be replaced.
        backup: a folder that gets the old content of what is replaced, mode 0700.

    Raises:
        WriteError: something is in the way or cannot be written. Nothing has changed then: what had been put in place is put back.
    """
    _refuse_existing(files, folder, force)
    made: list[Path] = []
    try:
        with _undoing(made):
            staged = _stage(files, folder, made)
            _swap(staged, backup)
    except OSError as error:
        raise WriteError(f"nothing was written: {error.strerror or error}.", hint=_hint(error), file=str(error.filename or folder)) from None


def _hint(error: OSError) -> str:
    import errno

    hints = {errno.ENOSPC: "The disk is full.", errno.EACCES: "Choose a folder that you may write to.", errno.EROFS: "Choose a folder that is not read-only."}
    return hints.get(error.errno or 0, "")


def _refuse_existing(files: Iterable[GeneratedFile], folder: Path, force: bool) -> None:
    there = [file.path for file in files if os.path.lexists(folder / file.path)]
    for path in there:
        if (folder / path).is_dir():
            raise WriteError("nothing was written: a folder is in the way.", file=str(folder / path))
    if there and not force:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise WriteError(f"nothing was written: {there[0]}{more} is there already.", hint="Use --force to replace it.", file=str(folder))


@contextlib.contextmanager
def _undoing(made: list[Path]):  # type: ignore[no-untyped-def]
    """Whatever happens inside, an interrupt included: take away what was made on the way if it did not succeed."""
    try:
        yield
    except BaseException:
        for path in reversed(made):
            with contextlib.suppress(OSError):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        raise


def _make_folder(path: Path, mode: int, made: list[Path]) -> None:
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(mode=mode)
        made.append(folder)


def _stage(files: Sequence[GeneratedFile], folder: Path, made: list[Path]) -> list[tuple[Path, Path]]:
    """Each file written and synced under a temporary name beside its place."""
    _make_folder(folder, 0o755, made)
    staged = []
    for file in files:
        target = folder / file.path
        _make_folder(target.parent, 0o700 if file.sensitive and target.parent != folder else 0o755, made)
        handle, name = tempfile.mkstemp(prefix=".batten-", dir=target.parent)
        made.append(Path(name))
        with os.fdopen(handle, "wb") as stream:
            stream.write(file.content)
            stream.flush()
            os.fchmod(stream.fileno(), file.mode)
            os.fsync(stream.fileno())
        staged.append((Path(name), target))
    return staged


def _swap(staged: Sequence[tuple[Path, Path]], backup: Path | None) -> None:
    """Every staged file into its place; on an error or an interrupt the old ones are put back."""
    old: list[tuple[Path, Path | None]] = []
    keep = Path(tempfile.mkdtemp(prefix=".batten-old-", dir=staged[0][1].parent)) if staged else None
    try:
        for number, (_, target) in enumerate(staged):
            saved = keep / str(number) if keep and os.path.lexists(target) else None
            if saved is not None:
                _copy(target, saved)
            if saved is not None and backup is not None:
                _copy(target, backup / target.name if not (backup / target.name).exists() else backup / f"{number}-{target.name}")
            old.append((target, saved))
        done: list[int] = []
        try:
            for number, (source, target) in enumerate(staged):
                done.append(number)
                os.replace(source, target)
        except BaseException:
            _restore([old[number] for number in done])
            raise
    finally:
        if keep is not None:
            shutil.rmtree(keep, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    if not target.parent.is_dir():
        target.parent.mkdir(parents=True, mode=0o700)
    shutil.copy2(source, target, follow_symlinks=False)


def _restore(old: Iterable[tuple[Path, Path | None]]) -> None:
    for target, saved in old:
        with contextlib.suppress(OSError):
            if saved is not None:
                shutil.copy2(saved, target, follow_symlinks=False)
            else:
                target.unlink(missing_ok=True)
