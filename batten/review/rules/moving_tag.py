"""Images are named by tags that mean another image tomorrow.

## What it does

Lists, once for the project, the services whose image has no tag, or one without
any version in it, such as `latest`, `stable`, `main` or `alpine`. Images that
are built here, and those with a digest, are not listed.

## Why it matters

With every pull somebody else's newest build runs: a new major version, a broken
one, or one that an intruder pushed. Nobody can say which one runs now, and the
one that worked is gone.

## Example

```yaml
services:
  proxy:
    image: nginx:latest
```

## Use instead

```yaml
services:
  proxy:
    image: nginx:1.27.3
```

## What can break

Updates no longer come by themselves: something has to look for them, such as a
bot that proposes the next version as a change to the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.LOW,
    ("CIS 5.28", "OWASP Docker Security Cheat Sheet, rule 13", "https://docs.docker.com/reference/compose-file/services/#image"),
)
_MESSAGE = "The next pull may bring another program than the one that runs today, and nobody can tell which one that is. Name a version."


def check(context: Context) -> Iterator[Finding]:
    """Report once whose image moves."""
    moving = [service for service in context.project.services.values() if _moves(service)]
    places = context.places((*service.path, "image") for service in moving)
    yield from fold(context, RULE, moving, ("runs an image without a version", "run images without a version"), _MESSAGE, places=places)


def _moves(service: Service) -> bool:
    if not service.image or service.build_context or "@" in service.image:
        return False
    tag = service.image.rpartition("/")[2].partition(":")[2]
    return not any(character.isdigit() for character in tag)
