"""Two services publish the same port of the host, so that one cannot start.

## What it does

Reports a published port whose host port, protocol and address another service
takes already. Services of different profiles are taken for alternatives and are
not compared.

## Why it matters

The second one fails with "port is already allocated". Which of the two that is
depends on which starts first: after a restart, another program than before may
answer on the port, and get what was meant for the first.

## Example

```yaml
services:
  old:
    image: example.org/app:1
    ports: ["8080:80"]
  new:
    image: example.org/app:2
    ports: ["8080:80"]
```

## Use instead

```yaml
services:
  old:
    image: example.org/app:1
    ports: ["8080:80"]
  new:
    image: example.org/app:2
    ports: ["8081:80"]
```

## What can break

Clients of the service whose port changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from batten.model import Location, Service
from batten.review.context import Context
from batten.review.exposure import Entry, entries
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("https://docs.docker.com/engine/network/port-publishing/",))


def check(context: Context) -> Iterator[Finding]:
    """Report ports that two services want."""
    claims: dict[tuple[str, str], list[tuple[Service, Entry]]] = {}
    for service in context.project.services.values():
        for entry in entries(context, service):
            for port in entry.ports:
                if port.published.isdigit() and port.published != "0":
                    claims.setdefault((port.published, port.protocol), []).append((service, entry))
    for (number, protocol), claimants in claims.items():
        yield from _collisions(claimants, number if protocol == "tcp" else f"{number}/{protocol}")


def _collisions(claimants: list[tuple[Service, Entry]], port: str) -> Iterator[Finding]:
    seen: set[Location] = set()
    for (first, one), (second, other) in combinations(claimants, 2):
        overlap = one.address == other.address or not one.address or not other.address
        if first.name != second.name and first.profiles == second.profiles and overlap and other.origin.primary not in seen:
            seen.add(other.origin.primary)
            message = f"{first.name} publishes the same port; whichever starts second fails. Give one of them another port of the host."
            related = (one.origin.primary, *other.origin.related)
            yield RULE.finding(other.origin.primary, f"Port {port} of the host is taken by {first.name}", message, service=second.name, related=related)
