"""``batten.yaml``: a design as text that people read and edit, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from batten.compose.source import read_source
from batten.compose.values import literal
from batten.design import Design
from batten.design.sections import (
    connections,
    firewall,
    keeps,
    leftout,
    mtls,
    networks,
    observed,
    privileges,
    published,
    reading,
    secrets,
    services,
    sockets,
    target,
    tiers,
)
from batten.errors import DesignError
from batten.model import Value

NAME = "batten.yaml"
VERSION = 1


class _Section(NamedTuple):
    """How one section is written and read."""

    comment: str
    dump: Callable[[Any], Any]
    load: Callable[[Value], Any]
    rare: bool = False
    """Whether it is left out where there is nothing to say."""


def _none_yet(value: Value) -> Mapping[str, object]:
    if value.data:
        raise reading.wrong(value, "this version of batten writes nothing for this section; leave it empty.")
    return {}


SECTIONS: Mapping[str, _Section] = {
    "tiers": _Section("Which tier each service belongs to: edge, app, data, ops or job.", tiers.dump, tiers.load),
    "connections": _Section("Who needs whom, and why we believe it. Every one of these stays possible.", connections.dump, connections.load),
    "networks": _Section("Who shares a network can talk. A network that is internal has no way out.", networks.dump, networks.load),
    "secrets": _Section(
        "How each credential reaches its service: from a file that the image reads (file) or a start script (shim), or kept where it is (keep).",
        secrets.dump,
        secrets.load,
    ),
    "services": _Section("What a project consists of that begins here, in a folder without a compose file.", services.dump, services.load),
    "published": _Section("The host address each published port is bound to; empty is every address.", published.dump, published.load),
    "privileges": _Section("What is taken from each service's processes.", privileges.dump, privileges.load),
    "sockets": _Section("Who asks the engine through a proxy, and which calls it lets through; or keeps the socket, and why.", sockets.dump, sockets.load),
    "firewall": _Section("Rules for the host's firewall: who may reach published ports, where to networks may connect.", firewall.dump, firewall.load),
    "mtls": _Section("Connections that speak mutual TLS through sidecars: from, to, and the TCP ports.", mtls.dump, mtls.load),
    "observed": _Section(
        "What was seen on a running engine: who was connected to whom, and for how many seconds was watched.", observed.dump, observed.load, rare=True
    ),
    "keeps": _Section("Findings that stay, each with a reason. Change a reason when you have decided.", keeps.dump, keeps.load),
    "consents": _Section("Decisions that may break something, and that are wanted all the same.", list, keeps.load_consents),
    "left_out": _Section("Changes that are not made, each with the reason: something did not work with them.", leftout.dump, leftout.load, rare=True),
    "ignore": _Section("Findings that nobody wants to hear of, each with a reason.", keeps.dump, keeps.load),
    "target": _Section("What is written: compose files, a swarm stack or both.", target.dump, target.load),
}


def dump(design: Design) -> str:
    """The design as YAML, a comment above each section; it holds no secret value."""
    parts = ["# What batten is to make of this project. Edit it, then run 'batten harden' again.\n", f"version: {VERSION}\n"]
    return "".join([*parts, *(section(name, getattr(design, name)) for name in SECTIONS)])


_LATEST: dict[str, tuple[object, str]] = {}
"""For each section what was written of it last: a decision changes one or two of them, and a design is kept after each."""


def section(name: str, value: object) -> str:
    """One section as YAML below its comment; nothing for an empty one that few designs have."""
    known = _LATEST.get(name)
    if known is None or known[0] is not value:
        known = _LATEST[name] = (value, _written(name, value))
    return known[1]


def _written(name: str, value: object) -> str:
    import yaml

    how = SECTIONS[name]
    data = how.dump(value)
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body = yaml.dump({name: data}, Dumper=dumper, sort_keys=False, allow_unicode=True, width=140)
    return f"\n# {how.comment}\n{body}" if data or not how.rare else ""


def load(text: str, file: str = NAME) -> Design:
    """The design in ``text``.

    Raises:
        InputError: it is not YAML.
        DesignError: it is not a design that we understand, with the place.
    """
    return design_of(literal(file, text))


def design_of(document: Value) -> Design:
    """The design of a parsed document; raises DesignError."""
    entries = reading.mapping(document, "a design")
    version = entries.get("version")
    if version is None or version.data != VERSION:
        raise reading.wrong(version or document, f"a design needs 'version: {VERSION}'.")
    parts = {}
    for name, value in entries.items():
        if name == "version":
            continue
        if name not in SECTIONS:
            raise reading.wrong(value, f"'{name}' is not a section of a design.")
        parts[name] = SECTIONS[name].load(value)
    return Design(**parts)


def read(path: Path) -> Design:
    """The design in a file; raises InputError or DesignError with the place."""
    source = read_source(path.absolute(), kind="design")
    return load(source.text, source.file)


def beside(directory: Path) -> Path | None:
    """The design file of a project directory, if there is one. It is never looked for further up."""
    path = directory / NAME
    return path if path.is_file() else None


__all__ = ["NAME", "SECTIONS", "DesignError", "beside", "design_of", "dump", "load", "read", "section"]
