"""What a container of an image needs while it runs: the ``runtime`` of a row of assets/images, taken apart.

It is one text, its parts divided by semicolons. Each begins with a word:

- ``starts as root``: its first process is root; else it is the image's own user
- ``user``: ``uid:gid`` of the main process
- ``account``: the user's name in the image, where the image may be started as that user instead of root
- ``needs``: capabilities that it needs after all were dropped; ``may``: those that it makes use of where it has them
- ``writes``: folders that need a tmpfs when the file system is read-only, each with the options of its tmpfs behind a colon. One that the
  image has already gets that one's mode with runc up to 1.1, whatever the options say, and root's with all: a program that is not root
  needs ``uid`` there
- ``keeps``: folders that hold data
- ``sealed``: it works on a read-only file system; ``unseals``: folders that take that away when something is mounted there
- ``runs``: first words of a command with which all this holds; options alone are fine too
- ``for``: names of images for which it holds, where that is not the row's first name alone; ``since``: versions for which it holds
- ``verified``: ``tried`` (our engine tests run it so), ``entrypoint`` (read there), ``partly`` or ``no``
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from batten.knowledge import references
from batten.knowledge.references import Reference
from batten.knowledge.rows import Row

TRIED = "tried"
_READ = (TRIED, "entrypoint")


class Runtime(NamedTuple):
    """What a container of an image needs while it runs."""

    starts_as_root: bool
    user: str
    """``uid:gid`` of the main process."""
    account: str
    """Name of the user that it may be started as; empty where it has to start as it does."""
    needs: tuple[str, ...]
    """Capabilities to add back after dropping all."""
    may: tuple[str, ...]
    """Capabilities that it makes use of where it has them."""
    writes: tuple[str, ...]
    """Folders that need a tmpfs when the file system is read-only, with options: ``/run:size=16m``."""
    keeps: tuple[str, ...]
    """Folders that hold data."""
    sealed: bool
    """Whether it works on a read-only file system."""
    unseals: tuple[str, ...]
    """Folders that must not be mounted for that."""
    runs: tuple[str, ...]
    """First words of a command with which this holds."""
    verified: str

    @property
    def tried(self) -> bool:
        """Whether our engine tests run the program with just this."""
        return self.verified == TRIED

    @property
    def read(self) -> bool:
        """Whether somebody read it in the image's own sources at least."""
        return self.verified.startswith(_READ)


def runtime_of(row: Row, reference: Reference) -> Runtime | None:
    """What is known of the image that ``reference`` names; None where the row says nothing of it."""
    said = {}
    for part in str(row.keys.get("runtime", "")).split("; "):
        word, _, rest = part.partition(" ")
        said[word] = rest
    if "verified" not in said or not _holds(said, row, reference):
        return None
    lists = {key: tuple(said.get(key, "").split()) for key in ("needs", "may", "writes", "keeps", "unseals", "runs")}
    return Runtime(
        starts_as_root=said.get("starts") == "as root",
        user=said.get("user", ""),
        account=said.get("account", ""),
        sealed="sealed" in said,
        verified=said["verified"],
        **lists,
    )


def _holds(said: dict[str, str], row: Row, reference: Reference) -> bool:
    """Whether it is about this image: by its name, for those of other publishers differ, and by its version."""
    names = said.get("for", row.names[0].partition(":")[0]).split()
    since, given = references.version(said.get("since", "")), references.version(reference.tag)
    named = any(fnmatchcase(name, pattern) for pattern in names for name in (reference.full, reference.name))
    return named and reference.from_publisher and not (since and given and given < since)
