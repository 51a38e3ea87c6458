"""Plain scalars as Compose's YAML reader types them, and Go's way to print numbers."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Plain: TypeAlias = str | int | float | bool | None

WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
"""Words that are no texts, without quotes."""
FIRST = frozenset("0123456789+-.")
"""What a number begins with."""
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\Z")
_SPECIAL = {".inf": math.inf, ".Inf": math.inf, ".INF": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan}


class Date(str):
    """A date that was not quoted: where a text is wanted, Compose refuses it."""

    __slots__ = ()


def plain(text: str) -> Plain:
    """The typed value of an unquoted scalar: YAML 1.2 with octal ``0777``, without ``yes``/``on`` and base-60 numbers."""
    if text in WORDS:
        return WORDS[text]
    if text[0] not in FIRST:
        return text
    if _INTEGER.match(text):
        return _integer(text)
    if _FLOAT.match(text):
        return float(text.replace("_", ""))
    if _DATE.match(text):
        return Date(f"{text} 00:00:00 +0000 UTC")
    return _SPECIAL.get(text, text)


def _integer(text: str) -> Plain:
    digits = text.replace("_", "")
    sign = -1 if digits[0] == "-" else 1
    digits = digits.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        if not all(digit in "01234567" for digit in digits):
            return float(text.replace("_", ""))
        value = int(digits, 8)
    else:
        value = int(digits, 0)
    return sign * value if abs(value) < 2**64 else float(text.replace("_", ""))


def text_of(value: Plain) -> str:
    """A scalar as Compose turns it into a text (Go's ``%v``)."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else _go_float(value)


def _go_float(value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if -4 <= exponent < 21:
        text = format(value, "f") if "e" in repr(value) else repr(value)
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa, _, power = repr(value).partition("e")
    if not power:
        mantissa, _, power = f"{value:e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa.removesuffix('.0')}e{'-' if power.startswith('-') else '+'}{abs(int(power)):02d}"


_TRUE = {"true", "y", "yes", "on"}
_FALSE = {"false", "n", "no", "off"}


def boolean(text: str) -> bool | None:
    """A text as a boolean, as Compose casts it after interpolation; None where it is none."""
    lower = text.lower()
    return True if lower in _TRUE else False if lower in _FALSE else None


_SIZE = re.compile(r"([0-9]+\.?[0-9]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+) ?([kKmMgGtTpP]?)(?:i?[bB])?\Z")
_WHOLE = re.compile(r"[-+]?[0-9]+\Z")
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_LARGEST = 2**63


def size(text: str) -> int | None:
    """A size such as ``64m`` or ``1.5gb`` in bytes (binary multiples); None where it is none."""
    match = _SIZE.match(text)
    if match is None:
        return integer(text)
    count = float(match.group(1)) * 1024 ** _UNITS[match.group(2).lower()]
    return int(count) if count < _LARGEST else None


def integer(text: str) -> int | None:
    """A text as a whole number of 64 bits; None where it is none."""
    if not _WHOLE.match(text) or len(text) > 20:
        return None
    number = int(text)
    return number if -_LARGEST <= number < _LARGEST else None


_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h|d|w)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def duration(text: str) -> str | None:
    """A duration as Compose prints it (``90s`` → ``1m30s``); None where it is none."""
    sign, bare = ("-", text[1:]) if text[:1] == "-" else ("", text.removeprefix("+"))
    if bare == "0":
        return "0s"
    pieces = list(_DURATION.finditer(bare))
    if not pieces or "".join(piece.group() for piece in pieces) != bare:
        return None
    total = sum(float(piece.group(1)) * _SECONDS[piece.group(2)] * 1e9 for piece in pieces)
    return sign + _go_duration(round(total)) if total < _LARGEST else None


def _go_duration(nanoseconds: int) -> str:
    if nanoseconds == 0:
        return "0s"
    if nanoseconds < 1_000_000_000:
        for unit, factor in (("ms", 1_000_000), ("µs", 1_000), ("ns", 1)):
            if nanoseconds >= factor:
                return _go_float(nanoseconds / factor) + unit
    minutes, rest = divmod(nanoseconds, 60_000_000_000)
    hours, minutes = divmod(minutes, 60)
    seconds = _go_float(rest / 1e9) + "s"
    return f"{hours}h{minutes}m{seconds}" if hours else f"{minutes}m{seconds}" if minutes else seconds
