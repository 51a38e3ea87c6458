"""Logs of services are thrown away, or fill the host's disk.

## What it does

Reports services whose log driver is `none` (low), and lists, once for the
project, those that write to the driver `json-file`, which is the default,
without a limit (info). The daemon may have a limit for all, which these files
do not show.

## Why it matters

Without a log nobody learns that somebody broke in, when, and how. A log without
a limit grows until the disk is full, and a visitor can make it grow.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    logging: {driver: none}
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    logging:
      driver: json-file
      options: {max-size: 10m, max-file: "3"}
```

## What can break

Older lines are gone once the limit is reached; send logs elsewhere if they have
to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(__name__, Severity.INFO, ("CIS 2.13", "https://docs.docker.com/engine/logging/drivers/json-file/"))
_NONE = "Nobody will learn what happened in it. Keep a log with a limit instead."
_MESSAGE = "Their logs grow until the disk is full, unless the daemon sets a limit. Set `max-size` and `max-file`, or use the driver `local`."


def check(context: Context) -> Iterator[Finding]:
    """Report logs that are switched off, and once those without a limit."""
    unlimited = []
    for service in context.project.services.values():
        driver = str(context.plain(service, "logging", "driver") or "json-file")
        if driver == "none":
            yield context.finding(RULE, (*service.path, "logging", "driver"), "Its log is thrown away", _NONE, service=service, severity=Severity.LOW)
        elif driver == "json-file" and not _limited(context, service):
            unlimited.append(service)
    yield from fold(context, RULE, unlimited, ("has a log without a limit", "have logs without a limit"), _MESSAGE)


def _limited(context: Context, service: Service) -> bool:
    return bool(context.plain(service, "logging", "options", "max-size"))
