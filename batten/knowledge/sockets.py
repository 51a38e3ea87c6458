"""What images do with an engine's socket: the calls they make, how they are told where the engine is, and what each call gives away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import assets

LABEL = "batten.socket-proxy"
"""The label by which a socket proxy that batten wrote is known; its value names the calls that it lets through."""
ALWAYS = "ping"
"""The group of calls that every client of the engine begins with; a proxy always lets it through."""

ENVIRONMENT, ARGUMENT, CONFIG = "environment", "argument", "config"


class Call(NamedTuple):
    """A group of calls of the engine's API."""

    name: str
    paths: tuple[tuple[str, str], ...]
    """Method and path; ``{id}`` and ``{image}`` stand for names."""
    does: str
    """What it is for, an infinitive."""
    shows: str
    """What the answer gives away; empty where that is little."""
    power: str
    """What whoever may make it can do with it; empty where that is little."""
    swarm: bool
    """Whether only a manager of a swarm answers."""
    limit: str
    """What does not work through the proxy all the same; empty where everything does."""


class Endpoint(NamedTuple):
    """One way of telling an image where the engine is."""

    kind: str
    """``environment``, ``argument`` or ``config``."""
    name: str
    """The variable, the argument with its dashes, or the place in the configuration in words."""
    value: str
    """Its value; ``{url}`` stands for the proxy's address, ``{name}`` for its host name."""
    given: str
    """What the service's own arguments or variables begin with where this way is the one that it uses; empty where it is always right."""


class SocketNeed(NamedTuple):
    """What an image does with the socket."""

    calls: tuple[str, ...]
    """Names of groups of calls."""
    swarm: tuple[str, ...]
    """Those that it makes besides where it works for a swarm."""
    endpoints: tuple[Endpoint, ...]
    root: str
    """What it does that amounts to root, a phrase that follows its name; empty where it does nothing of the kind."""
    never: str
    """Why it cannot be pointed to a proxy; empty where it can or where that is not known."""
    known: bool
    """Whether somebody read in its source or documentation what it calls and how it is told."""
    source: str


def socket_need(row: Any) -> SocketNeed | None:
    """The need that an image's row states under ``socket``, if it states one."""
    if row is None:
        return None
    endpoints = tuple(_endpoint(one) for one in row.get("endpoints", ()))
    words = {key: str(row.get(key, "")) for key in ("calls", "swarm", "root", "never", "verified", "source")}
    known = words["verified"] in ("yes", "partly")
    return SocketNeed(tuple(words["calls"].split()), tuple(words["swarm"].split()), endpoints, words["root"], words["never"], known, words["source"])


def _endpoint(row: Mapping[str, str]) -> Endpoint:
    kind = next(key for key in (ENVIRONMENT, ARGUMENT, CONFIG) if key in row)
    return Endpoint(kind, row[kind], row.get("value", "{url}"), row.get("given", ""))


@cache
def calls() -> Mapping[str, Call]:
    """Every group of calls by its name."""
    return {name: _call(name, row) for name, row in assets.load_yaml("socket_calls.yaml").items()}


def _call(name: str, row: Mapping[str, Any]) -> Call:
    paths = tuple((method, path) for method, _, path in (part.partition(" ") for part in row["paths"].split("; ")))
    return Call(name, paths, row["does"], row.get("shows", ""), row.get("power", ""), row.get("swarm", False), row.get("limit", ""))


def shown_by(names: Sequence[str]) -> tuple[str, ...]:
    """What the answers to these calls give away, one phrase each."""
    return tuple(dict.fromkeys(call.shows for name in names if (call := calls().get(name)) and call.shows))


def powers_of(names: Sequence[str]) -> tuple[str, ...]:
    """What whoever may make these calls can do with them, one phrase each."""
    return tuple(dict.fromkeys(call.power for name in names if (call := calls().get(name)) and call.power))
