"""``batten.yaml``: the design as it was applied, so that the next review knows what is kept and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from batten.design import file
from batten.errors import BattenError
from batten.hardening import Hardening
from batten.model import GeneratedFile


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """The design; nothing where the file that is there says the same in its own words."""
    text = file.dump(hardening.design)
    if _said(hardening.home / file.NAME) != text:
        yield GeneratedFile(file.NAME, text.encode(), purpose="the design; edit it, then run 'batten harden' again")


def _said(path: Path) -> str:
    """What a design file says, in our words; nothing where there is none or it cannot be understood."""
    try:
        return file.dump(file.read(path)) if path.is_file() else ""
    except BattenError:
        return ""
