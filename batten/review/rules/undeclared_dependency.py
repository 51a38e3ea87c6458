"""Services use others without saying so in `depends_on`.

## What it does

Lists, once for the project, the services whose environment or configuration
names another service of the project that they do not depend on by name. Two
that need each other are not listed.

## Why it matters

The order in which they start is left to chance, and whoever reads the file does
not see who needs whom: the next cut between networks, or the next removal of a
service, goes wrong.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    environment: {DB_HOST: db}
  db:
    image: postgres:16
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    environment: {DB_HOST: db}
    depends_on: [db]
  db:
    image: postgres:16
```

## What can break

A service that can do without the other for a while now waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import EvidenceKind
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("https://docs.docker.com/compose/how-tos/startup-order/",))


def check(context: Context) -> Iterator[Finding]:
    """Report once who uses others silently."""
    services = context.project.services
    silent: dict[str, str] = {}
    for link in context.connections:
        mutual = (link.target, link.source) in context.known_pairs
        named = any(proof.kind is EvidenceKind.NAMED for proof in link.evidence) and not mutual
        user = services.get(link.source)
        if named and user and link.target in services and not _declared(context, link.source, link.target):
            silent.setdefault(link.source, link.target)
    first = next(iter(silent.items()), ("", ""))
    message = f"{first[0]} uses {first[1]}, for instance. Name what a service needs in `depends_on`, so that the order holds and readers see it."
    users = [services[name] for name in silent]
    yield from fold(context, RULE, users, ("uses another without `depends_on`", "use others without `depends_on`"), message)


def _declared(context: Context, source: str, target: str) -> bool:
    services = context.project.services
    return target in services[source].depends_on or source in services[target].depends_on or any(name == target for name, _ in services[source].links)
