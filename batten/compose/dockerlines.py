"""A Dockerfile's text as instructions: parser directives, comments, continued lines and here-documents, as BuildKit cuts them.

Source: moby/buildkit, frontend/dockerfile/parser (``Parse``, ``heredocsFromLine``), and the Dockerfile reference.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*(.+?)\s*\Z")
_HERE = re.compile(r"(?:^|(?<=\s))\d*<<(-?)([\"']?)([^\s<\"'|&;>]+)\2(?=\s|\Z)")
_WITH_HERE = frozenset({"RUN", "COPY", "ADD"})
_MOST = 5_000


class Instruction(NamedTuple):
    """One instruction as it is written, its lines joined."""

    name: str
    """In upper case: ``FROM``, ``ENV``."""
    rest: str
    """What stands behind the name."""
    start: int
    """Offset of its first character in the text."""
    end: int
    """Offset behind its last character, here-documents included."""
    line: int
    """Its first line, from 1."""
    documents: tuple[str, ...] = ()
    """Here-documents that belong to it, in order."""


def instructions(text: str) -> tuple[list[Instruction], str]:
    """The instructions of a Dockerfile in order, and the character that continues a line; of an endless file only the first 5,000."""
    reader = _Reader(text)
    return reader.read(), reader.escape


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line))
        self.escape = "\\"
        self.next = 0

    def read(self) -> list[Instruction]:
        self.directives()
        found: list[Instruction] = []
        while self.next < len(self.lines) and len(found) < _MOST:
            line = self.lines[self.next].strip()
            if line and not line.startswith("#"):
                found.append(self.instruction())
            else:
                self.next += 1
        return found

    def directives(self) -> None:
        """``# escape=`` counts only above everything else, among other directives."""
        for line in self.lines:
            match = _DIRECTIVE.match(line.strip())
            if match is None:
                return
            if match[1].lower() == "escape" and match[2] in "\\`":
                self.escape = match[2]

    def instruction(self) -> Instruction:
        first = self.next
        name, _, rest = self.joined().strip().replace("\t", " ").partition(" ") if first < len(self.lines) else ("", "", "")
        documents: list[str] = []
        if name.upper() in _WITH_HERE:
            documents = [self.document(match[3], tabs=bool(match[1])) for match in _HERE.finditer(rest)]
        return Instruction(name.upper(), rest.strip(), self.offsets[first], self.offsets[self.next], first + 1, tuple(documents))

    def joined(self) -> str:
        """The line that is next and those that continue it; comments and empty lines between them do not count."""
        text, wanted = "", True
        while wanted and self.next < len(self.lines):
            line = self.lines[self.next].rstrip("\r\n")
            self.next += 1
            if text and (not line.strip() or line.lstrip().startswith("#")):
                continue
            body = line.rstrip(" \t")
            wanted = body.endswith(self.escape) and not body[:-1].endswith(self.escape)
            text += body[:-1] if wanted else line
        return text

    def document(self, word: str, *, tabs: bool) -> str:
        """The lines up to the one that is ``word``."""
        body: list[str] = []
        while self.next < len(self.lines):
            line = self.lines[self.next]
            self.next += 1
            plain = line.lstrip("\t") if tabs else line
            if plain.rstrip("\r\n") == word:
                break
            body.append(plain)
        return "".join(body)
