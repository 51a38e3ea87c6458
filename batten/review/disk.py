"""What the disk says about files that a project names: whether they are there, who can read them, whether git keeps them."""

from __future__ import annotations

import os
import stat
from functools import cache
from pathlib import Path

from batten.model import Project

_NAME_MASK = 0xFFF
"""The lower bits of the flags of an entry in git's index hold the length of its name."""


def as_on_disk(project: Project) -> bool:
    """Whether the project is what lies on the disk, and not a preview of texts that nobody has written yet."""
    return all(_text(file) == source.text for file, source in project.sources.items() if source.kind == "compose")


def _text(file: str) -> str | None:
    try:
        return Path(file).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def exists(file: str) -> bool:
    """Whether there is something at ``file``; what we may not look at is taken for existing."""
    try:
        os.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def text(file: str, most: int) -> str | None:
    """What a file holds; None for one that cannot be read, is no text, is no plain file or has more than ``most`` characters."""
    path = Path(file)
    try:
        found = path.read_bytes() if path.is_file() and path.stat().st_size <= most else b"\xff"
        return found.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def open_to_all(file: str) -> bool:
    """Whether every user of the host can read ``file``: it allows that, and so do all the folders on the way to it."""
    if os.name != "posix":
        return False
    path = Path(file).resolve()
    try:
        return bool(path.stat().st_mode & stat.S_IROTH) and all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    except OSError:
        return False


def kept_by_git(file: str) -> bool:
    """Whether git keeps ``file``: whether the index of the repository around it names it."""
    path = Path(file).resolve()
    for folder in path.parents:
        if (folder / ".git").exists():
            return _named_in(_index(folder / ".git"), os.fsencode(path.relative_to(folder).as_posix()))
    return False


@cache
def _index(git: Path) -> bytes:
    """The index of a repository; empty where it cannot be read, or is of the fourth version, which shortens names."""
    try:
        folder = git if git.is_dir() else git.parent / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()
        content = (folder / "index").read_bytes()
    except (OSError, UnicodeDecodeError):
        return b""
    return content if content[:4] == b"DIRC" and content[7:8] in (b"\x02", b"\x03") else b""


def _named_in(index: bytes, name: bytes) -> bool:
    """Whether an entry of the index has exactly this name; the end of a longer name does not count."""
    start = index.find(name + b"\0")
    while start >= 2:
        lengths = {int.from_bytes(index[start - 2 : start], "big") & _NAME_MASK, int.from_bytes(index[start - 4 : start - 2], "big") & _NAME_MASK}
        if min(len(name), _NAME_MASK) in lengths:
            return True
        start = index.find(name + b"\0", start + 1)
    return False
