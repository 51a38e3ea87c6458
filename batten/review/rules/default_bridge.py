"""A service is on the engine's own bridge, with containers of all other projects.

## What it does

Reports `network_mode: bridge`: the network `docker0`, which every container
joins that is started without a network.

## Why it matters

Everything on that bridge reaches everything else on it, on every port, whoever
started it and why. Names of services do not work there, so that addresses get
written down.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    network_mode: bridge
```

## Use instead

Nothing (the project then has a network of its own), or a network by name:

```yaml
services:
  api:
    image: example.org/api:3
    networks: [back]
networks:
  back: {}
```

## What can break

Containers that are started by hand and reach this one by its address.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("CIS 5.30", "https://docs.docker.com/engine/network/drivers/bridge/"))
_MESSAGE = "Containers of every other project that ask for no network are there too, and reach it on every port. Remove the line, or name a network."


def check(context: Context) -> Iterator[Finding]:
    """Report services on the engine's own bridge."""
    for service in context.project.services.values():
        if service.network_mode in ("bridge", "default"):
            path = (*service.path, "network_mode")
            yield context.finding(RULE, path, "It is on the engine's own bridge", _MESSAGE, service=service)
