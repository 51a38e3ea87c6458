"""Words of a Dockerfile: quotes, escapes and variables, as BuildKit reads them.

Source: moby/buildkit, frontend/dockerfile/shell (``ProcessWord``), and the Dockerfile reference, "Environment replacement".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeAlias

Values: TypeAlias = Callable[[str], str | None]
"""The value of a variable; None where it is not set. Raises Unknown where it is set by something that is not at hand."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 64 * 1024
_NESTED = 20


class Unknown(ValueError):
    """A text that cannot be said from the files alone; the message holds no values."""


def expand(text: str, values: Values, escape: str = "\\") -> str:
    """``text`` without its quotes and with its variables replaced.

    Raises:
        Unknown: a variable that is not known here, a form that is not understood, or more than 64 KiB.
    """
    return _Expander(text, values, escape, 0).all()


def split(text: str, escape: str = "\\") -> list[str]:
    """The words of ``text``, their quotes still around them; a blank inside quotes or behind an escape divides nothing."""
    words, word, quote, position = [], "", "", 0
    while position < len(text):
        letter = text[position]
        if letter == escape and quote != "'":
            word += text[position : position + 2]
            position += 2
            continue
        if letter in "\"'" and quote in ("", letter):
            quote = "" if quote else letter
        if letter in " \t" and not quote:
            words += [word] if word else []
            word = ""
        else:
            word += letter
        position += 1
    return [*words, word] if word else words


def exec_form(text: str) -> tuple[str, ...] | None:
    """The words of ``["a", "b"]``; None for anything else, which the shell is given as it stands."""
    if not text.startswith("["):
        return None
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(words) if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


class _Expander:
    """One pass over a text."""

    def __init__(self, text: str, values: Values, escape: str, depth: int) -> None:
        if depth > _NESTED:
            raise Unknown("variables are nested too deeply")
        self.text, self.values, self.escape, self.depth = text, values, escape, depth
        self.position = 0
        self.parts: list[str] = []
        self.length = 0

    def all(self) -> str:
        while self.position < len(self.text):
            letter = self.text[self.position]
            if letter == "'":
                self.single()
            elif letter == '"':
                self.double()
            elif letter == "$":
                self.add(self.variable())
            elif letter == self.escape:
                self.add(self.text[self.position + 1 : self.position + 2])
                self.position += 2
            else:
                self.add(letter)
                self.position += 1
        return "".join(self.parts)

    def add(self, text: str) -> None:
        self.length += len(text)
        if self.length > _LONGEST:
            raise Unknown("variables make this text longer than 64 KiB")
        self.parts.append(text)

    def single(self) -> None:
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise Unknown("a quote is never closed")
        self.add(self.text[self.position + 1 : end])
        self.position = end + 1

    def double(self) -> None:
        self.position += 1
        while self.position < len(self.text):
            letter, following = self.text[self.position], self.text[self.position + 1 : self.position + 2]
            if letter == '"':
                self.position += 1
                return
            if letter == "$":
                self.add(self.variable())
            elif letter == self.escape and following and following in f'"${self.escape}':
                self.add(following)
                self.position += 2
            else:
                self.add(letter)
                self.position += 1
        raise Unknown("a quote is never closed")

    def variable(self) -> str:
        """What the ``$`` here stands for; the position moves behind it."""
        self.position += 1
        if self.text[self.position : self.position + 1] == "{":
            return self.braced()
        name = _NAME.match(self.text, self.position)
        if name is None:
            return "$"
        self.position = name.end()
        return self.values(name.group()) or ""

    def braced(self) -> str:
        name = _NAME.match(self.text, self.position + 1)
        end = self.closing(name.end()) if name else -1
        if name is None or end < 0:
            raise Unknown("'${…}' is not understood")
        modifier = self.text[name.end() : end]
        self.position = end + 1
        value = self.values(name.group())
        return self.modified(value, modifier) if modifier else value or ""

    def modified(self, value: str | None, modifier: str) -> str:
        """``${NAME:-word}``, ``${NAME:+word}``, ``${NAME:?word}``, each also without the colon."""
        colon = modifier.startswith(":")
        operator, word = modifier[colon : colon + 1], modifier[colon + 1 :]
        there = bool(value) if colon else value is not None
        if operator == "+":
            return self.inner(word) if there else ""
        if operator == "-":
            return (value or "") if there else self.inner(word)
        if operator == "?" and there:
            return value or ""
        raise Unknown("this form of '${…}' is not understood, or its variable is not set")

    def inner(self, word: str) -> str:
        return _Expander(word, self.values, self.escape, self.depth + 1).all()

    def closing(self, position: int) -> int:
        """Offset of the ``}`` that belongs to the brace before ``position``, or -1."""
        depth = 1
        while position < len(self.text):
            if self.text[position] == self.escape:
                position += 1
            elif self.text.startswith("${", position):
                depth += 1
            elif self.text[position] == "}":
                depth -= 1
                if not depth:
                    return position
            position += 1
        return -1
