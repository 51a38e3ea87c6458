"""Numbers, sizes, durations and modes of a compose file, checked and brought into canonical form."""

from __future__ import annotations

import math
import re

from batten.compose import scalars
from batten.compose.primitives import bad, number_or_text, same, text
from batten.model import Value

_MODE = re.compile(r"[-+]?[0-7]{1,12}\Z")


def integer(value: Value) -> Value:
    """A whole number; a text is cast."""
    data = value.data
    if type(data) is int:
        return value
    if isinstance(data, float) and data.is_integer():
        return same(value, int(data))
    number = scalars.integer(data) if isinstance(data, str) else None
    if number is None:
        raise bad(value, "this must be a whole number.")
    return same(value, number)


def whole(value: Value) -> Value:
    """A number of which Compose keeps the whole part; a text is cast."""
    if isinstance(value.data, float) and math.isfinite(value.data):
        return same(value, int(value.data))
    return integer(value)


def natural(value: Value) -> Value:
    """A whole number that is not negative; a text is cast."""
    result = integer(value)
    if result.data < 0:
        raise bad(value, "this must not be negative.")
    return result


def count(value: Value) -> Value:
    """A whole number that is not negative and not written as a text."""
    if isinstance(value.data, str):
        raise bad(value, "this must be a number, without quotes.")
    return natural(value)


def plain_integer(value: Value) -> Value:
    """A whole number that is not written as a text."""
    if isinstance(value.data, str):
        raise bad(value, "this must be a number, without quotes.")
    return integer(value)


def weight(value: Value) -> Value:
    """A number that is not written as a text; Compose keeps its whole part."""
    if isinstance(value.data, str):
        raise bad(value, "this must be a number, without quotes.")
    return whole(value)


def retries(value: Value) -> Value:
    """A number that is not negative, of which Compose keeps the whole part; a text is cast."""
    return natural(whole(value))


def percent(value: Value) -> Value:
    """A whole number from 0 to 100."""
    result = natural(value)
    if result.data > 100:
        raise bad(value, "this must be at most 100.")
    return result


def number(value: Value) -> Value:
    """A number; a text is cast."""
    if type(value.data) in (int, float):
        return value
    try:
        found = float(value.data if isinstance(value.data, str) and "_" not in value.data else "nan")
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise bad(value, "this must be a number.")
    return same(value, found)


def mode(value: Value) -> Value:
    """File mode bits as an octal text, ``0440``; an unquoted number was read as YAML reads it (``0440`` is octal)."""
    written = number_or_text(value)
    if isinstance(value.data, int):
        return same(value, f"0{value.data:o}")
    if not _MODE.match(written):
        raise bad(value, "this is not a file mode.", "Write it in octal, such as 0440.")
    return same(value, f"0{int(written, 8):o}")


def size(value: Value) -> Value:
    """A size in bytes, as a text."""
    written = number_or_text(value)
    found = int(value.data) if isinstance(value.data, (int, float)) and math.isfinite(value.data) else scalars.size(written)
    if found is None:
        raise bad(value, "this is not a size.", "Write a number with a unit, such as 64m or 1g.")
    return same(value, str(found))


def whole_size(value: Value) -> Value:
    """A size that may not be a fraction without a unit."""
    if isinstance(value.data, float):
        raise bad(value, "this must be a whole number or a text with a unit.")
    return size(value)


def positive_size(value: Value) -> Value:
    """As ``whole_size``, and not negative."""
    result = whole_size(value)
    if result.data.startswith("-"):
        raise bad(value, "this must not be negative.")
    return result


def plain_mode(value: Value) -> Value:
    """File mode bits that are kept as the number they are."""
    if isinstance(value.data, str):
        raise bad(value, "this must be a number, without quotes.")
    return natural(whole(value))


def text_size(value: Value) -> Value:
    """A size that must be written as a text."""
    return size(text(value))


def duration(value: Value) -> Value:
    """A duration as Go prints it."""
    found = scalars.duration(value.data) if isinstance(value.data, str) else None
    if found is None:
        raise bad(value, "this is not a duration.", "Write a number with a unit, such as 30s or 1m30s.")
    return same(value, found)
