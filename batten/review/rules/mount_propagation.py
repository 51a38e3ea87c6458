"""Mounts that a service makes appear on the host, or the other way round.

## What it does

Reports bind mounts with propagation: `shared` and `rshared` (low; medium where
the service may mount at all, because it is privileged or has `SYS_ADMIN`), and
`slave` and `rslave` (info).

## Why it matters

A mount made in a container normally stays there. With `shared` it appears on
the host, where it can hide folders that the host trusts. With `slave` the
container sees what is mounted on the host later: a disk, a share, an unlocked
backup.

## Example

```yaml
services:
  drive:
    image: example.org/drive:1
    cap_add: [SYS_ADMIN]
    volumes: ["/mnt/drive:/mnt/drive:rshared"]
```

## Use instead

```yaml
services:
  drive:
    image: example.org/drive:1
    volumes: ["/mnt/drive:/mnt/drive"]
```

## What can break

Programs that mount something for others to use (cloud drives, file systems in
user space) need `shared`; exporters that watch file systems need `rslave` to
see disks that are mounted later.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("CIS 5.20", "https://docs.docker.com/engine/storage/bind-mounts/#configure-bind-propagation"))
_OUT = "What it mounts appears on the host and can hide folders there. Leave propagation alone unless others need what it mounts."
_IN = "What is mounted on the host later, such as a disk or an opened backup, appears in it too."


def check(context: Context) -> Iterator[Finding]:
    """Report mounts with propagation."""
    for service in context.project.services.values():
        for mount in service.mounts:
            propagation = str(context.plain(service, "volumes", mount.index, "bind", "propagation") or "")
            path = (*service.path, "volumes", mount.index)
            if propagation in ("shared", "rshared"):
                severity = Severity.MEDIUM if _mounts(service) else Severity.LOW
                yield context.finding(RULE, path, f"Its mounts below {mount.target} appear on the host", _OUT, service=service, severity=severity)
            elif propagation in ("slave", "rslave"):
                title = f"Mounts of the host below {mount.source} appear in it"
                yield context.finding(RULE, path, title, _IN, service=service, severity=Severity.INFO)


def _mounts(service: Service) -> bool:
    return service.privileged or bool({"SYS_ADMIN", "ALL"} & set(service.cap_add))
