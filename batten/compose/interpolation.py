"""Variables in compose files: ``$V``, ``${V}``, defaults, required values and alternatives, nested, as Compose replaces them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from batten.model import Span

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BRACES = re.compile(r"\$\{|\}")
_NESTED = 30
_LONGEST = 1024 * 1024
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Definition(NamedTuple):
    """The value of a variable and where it was given (None: the caller's environment)."""

    value: str
    span: Span | None


Lookup: TypeAlias = Callable[[str], Definition | None]


class InterpolationError(ValueError):
    """A text whose variables cannot be replaced; the message holds no values."""


class Interpolated(NamedTuple):
    """A text with its variables replaced."""

    text: str
    used: tuple[str, ...]
    """Names of the variables that were looked up, in order."""
    places: tuple[Span, ...]
    """Where those that came from a file were defined."""
    missing: tuple[str, ...]
    """Variables that are not set and have no default: they became empty."""


def lookup_in(*tables: Mapping[str, Definition]) -> Lookup:
    """A lookup that asks ``tables`` one after the other."""

    def find(name: str) -> Definition | None:
        return next((table[name] for table in tables if name in table), None)

    return find


def interpolate(text: str, lookup: Lookup) -> Interpolated:
    """Replace the variables in ``text``.

    Raises:
        InterpolationError: ``${`` without its end, a name that is none, ``${V:?message}`` where V is not set, or
            variables that make the text longer than any setting is.
    """
    if "$" not in text:
        return Interpolated(text, (), (), ())
    state = _State(lookup)
    result = state.replace(text)
    return Interpolated(result, tuple(state.used), tuple(state.places), tuple(state.missing))


class _State:
    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.used: list[str] = []
        self.places: list[Span] = []
        self.missing: list[str] = []

    def replace(self, text: str) -> str:
        parts: list[str] = []
        position = 0
        while (dollar := text.find("$", position)) >= 0:
            parts.append(text[position:dollar])
            piece, position = self.reference(text, dollar)
            parts.append(piece)
        parts.append(text[position:])
        if sum(map(len, parts)) > _LONGEST:
            raise InterpolationError("variables make this text longer than 1 MiB")
        return "".join(parts)

    def reference(self, text: str, dollar: int) -> tuple[str, int]:
        """What the ``$`` at ``dollar`` stands for, and the offset behind it."""
        follower = text[dollar + 1 : dollar + 2]
        if follower == "$":
            return "$", dollar + 2
        if follower == "{":
            end = _closing(text, dollar + 2)
            return self.braced(text[dollar + 2 : end]), end + 1
        name = _NAME.match(text, dollar + 1)
        if name is None:
            return "$", dollar + 1
        return self.plain(name.group()), name.end()

    def find(self, name: str) -> str | None:
        self.used.append(name)
        found = self.lookup(name)
        if found is None:
            return None
        if found.span is not None:
            self.places.append(found.span)
        return found.value

    def plain(self, name: str) -> str:
        value = self.find(name)
        if value is None:
            self.missing.append(name)
        return value or ""

    def braced(self, body: str) -> str:
        name = _NAME.match(body)
        if name is None:
            raise InterpolationError("'${…}' does not hold the name of a variable")
        rest = body[name.end() :]
        if not rest:
            return self.plain(name.group())
        operator = next((sign for sign in _OPERATORS if rest.startswith(sign)), None)
        if operator is None:
            raise InterpolationError(f"'${{{name.group()}…}}' holds an operator that Compose does not know")
        return self.operate(name.group(), operator, rest[len(operator) :])

    def operate(self, name: str, operator: str, word: str) -> str:
        value = self.find(name)
        given = value is not None and (operator[0] != ":" or value != "")
        kind = operator[-1]
        if kind == "+":
            return self.replace(word) if given else ""
        if given:
            return value or ""
        if kind == "-":
            return self.replace(word)
        message = self.replace(word)
        raise InterpolationError(f"the variable {name} is required and not set" + (f": {message}" if message else ""))


def _closing(text: str, start: int) -> int:
    """Offset of the ``}`` that closes the ``${`` whose body starts at ``start``."""
    depth = 1
    for mark in _BRACES.finditer(text, start):
        depth += 1 if mark.group() == "${" else -1
        if depth == 0:
            return mark.start()
        if depth > _NESTED:
            raise InterpolationError(f"'${{…}}' is nested deeper than {_NESTED} levels")
    raise InterpolationError("'${' is not closed by '}' (write '$$' for a dollar sign)")


def variables_in(text: str) -> tuple[str, ...]:
    """Names of the variables that ``text`` refers to, nested ones included; empty where it is malformed."""
    try:
        return interpolate(text, lambda _name: Definition("", None)).used
    except InterpolationError:
        return ()
