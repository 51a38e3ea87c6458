"""A service has switched off what protects the host from it.

## What it does

Reports limits that are lifted by name: `pids_limit: -1`, `oom_kill_disable`, a
negative `oom_score_adj`, and a number of processes without limit in `ulimits`.

## Why it matters

Without a limit of processes a fork bomb stops the host. With
`oom_kill_disable`, or a score far below zero, the kernel ends other programs
instead when memory runs out, and the service that used it up stays.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    pids_limit: -1
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    pids_limit: 200
```

## What can break

Programs with very many threads need a higher limit, not none. A database that
must not be ended before others may keep a score a little below zero, with a
limit of memory beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.LOW,
    ("CIS 5.19", "CIS 5.29", "https://docs.docker.com/engine/containers/resource_constraints/"),
)
_PROCESSES = "Whoever breaks into it can start processes until the host stops. Set a number that is well above what it needs."
_MEMORY = "When memory runs out the kernel ends other programs of the host instead of this one. Set a limit of memory and leave the choice to the kernel."


def check(context: Context) -> Iterator[Finding]:
    """Report limits that are switched off by name."""
    for service in context.writing("pids_limit", "ulimits", "oom_kill_disable", "oom_score_adj"):
        if _number(context.plain(service, "pids_limit")) < 0:
            yield _finding(context, service, ("pids_limit",), "Its number of processes is unlimited on purpose", _PROCESSES)
        if _number(context.plain(service, "ulimits", "nproc")) < 0 or _number(context.plain(service, "ulimits", "nproc", "hard")) < 0:
            yield _finding(context, service, ("ulimits", "nproc"), "Its number of processes is unlimited on purpose", _PROCESSES)
        if context.plain(service, "oom_kill_disable") is True:
            yield _finding(context, service, ("oom_kill_disable",), "It is never ended when memory runs out", _MEMORY)
        if _number(context.plain(service, "oom_score_adj")) < 0:
            yield _finding(context, service, ("oom_score_adj",), "Others are ended before it when memory runs out", _MEMORY)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0


def _finding(context: Context, service: Service, path: tuple[str, ...], title: str, message: str) -> Finding:
    return context.finding(RULE, (*service.path, *path), title, message, service=service)
