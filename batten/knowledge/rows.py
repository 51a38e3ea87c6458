"""The rows of assets/images: from text to facts.

A row is either one text or a mapping whose ``image`` is that text. The text is a list of words: image names (``*`` stands for any
characters, ``name:2`` for tags of that version only), listening ports (``5432/tcp``), traits (``+passive``), and words by which an
image of another publisher can be told to be of the same kind (``~postgres``; the row's id is one of them). Traits:

- ``passive``: never opens connections to other services by itself
- ``online`` / ``offline``: needs / does not need the internet by its nature
- ``raw`` / ``noraw``: needs / does not need NET_RAW
- ``nnp``: known to work with no-new-privileges
- ``peers``: several of its kind talk to each other
- ``screens``: its connections are set up in its own screens, so that the files of a project do not show them
- ``exports``: its entrypoint exports what it reads from files to initialisation scripts

Other keys: ``files`` (credential variables that can come from a file, by ``style``, ``verified``, from version ``since`` on, but not where the
variable ``unless`` is set),
``credentials`` (those that cannot), ``instead`` (what to do about these), ``reader`` (who reads the file), ``uses`` (ids or roles it
connects to by habit), ``hosts`` (host names it connects to unless told otherwise), ``discovers`` (``label:PREFIX`` or ``env:NAME`` by
which it finds the services it forwards to), ``runtime`` (what it needs while it runs, as ``runtimes`` has it), ``socket`` (what it does
with an engine's socket: ``calls`` of assets/socket_calls.yaml, those of a ``swarm`` besides, ``endpoints`` by which it is told where the
engine is, ``root`` where what it does amounts to that, ``never`` where it cannot be pointed elsewhere), ``source``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import assets

STYLES: Mapping[str, tuple[str, str]] = {
    "suffix": ("{variable}_FILE", "/run/secrets/{name}"),
    "dunder": ("{variable}__FILE", "/run/secrets/{name}"),
    "joined": ("{variable}FILE", "/run/secrets/{name}"),
    "secretfile": ("{variable}_SECRETFILE", "/run/secrets/{name}"),
    "prefix": ("FILE__{variable}", "/run/secrets/{name}"),
    "uri": ("{variable}", "file:///run/secrets/{name}"),
    "path": ("{variable}", "/run/secrets/{name}"),
    "command": ("{variable}_CMD", "cat /run/secrets/{name}"),
    "named": ("", ""),
}
"""How images take a credential from a file: the variable to set and its value. With ``named`` no variable is set: the image looks for a
file that is called as the variable."""
TARGETS: Mapping[str, str] = {"named": "/run/secrets/{variable}"}
"""Where the secret has to be mounted, for styles in which that is not ``/run/secrets/{name}``."""


class Row(NamedTuple):
    """One row, its text taken apart; the rest is still as loaded."""

    id: str
    tier: str
    role: str
    names: tuple[str, ...]
    ports: tuple[str, ...]
    traits: frozenset[str]
    words: tuple[str, ...]
    keys: Mapping[str, Any]

    def listed(self, key: str) -> tuple[str, ...]:
        """The words under ``key``."""
        return tuple(str(self.keys.get(key, "")).split())

    def flag(self, yes: str, no: str) -> bool | None:
        """True, False or None by which of two traits the row has."""
        return True if yes in self.traits else False if no in self.traits else None


class Index(NamedTuple):
    """All rows, by the ways in which they are looked up."""

    exact: Mapping[str, Row]
    tagged: Mapping[str, tuple[tuple[str, Row], ...]]
    """By name: the rows for some versions only."""
    patterns: tuple[tuple[str, str, Row], ...]
    """What a name must start with, the whole pattern, and its row."""
    last: Mapping[str, Row]
    """By the last component of an image's name."""
    words: Mapping[str, Row]


@cache
def index() -> Index:
    """All rows of assets/images; they are read when they are first asked for."""
    exact: dict[str, Row] = {}
    tagged: dict[str, list[tuple[str, Row]]] = {}
    patterns: list[tuple[str, str, Row]] = []
    last: dict[str, Row] = {}
    words: dict[str, Row] = {}
    for row in _rows():
        for name in row.names:
            base, _, tag = name.partition(":")
            if "*" in name:
                patterns.append((name.partition("*")[0], name, row))
            elif tag:
                tagged.setdefault(base, []).append((tag, row))
            else:
                exact[name] = row
                last.setdefault(base.rpartition("/")[2], row)
        for word in (row.id, *row.words):
            words.setdefault(word, row)
    return Index(exact, {name: tuple(rows) for name, rows in tagged.items()}, tuple(patterns), last, words)


def _rows() -> Iterator[Row]:
    for file in sorted(assets.path("images").glob("*.yaml")):
        for group in assets.load_yaml(f"images/{file.name}"):
            for id_, content in group["images"].items():
                yield _row(id_, group, content if isinstance(content, dict) else {"image": content})


def _row(id_: str, group: Mapping[str, Any], keys: Mapping[str, Any]) -> Row:
    names, ports, words = [], [], []
    traits = set(str(group.get("traits", "")).split())
    for word in str(keys["image"]).split():
        if word[0] == "+":
            traits.add(word[1:])
        elif word[0] == "~":
            words.append(word[1:])
        elif word.endswith(("/tcp", "/udp")):
            ports.append(word)
        else:
            names.append(word)
    return Row(id_, group.get("tier", ""), group["role"], tuple(names), tuple(ports), frozenset(traits), tuple(words), keys)
