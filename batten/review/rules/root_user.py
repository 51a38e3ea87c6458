"""A service asks to run as root.

## What it does

Reports `user: root`, `user: "0"` and the same with a group. The severity is
low, and medium where the service also has a folder of the host mounted that it
can write to: files it leaves there belong to the host's root.

## Why it matters

Somebody switched off what the image may have done well: an image with a user of
its own then runs as root after all. Root in a container is root for the kernel,
and on mounted folders it is root for the host's files too.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    user: root
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    user: "1000:1000"
```

## What can break

Whatever it was set for: usually a volume or folder that belongs to root. Give
the folder to the user (`chown -R 1000:1000`), or let a job prepare it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.hostpaths import host_paths

RULE = Rule(
    __name__,
    Severity.LOW,
    (
        "CIS 4.1",
        "OWASP Docker Security Cheat Sheet, rule 2",
        "https://docs.docker.com/reference/compose-file/services/#user",
    ),
)
_ROOT = frozenset({"root", "0"})
_MESSAGE = "The image's own user, if it has one, is overruled. Give the folders it writes to an ordinary user and name that one."


def check(context: Context) -> Iterator[Finding]:
    """Report services that ask for root by name."""
    for service in context.project.services.values():
        if service.user.partition(":")[0] in _ROOT and not service.privileged:
            yield _finding(context, service)


def _finding(context: Context, service: Service) -> Finding:
    writable = [mount for mount in host_paths(context.project, service) if not mount.read_only]
    severity = Severity.MEDIUM if writable else Severity.LOW
    message = f"What it writes to {writable[0].source} belongs to the host's root. {_MESSAGE}" if writable else _MESSAGE
    related = context.places(mount.path for mount in writable)
    return context.finding(RULE, (*service.path, "user"), "It asks to run as root", message, service=service, severity=severity, related=related)
