"""What becomes of each part of a compose file in a stack, in words: the rows of ``assets/stack.yaml``."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import NamedTuple

import assets


class Fate(StrEnum):
    """What becomes of a part of a project in a stack file."""

    LOST = "lost"
    """A swarm does not honour it."""
    LEFT = "left"
    """Left out on purpose, because a swarm would make more of it than was wanted."""
    CHECK = "check"
    """It is there, and something outside of the file has to be there for it."""
    MOVED = "moved"
    """It is said in other words."""


class Topic(NamedTuple):
    """One row."""

    name: str
    fate: Fate
    what: str
    """What a swarm does, in whole sentences."""
    instead: str
    """What to do about it, in whole sentences; empty where nothing needs to be done."""


@cache
def topics() -> dict[str, Topic]:
    """All rows by their names."""
    rows = assets.load_yaml("stack.yaml")
    return {name: Topic(name, Fate(row["fate"]), row["what"], row.get("instead", "")) for name, row in rows.items()}


def topic(name: str) -> Topic:
    """The row of that name; raises KeyError where there is none."""
    return topics()[name]
