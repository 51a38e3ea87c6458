"""Services say nothing about the user they run as.

## What it does

Lists, once for the project, the services without `user`. Their image decides,
and most images start as root. Services that ask for root by name are the
subject of `root-user`.

## Why it matters

Root in a container is root for the kernel: what keeps it from the host are
namespaces, capabilities and profiles. A mistake in any of them, or a mounted
folder, then counts for much more than it would for an ordinary user.

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
    user: "1000:1000"
```

## What can break

Folders and volumes that belong to root are no longer writable; give them to the
user first. Images that prepare something as root at their start and change the
user themselves (most databases) do that well enough: leave those as they are.
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
        "CIS 4.1",
        "OWASP Docker Security Cheat Sheet, rule 2",
        "https://docs.docker.com/reference/compose-file/services/#user",
    ),
)
_MESSAGE = (
    "Their image decides, and most start as root. Set `user` where the program can do without root; "
    "databases and others that prepare their folder as root and then change the user are fine as they are."
)


def check(context: Context) -> Iterator[Finding]:
    """Report once who sets no user."""
    unset = [service for service in context.project.services.values() if not service.user]
    known = [f"{service.name} as {needs.account}" for service in unset if (needs := context.confinement(service)) is not None and needs.account]
    fix = Fix(f"start {', '.join(known)} instead of root", Risk.CHECK, "privileges") if known else None
    yield from fold(context, RULE, unset, ("sets no user", "set no user"), _MESSAGE, fix=fix)
