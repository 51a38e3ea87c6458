"""A stranger's words in Markdown."""

from __future__ import annotations

from batten.report.terminal import plain

_MARKUP = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#~&!"})


def prose(text: str) -> str:
    """A stranger's words inside a sentence: no Markdown, no HTML, one line."""
    return plain(text).translate(_MARKUP)


def code(text: str) -> str:
    """A stranger's words set as code."""
    return f"`{plain(text).replace('`', chr(39))}`"
