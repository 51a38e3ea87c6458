"""Services can write to the file system of their own image.

## What it does

Lists, once for the project, the services without `read_only: true`.

## Why it matters

Whoever breaks into a service likes to leave a tool there, to change the program
or its configuration, and to come back to it. On a read-only file system that
fails; what the program has to write goes to volumes and `tmpfs`.

## Example

```yaml
services:
  api:
    image: example.org/api:3
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    read_only: true
    tmpfs: ["/tmp:size=64m"]
```

## What can break

Programs that write beside their code: process ids in `/run`, caches, compiled
templates, a configuration that the entrypoint makes at the start. Give each
such folder a `tmpfs` or a volume. Secrets that come from the environment of the
caller are refused by Compose on a read-only service.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Risk
from batten.review.context import Context
from batten.review.finding import Finding, Fix, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.INFO,
    (
        "CIS 5.13",
        "OWASP Docker Security Cheat Sheet, rule 8",
        "https://docs.docker.com/reference/compose-file/services/#read_only",
    ),
)
_MESSAGE = "An intruder can change the program or leave tools beside it. Set `read_only: true` and give what must be written a `tmpfs` or a volume."


def check(context: Context) -> Iterator[Finding]:
    """Report once who has a writable root file system."""
    writable = [service for service in context.project.services.values() if not service.read_only]
    known = [service.name for service in writable if (needs := context.confinement(service)) is not None and needs.sealed]
    fix = Fix(f"make that of {', '.join(known)} read-only, with the temporary folders that their images need", Risk.CHECK, "privileges") if known else None
    yield from fold(context, RULE, writable, ("has a writable root file system", "have a writable root file system"), _MESSAGE, fix=fix)
