"""Any container may join a network of the project's stack.

## What it does

Reports overlay networks with `attachable: true`. Bridge networks, on which the
key means nothing, are not reported.

## Why it matters

A network of a stack is for the services of that stack. `attachable` lets every
container that is started on any node join it by name, and reach every service
on it on every port.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    networks: [back]
networks:
  back:
    driver: overlay
    driver_opts: {encrypted: ""}
    attachable: true
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    networks: [back]
networks:
  back:
    driver: overlay
    driver_opts: {encrypted: ""}
```

## What can break

Containers that are started with `docker run` or `docker compose` on that
network. Give those a network of their own that holds nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("https://docs.docker.com/engine/network/drivers/overlay/",))
_MESSAGE = "Whatever somebody starts on any node may join it and then reaches all of its services. Remove it unless containers outside of the stack need it."


def check(context: Context) -> Iterator[Finding]:
    """Report overlay networks that anybody may join."""
    for network in context.project.networks.values():
        if network.driver == "overlay" and network.attachable and not network.external:
            path = (*network.path, "attachable")
            yield context.finding(RULE, path, f"Any container may join the network {network.key}", _MESSAGE)
