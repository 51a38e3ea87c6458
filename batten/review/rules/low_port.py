"""Ports below 1024 of the host are published, other than those of the web.

## What it does

Lists, once for the project, the published ports of the host below 1024. 80 and
443 are what a project's entrance is for and are not listed. Addresses and tiers
are the business of `wildcard-port` and `exposed-database`.

## Why it matters

On these ports people expect the services of the host itself: remote login,
mail, names, files. A container that answers there is taken for the host, gets
the passwords that are meant for it, and is what strangers look for first.

## Example

```yaml
services:
  git:
    image: example.org/git:1
    ports: ["22:22"]
```

## Use instead

```yaml
services:
  git:
    image: example.org/git:1
    ports: ["2222:22"]
```

## What can break

Clients that cannot be told another port: mail between servers needs 25, names
need 53.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.exposure import Reachable, entries
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.INFO, ("CIS 5.8", "https://docs.docker.com/engine/network/port-publishing/"))
_WEB = frozenset({80, 443})
_MESSAGE = "People and programs expect the host's own services there. Publish another port unless clients cannot be told one."


def check(context: Context) -> Iterator[Finding]:
    """Report once the low ports that are published."""
    found = {}
    for service in context.project.services.values():
        for entry in entries(context, service):
            low = [port.published for port in entry.ports if port.published.isdigit() and int(port.published) < 1024 and int(port.published) not in _WEB]
            if low and entry.reachable is not Reachable.LOOPBACK:
                found[entry.origin.primary] = low
    if found:
        ports = sorted({int(port) for ports in found.values() for port in ports})
        which = f"The ports {', '.join(map(str, ports))} of the host are" if len(ports) > 1 else f"Port {ports[0]} of the host is"
        yield RULE.finding(context.place(("services",)), f"{which} taken by containers", _MESSAGE, related=tuple(found))
