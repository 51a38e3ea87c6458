"""Two services publish the same port of the host.

## What it does

Reports, once for the project, published ports whose number, protocol and
address another service takes already. Services of different profiles are taken
for alternatives and are not compared.

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

from batten.model import Service
from batten.review.context import Context
from batten.review.exposure import Entry, entries
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("https://docs.docker.com/engine/network/port-publishing/",))


def check(context: Context) -> Iterator[Finding]:
    """Report once the ports that two services want."""
    claims: dict[tuple[str, str], list[tuple[Service, Entry]]] = {}
    for service in context.project.services.values():
        for entry in entries(context, service):
            for port in entry.ports:
                if port.published.isdigit() and port.published != "0":
                    claims.setdefault((port.published, port.protocol), []).append((service, entry))
    found = [(number, *pair) for (number, _), claimants in claims.items() for pair in combinations(claimants, 2) if _collide(*pair)]
    if found:
        yield _finding(found)


def _collide(first: tuple[Service, Entry], second: tuple[Service, Entry]) -> bool:
    (one, entry), (other, its) = first, second
    overlap = entry.address == its.address or not entry.address or not its.address
    return one.name != other.name and one.profiles == other.profiles and overlap


def _finding(found: list[tuple[str, tuple[Service, Entry], tuple[Service, Entry]]]) -> Finding:
    number, (first, one), (second, other) = found[0]
    numbers = list(dict.fromkeys(number for number, _, _ in found))
    more = f"; the same holds for {', '.join(numbers[1:6])}{' and others' if len(numbers) > 6 else ''}" if len(numbers) > 1 else ""
    message = f"{first.name} and {second.name} both publish port {number} of the host; whichever starts second fails{more}. Give one of them another port."
    places = [entry.origin.primary for _, *pair in found for _, entry in pair]
    title = f"Port {number} of the host is taken by {first.name}" if len(numbers) == 1 else f"{len(numbers)} ports of the host are wanted by two services"
    service = second.name if len(numbers) == 1 else None
    return RULE.finding(other.origin.primary, title, message, service=service, related=[*places, *other.origin.related, *one.origin.related])
