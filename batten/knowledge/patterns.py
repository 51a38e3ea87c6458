"""Patterns that cost nothing until a text holds what they look for: most are tried on every value of a project and match hardly any."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

compiled = cache(re.compile)
"""A compiled pattern, made when it is first asked for."""


class Pattern(NamedTuple):
    """A regular expression, and what a text must hold so that it is worth trying."""

    marks: tuple[str, ...]
    """One of these is in every text that matches, as it is written here; nothing where no such thing can be named."""
    text: str
    flags: int = 0

    def possible(self, text: str) -> bool:
        """Whether ``text`` holds one of the marks."""
        for mark in self.marks:
            if mark in text:
                return True
        return not self.marks

    def finditer(self, text: str) -> Iterable[re.Match[str]]:
        """Every match, as ``re.finditer`` has it."""
        return compiled(self.text, self.flags).finditer(text) if self.possible(text) else ()

    def search(self, text: str) -> re.Match[str] | None:
        """The first match."""
        return compiled(self.text, self.flags).search(text) if self.possible(text) else None

    def match(self, text: str) -> re.Match[str] | None:
        """A match at the start."""
        return compiled(self.text, self.flags).match(text) if self.possible(text) else None

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """A match of the whole text."""
        return compiled(self.text, self.flags).fullmatch(text) if self.possible(text) else None
