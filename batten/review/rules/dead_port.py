"""A service publishes ports that no engine opens.

## What it does

Reports `ports` of services that are only on internal networks, that have no
network, or that use the network of the host: the engine publishes nothing, and
says nothing about it. Ingress ports in a swarm are opened even so and are not
reported.

## Why it matters

Whoever reads the file believes that the service is open when it is not, and
whoever adds a network to it one day opens a port without a thought of it.

## Example

```yaml
services:
  db:
    image: postgres:16
    ports: ["127.0.0.1:5432:5432"]
    networks: [back]
networks:
  back: {internal: true}
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    networks: [back]
networks:
  back: {internal: true}
```

## What can break

Nothing: the entry has no effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.exposure import forwarding_networks
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/reference/compose-file/networks/#internal",))


def check(context: Context) -> Iterator[Finding]:
    """Report ports that are never opened."""
    for service in context.project.services.values():
        why = _why(context, service) if service.ports else ""
        if why:
            message = f"{why}, so the engine opens none of them. Remove `ports`, or move them to the service that is the way in."
            yield context.finding(RULE, (*service.path, "ports"), "Its published ports have no effect", message, service=service)


def _why(context: Context, service: Service) -> str:
    if service.network_mode:
        return {"host": "It uses the network of the host", "none": "It has no network"}.get(service.network_mode, "")
    overlay = any(context.project.networks[key].driver == "overlay" for key in service.networks if key in context.project.networks)
    if context.stack or overlay or not service.networks or forwarding_networks(context.project, service):
        return ""
    return "None of its networks forwards ports"
