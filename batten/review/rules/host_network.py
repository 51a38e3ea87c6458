"""A service uses the network of the host: no wall between the two.

## What it does

Reports `network_mode: host`, services that join such a service (`network_mode:
service:NAME`), and services on an external network whose name on the engine is
`host`.

## Why it matters

The container sees every interface of the host. It reaches what listens on the
host's 127.0.0.1 and was never meant for anybody else, everything it listens on
is open on every address of the host without a word in `ports`, and no network
of the project separates it from anything.

## Example

```yaml
services:
  api:
    image: example.org/api
    network_mode: host
```

## Use instead

```yaml
services:
  api:
    image: example.org/api
    ports: ["127.0.0.1:8080:8080"]
    networks: [app]
networks:
  app: {}
```

A service that has to reach a program on the host can do so by the name
`host.docker.internal` with `extra_hosts:
["host.docker.internal:host-gateway"]`.

## What can break

Programs that need the host's interfaces: discovery by broadcast or multicast,
DHCP, VPNs, packet capture. Addresses such as `127.0.0.1` in the configuration
then mean the container, not the host. Ports below 1024 need no capability on a
network of the project, but do on the host's.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service, Span, Tier, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.HIGH,
    ("CIS 5.10", "https://docs.docker.com/engine/network/drivers/host/"),
)


def check(context: Context) -> Iterator[Finding]:
    """Report services in the host's network namespace."""
    for service in context.project.services.values():
        path = _host_path(context, service)
        if path is None and (owner := context.owner(service)) is not service:
            path = (*service.path, "network_mode") if _host_path(context, owner) is not None else None
        if path is not None:
            yield _finding(context, service, path)


def _host_path(context: Context, service: Service) -> TreePath | None:
    if service.network_mode == "host":
        return (*service.path, "network_mode")
    networks = context.project.networks
    host = next((key for key in service.networks if key in networks and networks[key].external and networks[key].name == "host"), None)
    return (*service.path, "networks", host) if host is not None else None


def _finding(context: Context, service: Service, path: TreePath) -> Finding:
    data = context.tier(service.name) is Tier.DATA
    listening = f"Every port of this {context.role(service)}" if data else "Whatever it listens on"
    message = (
        f"{listening} is open on every address of the host, and it reaches what listens on the host's own 127.0.0.1. "
        "Networks of the project do not separate it from anything. Publish the ports that are needed instead."
    )
    place: Span = context.place(path)
    return RULE.finding(place, "It uses the network of the host", message, service=service.name, related=context.project.origin(path).related)
