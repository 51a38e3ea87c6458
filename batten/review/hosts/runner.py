"""Runs every rule about hosts over one."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from batten.review import catalogue
from batten.review.finding import Finding, Rule
from batten.review.hosts import rules
from batten.review.hosts.subject import Host


class HostRule(Protocol):
    """What every file of the folder holds."""

    __doc__: str | None
    RULE: Rule

    def check(self, host: Host) -> Iterator[Finding]:
        """Find what the rule is about."""


def load(name: str) -> HostRule:
    """The module of a rule about hosts."""
    return cast("HostRule", import_module(f"{rules.__name__}.{name.replace('-', '_')}"))


def review_host(host: Host) -> tuple[Finding, ...]:
    """Every finding about a host, the worst first."""
    found = [finding for name in catalogue.host_names() for finding in load(name).check(host)]
    return tuple(sorted(found, key=lambda finding: (-finding.severity.level, finding.rule, str(finding.location))))
