"""The source behind a finding, with the place marked and every credential masked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from batten.model import Project, SourceText, Span

if TYPE_CHECKING:
    from batten.inference.credentials import Credential
    from batten.review.spilled import Spill

_SHORTEST = 3
"""Characters of a value that is looked for in other places; shorter ones are in every second word."""
MASK = "••••••••"
_BARE_KEY = re.compile(r"\s*(- +)?[\"']?[\w.-]+[\"']?:\s*(#.*)?$")


class Excerpt(NamedTuple):
    """A few lines of a file."""

    lines: tuple[tuple[int, str], ...]
    """Number and text; the last one is the line of the finding."""
    start: int
    """Column (from 0) at which the mark under the last line begins."""
    length: int


class Excerpts:
    """Cuts excerpts out of one project's files. It knows the project's credentials, and none of them leaves it."""

    def __init__(self, project: Project, credentials: Iterable[Credential], spills: Iterable[Spill] = ()) -> None:
        self._sources = project.sources
        self._lines: dict[str, list[str]] = {}
        self._names: dict[tuple[str, int], str] = {}
        values = set()
        for credential in credentials:
            values |= _spellings(credential.value.reveal())
            for span in (credential.origin.primary, *credential.origin.related):
                if not self._names_an_env_file(span):
                    self._mark(span, credential.variable)
        for spill in spills:
            values |= {spelling for value in spill.values for spelling in _spellings(value.reveal())}
            self._mark(project.origin(spill.path).primary, spill.name if spill.where in ("label", "build argument") else "")
        self._values: dict[str, list[str]] = {}
        """By their first characters, since a project may have thousands and a line is short."""
        for value in values:
            if len(value) >= _SHORTEST:
                self._values.setdefault(value[:_SHORTEST], []).append(value)

    def _names_an_env_file(self, span: Span) -> bool:
        """Whether a place holds the name of an env file, and not a value."""
        source = self._sources.get(span.file)
        text = source.text[span.start : span.end].strip("\"'") if source and source.kind == "compose" else ""
        return bool(text) and any(other.kind == "env" and other.file.endswith(text.lstrip("./")) for other in self._sources.values())

    def _mark(self, span: Span, name: str) -> None:
        source = self._sources.get(span.file)
        height = source.text.count("\n", span.start, max(span.start, span.end - 1)) if source else 0
        for line in range(span.line, span.line + height + 1):
            self._names.setdefault((span.file, line), name if line == span.line else "")

    def cut(self, span: Span) -> Excerpt | None:
        """The line at ``span``, after the key it stands under where that is the line before; None where there is no such line."""
        source = self._sources.get(span.file)
        lines = self._split(source) if source else []
        if not 0 < span.line <= len(lines):
            return None
        numbers = [span.line]
        if span.line > 1 and _BARE_KEY.match(lines[span.line - 2]):
            numbers.insert(0, span.line - 1)
        shown = tuple((number, self.masked(span.file, number, lines[number - 1])) for number in numbers)
        text, start = shown[-1][1], span.column - 1
        length = min(max(span.end - span.start, 1), len(lines[span.line - 1].rstrip()) - start)
        if start + length > len(text) or MASK in text[start : start + length]:
            length = len(text) - start
        return Excerpt(shown, start, max(length, 0))

    def _split(self, source: SourceText) -> list[str]:
        if source.file not in self._lines:
            self._lines[source.file] = source.text.split("\n")
        return self._lines[source.file]

    def masked(self, file: str, number: int, line: str) -> str:
        """``line`` without credentials: their known values are masked, and all that follows the name on a line that holds one."""
        line = line.rstrip()
        name = self._names.get((file, number))
        if name is not None:
            line = _masked_from(line, name)
        starts = self._values.keys() & {line[at : at + _SHORTEST] for at in range(len(line))}
        for value in sorted((value for start in starts for value in self._values[start]), key=len, reverse=True):
            line = line.replace(value, MASK)
        return line


def _masked_from(line: str, name: str) -> str:
    """``line`` up to the separator behind ``name``; without one, none of it but its indentation."""
    found = re.search(rf"{re.escape(name)}[\"']?\s*[=:]\s*", line) if name else None
    found = found or re.match(r"\s*(- +)?[\"']?[\w.]+[\"']?\s*(=|:\s)\s*", line)
    return line[: found.end() if found else len(line) - len(line.lstrip())] + MASK


def _spellings(value: str) -> set[str]:
    """How ``value`` may be written in a file: as it is, with doubled dollars or quotes, escaped, or as a part of a URL."""
    from urllib.parse import quote

    lines = [line.strip() for line in value.splitlines() if line.strip()]
    spelt = {value, *lines}
    spelt |= {text.replace("$", "$$") for text in spelt} | {text.replace("'", "''") for text in spelt}
    spelt |= {text.replace("\\", "\\\\").replace('"', '\\"') for text in spelt} | {quote(text, safe="") for text in spelt}
    return spelt
