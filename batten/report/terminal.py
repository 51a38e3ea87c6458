"""Text for a terminal: strangers' text made harmless, colours where they are wanted, lines that fit."""

from __future__ import annotations

from functools import lru_cache

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "magenta": "35", "cyan": "36"}


def plain(text: str) -> str:
    """``text`` in one line without anything a terminal would act upon: control characters, escapes, changes of direction."""
    return text if text.isprintable() else "".join(character if character.isprintable() else "�" for character in text)


def folded(text: str, width: int, indent: str = "") -> list[str]:
    """``text`` in lines of at most ``width`` columns, each behind ``indent``; words are cut only where they are longer than a line."""
    return list(_folded(plain(text), width, indent))


@lru_cache(maxsize=512)
def _folded(shown: str, width: int, indent: str) -> list[str]:
    """Of thousands of findings most say the same."""
    words, room = shown.split(), width - len(indent)
    if "  " in shown or any(len(word) > room for word in words):
        from textwrap import wrap

        return wrap(shown, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False) or [indent.rstrip()]
    lines = [indent.rstrip()] if not words else []
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > room:
            lines.append(indent + line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, indent + line] if line else lines


class Paint:
    """Puts ANSI colours round text, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, *styles: str) -> str:
        """``text`` in ``styles``: ``bold``, ``dim`` or the name of a colour."""
        if not (self.colour and styles and text):
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"
