"""Services have no healthcheck, or it is switched off.

## What it does

Lists, once for the project, the services without `healthcheck` in these files,
and those that switch it off. Jobs, which end by themselves, are not listed. An
image may bring a healthcheck of its own, which these files do not show.

## Why it matters

Without one the engine takes a program for well as long as its process runs: one
that hangs, or that somebody has crippled, goes on being sent requests, and what
depends on it starts too early.

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
    healthcheck:
      test: ["CMD", "wget", "-qO-", "http://127.0.0.1:8080/health"]
      interval: 30s
```

## What can break

A healthcheck that fails for a slow start keeps those waiting who depend on it;
give it a `start_period`.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Tier
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("CIS 5.27", "CIS 4.6", "https://docs.docker.com/reference/compose-file/services/#healthcheck"))
_MESSAGE = "The engine takes them for well as long as their process runs, unless their image brings a check. Add one that asks the program something."


def check(context: Context) -> Iterator[Finding]:
    """Report once who has no healthcheck."""
    services = context.project.services.values()
    lacking = [service for service in services if not service.healthcheck and context.tier(service.name) is not Tier.JOB]
    yield from fold(context, RULE, lacking, ("has no healthcheck", "have no healthcheck"), _MESSAGE)
