"""Services may use all memory, processors and processes of the host.

## What it does

Lists, once for the project, the services without a limit of memory, in
`mem_limit` or below `deploy.resources.limits`, and says how many of them limit
neither processors nor processes. Limits that are switched off by name are the
subject of `limits-off`.

## Why it matters

One service that leaks memory, or that somebody makes leak it, takes the whole
host along: the kernel then ends processes of its own choice. A fork bomb needs
no more than a shell.

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
    mem_limit: 512m
    cpus: 1.0
    pids_limit: 200
```

## What can break

A program that reaches its limit of memory is ended and started again. Measure
first (`docker stats`) and leave room; databases take what they are configured
for, not what they are given.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.INFO,
    (
        "CIS 5.11",
        "CIS 5.12",
        "CIS 5.29",
        "OWASP Docker Security Cheat Sheet, rule 7",
        "https://docs.docker.com/engine/containers/resource_constraints/",
    ),
)


def check(context: Context) -> Iterator[Finding]:
    """Report once who has no limit of memory."""
    services = context.project.services.values()
    asked = {service.name for service in context.writing("mem_limit", "cpus", "pids_limit", "deploy")}
    unlimited = [service for service in services if service.name not in asked or not _limited(context, service, "mem_limit", "memory")]
    bare = [service for service in unlimited if service.name not in asked or not _limits_others(context, service)]
    whole = f"{len(bare)} of them limit neither processors nor processes. " if bare else ""
    message = f"One of them that leaks memory, or is made to, takes the host along. {whole}Set `mem_limit`, `cpus` and `pids_limit` after measuring."
    yield from fold(context, RULE, unlimited, ("has no limit of memory", "have no limit of memory"), message)


def _limits_others(context: Context, service: Service) -> bool:
    return _limited(context, service, "cpus", "cpus") or _limited(context, service, "pids_limit", "pids")


def _limited(context: Context, service: Service, key: str, resource: str) -> bool:
    return any(context.plain(service, *path) not in (None, "", "0", 0) for path in ((key,), ("deploy", "resources", "limits", resource)))
