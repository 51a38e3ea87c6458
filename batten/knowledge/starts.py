"""What images start, as far as their own Dockerfiles say; the data is in assets/starts.yaml."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import assets
from batten.knowledge import references


class ImageStart(NamedTuple):
    """What an image starts. It has a shell and ``cat``, and no healthcheck of its own."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...] | None
    """None where that differs between tags."""
    source: str


@cache
def image_start(image: str) -> ImageStart | None:
    """What a container of ``image`` starts if nobody says otherwise; None where that is not known."""
    reference = references.parse(image)
    row = _rows().get(reference.full)
    if row is None:
        return None
    needed, given = references.version(str(row.get("since", ""))), references.version(reference.tag)
    if needed is not None and given is not None and given < needed:
        return None
    command = row.get("command")
    return ImageStart(tuple(row["entrypoint"]), tuple(command) if command is not None else None, str(row["source"]))


@cache
def _rows() -> dict[str, dict[str, list[str] | str]]:
    return {name: row for row in assets.load_yaml("starts.yaml") for name in row["names"]}
