"""Several services are given one env file with credentials in it.

## What it does

Reports `env_file` entries that give a file with credentials to two or more
services. The severity is low; it is medium where a service of the edge tier is
among them.

## Why it matters

One file for all is handy, and everybody gets everything in it: the proxy has
the password of the database, the worker the key that signs sessions. Whoever
breaks into the weakest of them reads what belongs to the others.

## Example

```yaml
services:
  web:
    image: example.org/web:1
    env_file: shop.env
    ports: ["80:80"]
  api:
    image: example.org/api:1
    env_file: shop.env
```

## Use instead

Each service gets what it needs, passwords as secrets:

```yaml
services:
  web:
    image: example.org/web:1
    env_file: web.env
    ports: ["80:80"]
  api:
    image: example.org/api:1
    env_file: api.env
```

## What can break

A service that quietly used a variable from the common file; its log usually
names what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service, Tier, TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.LOW,
    ("OWASP Docker Security Cheat Sheet, rule 12", "https://docs.docker.com/compose/how-tos/environment-variables/best-practices/"),
)


def check(context: Context) -> Iterator[Finding]:
    """Report files with credentials that several services are given."""
    given: dict[str, list[tuple[Service, TreePath]]] = {}
    for service in context.project.services.values():
        for index, file in enumerate(service.env_files):
            given.setdefault(file, []).append((service, (*service.path, "x-batten-env-files", index)))
    for file, takers in given.items():
        names = _credentials(context, file) if len(takers) > 1 else set()
        if names:
            yield _finding(context, takers, len(names))


def _credentials(context: Context, file: str) -> set[str]:
    """The names of the credentials that come from an env file."""
    return {credential.variable for credential in context.credentials if credential.origin.primary.file == file}


def _finding(context: Context, takers: list[tuple[Service, TreePath]], count: int) -> Finding:
    names = [service.name for service, _ in takers]
    edge = next((name for name in names if context.tier(name) is Tier.EDGE), "")
    first, path = takers[0]
    what = f"{count} credentials" if count > 1 else "One credential"
    who = ", ".join(names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"])
    reason = f"{edge} stands at the edge and has them too. " if edge else ""
    message = f"{who}: each of them gets what belongs to the others. {reason}Give every service a file of its own, and passwords as secrets."
    severity = Severity.MEDIUM if edge else Severity.LOW
    related = context.places(other for _, other in takers[1:])
    title = f"{what} in one env file for {len(takers)} services"
    return context.finding(RULE, path, title, message, service=first, severity=severity, related=related)
