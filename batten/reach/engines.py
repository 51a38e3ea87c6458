"""What each engine version does differently about reachability: the rows of ``assets/engines.yaml``, typed, and the choice among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import assets
from batten.errors import InputError

ANY = "any"
"""The engine name that stands for "not known": everything counts as open that one of the measured engines opens."""


class Engine(NamedTuple):
    """One row: what a measured engine does. The file says what each difference means."""

    version: str
    measured: str
    first: tuple[int, ...]
    last: tuple[int, ...] | None
    internal_default_route: bool
    direct_routing: bool
    forwarding_opens_everything: bool
    loopback_on_the_wire: bool
    udp_answers_from_gateway_only: bool
    ip6tables: bool
    gateway_modes: frozenset[str]
    trusted_interfaces: bool
    host_asks_dns: bool
    loopback_resolver_leaks: bool

    def speaks_for(self, numbers: tuple[int, ...]) -> bool:
        """Whether the row covers the version ``(major, minor)``."""
        return self.first <= numbers and (self.last is None or numbers <= self.last)


class Choice(NamedTuple):
    """The rows that stand for a version that was asked for, and how a report names it."""

    rows: tuple[Engine, ...]
    label: str


@cache
def engines() -> tuple[Engine, ...]:
    """Every row, oldest first."""
    return tuple(_engine(row) for row in assets.load_yaml("engines.yaml"))


def _engine(row: Mapping[str, Any]) -> Engine:
    facts = dict(row)
    first, last, modes = facts.pop("from"), facts.pop("to"), facts.pop("gateway_modes")
    return Engine(first=_numbers(first), last=_numbers(last) if last else None, gateway_modes=frozenset(modes), **facts)


def _numbers(version: str) -> tuple[int, ...]:
    """Major and minor number of a version; a missing minor counts as 0."""
    found = re.match(r"v?(\d+)(?:\.(\d+))?", version)
    if found is None:
        raise InputError(f"“{version}” is not an engine version.", hint="Give it as 28.5, or any.")
    return int(found[1]), int(found[2] or 0)


@cache
def choose(version: str) -> Choice:
    """The rows for ``version``: its own, both neighbours for one that lies between two rows, all of them for ``any`` or an empty text."""
    rows = engines()
    if version in ("", ANY):
        return Choice(rows, f"any ({', '.join(row.version for row in rows)})")
    numbers = _numbers(version)
    covering = tuple(row for row in rows if row.speaks_for(numbers))
    if covering:
        return Choice(covering, _label(version, numbers, covering[0]))
    below = [row for row in rows if row.last is not None and row.last < numbers]
    above = [row for row in rows if row.first > numbers]
    between = (below[-1], above[0])
    return Choice(between, f"{version} (what {between[0].version} or {between[1].version} opens)")


def _label(version: str, numbers: tuple[int, ...], row: Engine) -> str:
    exact = numbers == _numbers(row.version)
    return version if exact else f"{version} (as {row.version}, the nearest that was measured)"
