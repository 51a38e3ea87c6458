"""Containers on the default bridge reach each other.

## What it does

Reports that `icc` is on for the default bridge, docker0, as it is unless
somebody switches it off.

## Why it matters

Containers that are started without a network of their own all land there. Each
reaches every port of all the others, whatever they have to do with each other.
Networks of Compose projects are not concerned.

## Example

```json
{"icc": true}
```

## Use instead

```json
{"icc": false}
```

## What can break

Containers on the default bridge that talk to each other; give them a network.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.LOW, ("CIS 2.2", "https://docs.docker.com/engine/network/drivers/bridge/"))
_MESSAGE = "Containers without a network of their own reach every port of each other. Set `icc` to false in daemon.json; `batten host daemon` writes it."


def check(host: Host) -> Iterator[Finding]:
    """Report the default."""
    if host.bridge_icc:
        yield RULE.finding(host.at("networks.bridge.Options"), "Containers on the default bridge reach each other", _MESSAGE)
