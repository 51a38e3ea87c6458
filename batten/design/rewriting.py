"""Sections of a ``batten.yaml`` written anew in the user's own text; everything else in it stays as it is, comments too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from batten.design import Design, file
from batten.errors import BattenError, DesignError

_KEY = re.compile(r"([a-z]+)[ \t]*:(?=\s|$)")


def rewritten(text: str, design: Design, names: Iterable[str], path: str = file.NAME) -> str:
    """The text with some sections as they are in ``design``; those that it does not have come last.

    Raises:
        DesignError: the text is laid out in such a way that a section cannot be found in it.
    """
    before = file.load(text, path)
    wanted = [name for name in names if _text(before, name) != _text(design, name)]
    for name in wanted:
        text = _with(text, name, _text(design, name))
    if not _is(text, path, {name: _text(design if name in wanted else before, name) for name in file.SECTIONS}):
        hint = f"Write each section of {file.NAME} on lines of its own, as 'batten design' prints it."
        raise DesignError("the design cannot be completed without changing more than its own sections.", hint=hint, file=path)
    return text


def _is(text: str, path: str, sections: Mapping[str, str]) -> bool:
    """Whether a text is a design with just these sections."""
    try:
        after = file.load(text, path)
    except BattenError:
        return False
    return all(_text(after, name) == section for name, section in sections.items())


def _text(design: Design, name: str) -> str:
    return file.section(name, getattr(design, name))


def _with(text: str, name: str, section: str) -> str:
    """The text with one section, which takes the lines from its key up to what belongs to the next one."""
    lines = text.splitlines(keepends=True)
    keys = [(number, found[1]) for number, line in enumerate(lines) if (found := _KEY.match(line))]
    here = next((at for at, (_, key) in enumerate(keys) if key == name), None)
    body = _body(section)
    if here is None:
        return f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{section}"
    start = keys[here][0]
    end = keys[here + 1][0] if here + 1 < len(keys) else len(lines)
    while end > start + 1 and here + 1 < len(keys) and _between(lines[end - 1]):
        end -= 1
    return "".join([*lines[:start], body, *lines[end:]])


def _between(line: str) -> bool:
    """An empty line or a comment at the margin: above a section, it belongs to it."""
    return not line.strip() or line.startswith("#")


def _body(section: str) -> str:
    """A section without the comment above it, which the text has or does without."""
    return "".join(line for line in section.splitlines(keepends=True) if not _between(line))
