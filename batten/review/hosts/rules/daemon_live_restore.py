"""Containers stop when the daemon is restarted.

## What it does

Reports that `live-restore` is off, unless the engine is a node of a swarm,
which refuses to start with it.

## Why it matters

A daemon that cannot be restarted without stopping everything is not updated,
and keeps a certificate beyond its time. With it, containers run on meanwhile.

## Example

```json
{"live-restore": false}
```

## Use instead

```json
{"live-restore": true}
```

## What can break

Nothing outside of a swarm. A node of a swarm refuses to start with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 2.15", "https://docs.docker.com/engine/daemon/live-restore/"))
_MESSAGE = "A restart of the daemon, for an update or for new certificates, stops every container. Set `live-restore` to true; `batten host daemon` writes it."


def check(host: Host) -> Iterator[Finding]:
    """Report the default."""
    if host.live_restore is False and not host.swarm_member:
        yield RULE.finding(host.at("LiveRestoreEnabled"), "Containers stop when the daemon is restarted", _MESSAGE)
