"""Compose's own YAML tags, as values that remember them."""

from __future__ import annotations

from batten.model import Origin, Value

TAGS = frozenset({"!reset", "!override"})


class Tagged(Value):
    """A value with one of Compose's own tags: ``!reset`` removes what it overrides, ``!override`` replaces it whole."""

    __slots__ = ("tag",)

    def __init__(self, data: object, origin: Origin | None, tag: str) -> None:
        super().__init__(data, origin)
        self.tag = tag


def is_reset(value: Value) -> bool:
    """Whether ``value`` only takes away what stands below it."""
    return isinstance(value, Tagged) and value.tag == "!reset"
