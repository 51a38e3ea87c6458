"""Several services write to one volume, or one takes all mounts of another.

## What it does

Reports `volumes_from` (low), and lists, once for the project, the named volumes
that two or more services have mounted and can write to (info).

## Why it matters

A volume that several services write to is a way from one to the other past
every network: a file that one leaves there, such as a template or an upload,
the other runs or serves. `volumes_from` brings along every mount of another
service, those too that are added later.

## Example

```yaml
services:
  app:
    image: example.org/app:1
    volumes: ["uploads:/srv/uploads"]
  web:
    image: example.org/web:1
    volumes_from: [app]
volumes:
  uploads: {}
```

## Use instead

```yaml
services:
  app:
    image: example.org/app:1
    volumes: ["uploads:/srv/uploads"]
  web:
    image: example.org/web:1
    volumes: ["uploads:/srv/uploads:ro"]
volumes:
  uploads: {}
```

## What can break

The service that really writes there, if it is the one that gets `:ro`.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import TreePath
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.INFO, ("CIS 5.6", "https://docs.docker.com/engine/storage/volumes/"))
_BORROWED = "`volumes_from` brings along every mount of the other, those too that are added later. Name the volumes it needs, read-only where it only reads."
_SHARED = "What one of them leaves there, the other reads, runs or serves, past every network. Mount it with `:ro` where a service only reads."


def check(context: Context) -> Iterator[Finding]:
    """Report borrowed mounts, and once the volumes that several services write to."""
    for service in context.writing("volumes_from"):
        for path, lender in context.items(service, "volumes_from"):
            name = str(lender).removeprefix("container:").partition(":")[0]
            yield context.finding(RULE, path, f"It takes every mount of {name}", _BORROWED, service=service, severity=Severity.LOW)
    yield from _shared(context)


def _shared(context: Context) -> Iterator[Finding]:
    writers: dict[str, dict[str, TreePath]] = {}
    for service in context.project.services.values():
        for mount in service.mounts:
            if mount.kind == "volume" and mount.source and not mount.read_only:
                writers.setdefault(mount.source, {})[service.name] = (*service.path, "volumes", mount.index)
    shared = {volume: places for volume, places in writers.items() if len(places) > 1}
    if shared:
        title = f"{len(shared)} volumes are" if len(shared) > 1 else f"The volume {next(iter(shared))} is"
        related = context.places(path for paths in shared.values() for path in paths.values())
        yield RULE.finding(context.place(("services",)), f"{title} written to by several services", _SHARED, related=related)
