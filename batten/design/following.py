"""Where else the value of a secret stands: moving one copy of a password does not hide the others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

from batten.compose.dotenv import parse_env
from batten.compose.splicing import comments
from batten.inference.credentials import find_credentials
from batten.model import Project, SourceText, Span, TreePath, Value

if TYPE_CHECKING:
    from batten.design import Design

MIN_LENGTH = 6
"""Shorter values are not looked for inside other texts."""


class Remaining(NamedTuple):
    """A place where the value of a secret still stands after it was moved to a file."""

    secret: str
    place: Span
    what: str
    """One phrase without the value, e.g. ``the variable DATABASE_URL of worker``."""


class _Moved(NamedTuple):
    """One value that moves, and how it is recognised in other texts."""

    secret: str
    value: str
    inside: re.Pattern[str]


def remaining(project: Project, design: Design) -> tuple[Remaining, ...]:
    """Every other place where a value that ``design`` moves to a file stands: variables, URLs, commands, labels, comments, env files."""
    going = {(one.service, one.variable): one.secret for one in design.secrets if one.how in ("file", "shim")}
    found = find_credentials(project)
    credentials = {one.path for one in found}
    moved = {one.value: secret for one in found if one.value and (secret := going.get((one.service, one.variable)))}
    values = [_Moved(secret, part, _pattern(part)) for value, secret in moved.items() for part in _parts(value.reveal())]
    if not values:
        return ()
    gone: set[TreePath] = {("services", *key[:1], "environment", key[1]) for key in going}
    places = [*_in_tree(project, values, gone, credentials), *_in_env_files(project, values), *_in_comments(project, values)]
    return tuple(dict.fromkeys(sorted(places, key=lambda one: (one.secret, one.place))))


def _parts(value: str) -> list[str]:
    """A value, and the password in it where it is a URL."""
    match = re.match(r"[A-Za-z][\w+.-]*://[^\s/:@]*:([^\s/@]+)@", value)
    return [value, unquote(match[1])] if match else [value]


def _pattern(value: str) -> re.Pattern[str]:
    """How a value is found inside a text: anywhere if it is no ordinary word, else only as the password of a URL."""
    forms = "|".join(sorted({re.escape(value), re.escape(quote(value, safe=""))}))
    if len(value) >= MIN_LENGTH and not re.fullmatch(r"[a-z]+|[A-Z]+|[0-9]+", value):
        return re.compile(rf"(?<![A-Za-z0-9])(?:{forms})(?![A-Za-z0-9])")
    return re.compile(rf"://[^\s/:@]*:(?:{forms})@")


def _in_tree(project: Project, values: Sequence[_Moved], gone: set[TreePath], credentials: set[TreePath]) -> Iterator[Remaining]:
    for path, value in _texts(project.tree, ()):
        if path in gone:
            continue
        text = str(value.data)
        for one in values:
            if one.inside.search(text) or (text == one.value and path in credentials):
                yield Remaining(one.secret, project.origin(path).primary, _what(path))


def _texts(value: Value, path: TreePath) -> Iterator[tuple[TreePath, Value]]:
    if isinstance(value.data, (str, int)):
        yield path, value
    for key, child in value.items():
        if key != "x-batten-env-files":
            yield from _texts(child, (*path, key))
    for index, child in enumerate(value.elements()):
        yield from _texts(child, (*path, index))


_NAMES: Mapping[str, str] = {"environment": "the variable", "labels": "the label", "args": "the build argument"}


def _what(path: TreePath) -> str:
    if path[0] != "services" or len(path) < 3:
        return f"'{path[0]}'"
    service = path[1]
    kind = next((str(step) for step in path[2:] if step in _NAMES), "")
    if kind:
        return f"{_NAMES[kind]} {path[-1]} of {service}"
    return f"the {str(path[2]).replace('_', ' ')} of {service}"


def _in_env_files(project: Project, values: Sequence[_Moved]) -> Iterator[Remaining]:
    """Lines of ``.env``: they stay, since other texts may be filled from them."""
    for source in project.sources.values():
        if source.kind == "env" and source.file not in _handed_on(project):
            for line in parse_env(source, lambda _name: None):
                for one in values:
                    if line.value is not None and (line.value == one.value or one.inside.search(line.value)):
                        yield Remaining(one.secret, line.span, f"{line.name} in {PurePath(source.file).name}")


def _handed_on(project: Project) -> set[str]:
    """Env files whose lines are variables of services: those are found there."""
    return {file for service in project.services.values() for file in service.env_files}


def _in_comments(project: Project, values: Sequence[_Moved]) -> Iterator[Remaining]:
    for source in project.sources.values():
        for start, end in comments(source):
            for one in values:
                if one.inside.search(source.text, start, end):
                    yield Remaining(one.secret, _span(source, start, end), f"a comment in {PurePath(source.file).name}")


def _span(source: SourceText, start: int, end: int) -> Span:
    line = source.text.count("\n", 0, start) + 1
    return Span(source.file, start, end, line, start - source.text.rfind("\n", 0, start))
