"""Env files: ``.env`` and ``env_file`` entries, parsed as Compose parses them, each variable with its place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from batten.compose.interpolation import Definition, InterpolationError, Lookup, interpolate
from batten.errors import InputError
from batten.model import SourceText, Span

_KEY = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z0-9_.\-\[\]]+)[ \t]*([=:]|(?=\r?\n|$|#))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "$": "$$", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class Entry(NamedTuple):
    """One line of an env file."""

    name: str
    value: str | None
    """None for a bare name, which takes its value from the caller's environment."""
    span: Span
    """From the name to the end of the value as written."""
    value_start: int
    """Offset of the value as written, its opening quote included."""


def parse_env(source: SourceText, lookup: Lookup, *, raw: bool = False) -> list[Entry]:
    """The variables of an env file in order.

    Args:
        source: the file.
        lookup: variables from outside, which take precedence over those defined above in the same file.
        raw: the ``raw`` format of ``env_file``: values are taken as they stand.

    Raises:
        InputError: a line that is neither a comment nor a variable, or a quote that is never closed.
    """
    return _Parser(source, lookup, raw).parse()


class _Parser:
    def __init__(self, source: SourceText, lookup: Lookup, raw: bool) -> None:
        self.file, self.text, self.raw = source.file, source.text, raw
        self.position, self.line = 0, 1
        self.seen: dict[str, Definition] = {}
        self.lookup: Callable[[str], Definition | None] = lambda name: lookup(name) or self.seen.get(name)

    def parse(self) -> list[Entry]:
        entries: list[Entry] = []
        while self.position < len(self.text):
            end = self.line_end(self.position)
            stripped = self.text[self.position : end].strip()
            if stripped and not stripped.startswith("#"):
                entries.append(self.entry(end))
            else:
                self.move(end + 1)
        return entries

    def line_end(self, start: int) -> int:
        end = self.text.find("\n", start)
        return len(self.text) if end < 0 else end

    def move(self, position: int) -> None:
        self.line += self.text.count("\n", self.position, position)
        self.position = position

    def fail(self, message: str) -> InputError:
        return InputError(message, span=Span(self.file, self.position, self.position, self.line, 1))

    def entry(self, end: int) -> Entry:
        match = _KEY.match(self.text, self.position, end)
        if match is None:
            raise self.fail("this line is neither NAME=value nor a comment.")
        name, start, line = match.group(1), match.start(1), self.line
        column = start - self.position + 1
        if not match.group(2):
            self.move(end + 1)
            return Entry(name, None, Span(self.file, start, match.end(1), line, column), match.end(1))
        value_start = match.end()
        while value_start < end and self.text[value_start] in " \t":
            value_start += 1
        value, stop = self.value(value_start, end)
        self.seen[name] = Definition(value, Span(self.file, start, stop, line, column))
        self.move(self.line_end(stop) + 1)
        return Entry(name, value, Span(self.file, start, stop, line, column), value_start)

    def value(self, start: int, end: int) -> tuple[str, int]:
        """The value that starts at ``start`` and the offset behind its text."""
        quote = self.text[start : start + 1]
        if self.raw:
            return self.text[start:end].rstrip("\r"), len(self.text[:end].rstrip("\r"))
        if quote and quote in "'\"":
            return self.quoted(quote, start)
        text = self.text[start:end]
        if text.startswith("#"):
            text = ""
        comment = re.search(r"[ \t]+#", text)
        text = (text[: comment.start()] if comment else text).rstrip()
        return self.expand(text), start + len(text)

    def quoted(self, quote: str, start: int) -> tuple[str, int]:
        position = start + 1
        while position < len(self.text):
            if self.text[position] == "\\" and position + 1 < len(self.text):
                position += 2
                continue
            if self.text[position] == quote:
                body = self.text[start + 1 : position]
                value = body.replace("\\'", "'") if quote == "'" else self.expand(_unescape(body))
                return value, position + 1
            position += 1
        raise self.fail("a quoted value is never closed.")

    def expand(self, text: str) -> str:
        try:
            return interpolate(text, self.lookup).text
        except InterpolationError as error:
            raise self.fail(f"{error}.") from None


def _unescape(body: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(0)), body, flags=re.DOTALL)
