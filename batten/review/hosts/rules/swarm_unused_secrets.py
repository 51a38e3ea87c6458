"""The swarm keeps secrets that no service is given.

## What it does

Lists, once for the swarm, the secrets that no service uses.

## Why it matters

Old versions of a password stay until somebody removes them, and often they are
still valid. Every manager holds them.

## Example

```text
ID        NAME
abc123    shop_password_1
def456    shop_password_2
```

## Use instead

```text
docker secret rm shop_password_1
```

## What can break

A service that is deployed later and names the secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 7.4", "https://docs.docker.com/engine/swarm/secrets/"))
_MESSAGE = "Every manager holds them, and whoever takes one over may find them still valid. `docker secret rm NAME` removes one; one that is in use stays."
_SHOWN = 4


def check(host: Host) -> Iterator[Finding]:
    """Report them once."""
    names = host.swarm.unused_secrets if host.swarm is not None else ()
    if names:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        yield RULE.finding(host.at("secrets"), f"No service is given {', '.join(names[:_SHOWN])}{more}", _MESSAGE)
