"""Small helpers to read a section of ``batten.yaml``, with the place in every complaint."""

from __future__ import annotations

from collections.abc import Iterator

from batten.errors import DesignError
from batten.model import Value


def wrong(value: Value, message: str) -> DesignError:
    """A complaint about ``value`` at its place."""
    return DesignError(message, span=value.origin.primary if value.origin else None)


def mapping(value: Value, what: str) -> dict[str, Value]:
    """The entries of a mapping; nothing is an empty one."""
    if value.data is None:
        return {}
    if not isinstance(value.data, dict):
        raise wrong(value, f"{what} must be a mapping.")
    return value.data


def sequence(value: Value, what: str) -> list[Value]:
    """The items of a list; nothing is an empty one."""
    if value.data is None:
        return []
    if not isinstance(value.data, list):
        raise wrong(value, f"{what} must be a list.")
    return value.data


def text(value: Value | None, what: str, default: str | None = None, *, near: Value | None = None) -> str:
    """A text, or ``default`` where there is none."""
    if value is None or value.data is None:
        if default is None:
            raise wrong(near or Value(None), f"{what} is missing.")
        return default
    if isinstance(value.data, (dict, list)):
        raise wrong(value, f"{what} must be a text.")
    return str(value.data)


def flag(value: Value | None, what: str, default: bool) -> bool:
    """True or false."""
    if value is None or value.data is None:
        return default
    if not isinstance(value.data, bool):
        raise wrong(value, f"{what} must be true or false.")
    return value.data


def texts(value: Value | None, what: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(text(item, what) for item in sequence(value, what)) if value is not None else ()


def only(value: Value, keys: set[str], what: str) -> Iterator[tuple[str, Value]]:
    """The entries of a mapping none of which has a key that is not in ``keys``."""
    for key, child in mapping(value, what).items():
        if key not in keys:
            raise wrong(child, f"'{key}' is not a key of {what}.")
        yield key, child
