"""What programs print where something is kept from them; the data is in assets/complaints.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import assets

LONGEST = 1000
"""Characters of a line that are looked at, up to the last whole word: what a program complains of stands at its beginning."""
_PATH = re.compile(r"""(?<![\w/:.~-])/(?:[^\s'"`:,;()\[\]<>]|:(?=\w))+""")


class Complaint(NamedTuple):
    """What a line says."""

    kind: str
    """One of the kinds of assets/complaints.yaml, e.g. ``denied``."""
    path: str = ""
    """The path that it is about, absolute; empty where it names none."""
    host: str = ""
    """The name or address that was asked for, likewise."""
    port: str = ""
    capability: str = ""
    """What it takes to do what was tried, without ``CAP_``; empty where that does not show."""
    says: str = ""
    """What happened, as it follows a service's name."""


class _Row(NamedTuple):
    kind: str
    says: str
    marks: tuple[str, ...]
    text: re.Pattern[str]


def complaint(line: str) -> Complaint | None:
    """What a line of a log complains of, or None where it is no complaint that we know."""
    line = line if len(line) <= LONGEST else line[:LONGEST].rpartition(" ")[0]
    lowered = line.lower()
    if not any(mark in lowered for mark in _marks()):
        return None
    for row in _rows():
        found = row.text.search(line) if any(mark in lowered for mark in row.marks) else None
        if found is not None:
            return _complaint(row, line, found)
    return None


def _complaint(row: _Row, line: str, found: re.Match[str]) -> Complaint:
    groups = {name: value for name, value in found.groupdict().items() if value}
    path = groups.get("path") or _path(line, found)
    host, port = groups.get("host", ""), groups.get("port", "")
    shown = {"path": path or "a file", "host": host or "another host"}
    capability = _capability(line) if row.kind in ("forbidden", "port") else ""
    return Complaint(row.kind, path, host, port, capability, row.says.format_map(shown))


def _path(line: str, found: re.Match[str]) -> str:
    """The path that a complaint is about: the last one in front of its words, else the first one behind them."""
    before = _PATH.findall(line, 0, found.start())
    after = _PATH.search(line, found.start())
    path = before[-1] if before else after[0] if after else ""
    return path.rstrip(".") if len(path) > 1 else path


def _capability(line: str) -> str:
    """The capability that takes what a line says was tried."""
    return next((name for name, words in _operations() if words.search(line)), "")


@cache
def _rows() -> tuple[_Row, ...]:
    return tuple(_read())


def _read() -> Iterator[_Row]:
    for kind in assets.load_yaml("complaints.yaml")["kinds"]:
        for row in kind["rows"]:
            yield _Row(kind["kind"], kind["says"], tuple(row["marks"]), re.compile(row["text"], re.IGNORECASE))


@cache
def _marks() -> frozenset[str]:
    return frozenset(mark for row in _rows() for mark in row.marks)


@cache
def _operations() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table: Mapping[str, list[str]] = assets.load_yaml("complaints.yaml")["operations"]
    return tuple((name, re.compile(rf"\b(?:{'|'.join(words)})", re.IGNORECASE)) for name, words in table.items())
