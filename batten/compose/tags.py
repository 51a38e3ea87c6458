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


def like(value: Value, data: object) -> Value:
    """``data`` at the place of ``value``, with its tag if it has one."""
    return Tagged(data, value.origin, value.tag) if isinstance(value, Tagged) else value.at(data)
