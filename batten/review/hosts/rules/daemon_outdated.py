"""The engine's version has known flaws.

## What it does

Compares the engine's version, and that of every node of a swarm, with the
versions in which flaws of Docker were mended. Flaws that need something that is
not there, such as an authorization plugin, are left out.

## Why it matters

What is published about a flaw tells everybody how to use it. Distributions mend
flaws without changing the number; then a finding is not true, which is why its
confidence is low where the version names a distribution.

## Example

```text
Server Version: 26.0.0
```

## Use instead

The newest release of a series that is still maintained:

```text
Server Version: 28.5.2
```

## What can break

Read the release notes: newer engines refuse very old clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batten.model import Location
from batten.review.finding import Confidence, Finding, Rule, Severity
from batten.review.hosts.subject import Host, numbers

RULE = Rule(__name__, Severity.MEDIUM, ("CIS 1.2.2", "https://docs.docker.com/engine/release-notes/"))


def check(host: Host) -> Iterator[Finding]:
    """Report each flaw once a version."""
    nodes = host.swarm.members if host.swarm is not None else ()
    versions: dict[str, Location] = {host.version: host.at("ServerVersion")}
    for node in nodes:
        versions.setdefault(node.version, host.at(f"nodes.{node.name}.Description.Engine.EngineVersion"))
    for version, where in versions.items():
        yield from (_finding(version, where, row) for row in _rows() if _has(version, row) and _matters(host, row))


def _finding(version: str, where: Location, row: Any) -> Finding:
    message = f"{row['says']} It is mended in {', '.join(row['fixed'])}. Update, or see whether your distribution has mended it under the old number."
    packaged = any(mark in version for mark in "+~-")
    severity, confidence = Severity(row["severity"]), Confidence.LOW if packaged else Confidence.HIGH
    return RULE.finding(where, f"Docker {version} has {row['flaw']}", message, severity=severity, confidence=confidence)


def _rows() -> Any:
    from assets import load_yaml

    return load_yaml("engine_flaws.yaml")


def _matters(host: Host, row: Any) -> bool:
    needs = row.get("needs")
    return needs is None or (needs == "authorization" and bool(host.authorization)) or (needs == "swarm" and host.swarm_member)


def _has(version: str, row: Any) -> bool:
    """Whether a version is older than the first one of its series, or of a later series, that is mended."""
    own, fixed = numbers(version), sorted(numbers(text) for text in row["fixed"])
    same = [one for one in fixed if one[:2] == own[:2]]
    return bool(own) and (own < same[0] if same else own < fixed[-1] and own[:2] < fixed[-1][:2])
