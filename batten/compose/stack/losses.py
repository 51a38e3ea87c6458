"""What a stack file loses: each place of the project that it does not say in the same words."""

from __future__ import annotations

from typing import NamedTuple

from batten.model import TreePath


class Loss(NamedTuple):
    """One place of the project that stands otherwise in the stack file, or not at all."""

    path: TreePath
    """Its place in the resolved project; everything below it is meant."""
    topic: str
    """The row of ``assets/stack.yaml`` that says what becomes of it and what to do instead."""
    detail: str = ""
    """What it is about here, in a few words without a value that might be secret: an address, the name of an image."""


class Ledger:
    """Collects losses on the way."""

    def __init__(self) -> None:
        self.losses: list[Loss] = []
        self.version = (3, 9)
        """The format that the file needs; docker/cli 20.10 knows those up to 3.9."""

    def note(self, path: TreePath, topic: str, detail: str = "") -> None:
        """Write down one loss."""
        self.losses.append(Loss(path, topic, detail))

    def need(self, minor: int) -> None:
        """The file needs at least the format 3.``minor``."""
        self.version = max(self.version, (3, minor))
