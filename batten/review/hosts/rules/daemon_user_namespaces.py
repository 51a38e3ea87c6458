"""Root in a container is root on the host.

## What it does

Reports an engine that neither remaps users (`userns-remap`) nor is rootless.

## Why it matters

Whoever gets out of a container as its root is root on the host. With user
namespaces he is an ordinary user there. It is the strongest of the daemon's
settings, and the one with the most consequences.

## Example

```json
{"userns-remap": ""}
```

## Use instead

```json
{"userns-remap": "default"}
```

## What can break

Volumes and bind mounts belong to other users than before; privileged containers
and the host's namespaces do not go with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 2.1", "CIS 2.9", "https://docs.docker.com/engine/security/userns-remap/"))
_MESSAGE = "Whoever gets out of a container as its root is root here. `userns-remap` or a rootless engine changes that; both change who owns the volumes."


def check(host: Host) -> Iterator[Finding]:
    """Report the default."""
    if host.option("userns") is None and host.option("rootless") is None:
        yield RULE.finding(host.at("SecurityOptions"), "Root in a container is root on the host", _MESSAGE)
