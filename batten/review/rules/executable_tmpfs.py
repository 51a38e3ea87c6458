"""A temporary file system of a service may hold programs.

## What it does

Reports `tmpfs` entries that are mounted with `exec`, `suid` or `dev`, all of
which the engine leaves off unless it is asked for them.

## Why it matters

A temporary folder is where an intruder puts the program he brought along. The
engine mounts it so that nothing there can be started; `exec` takes that back,
and `suid` lets what is there become root.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    read_only: true
    tmpfs: ["/tmp:exec,size=64m"]
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    read_only: true
    tmpfs: ["/tmp:size=64m"]
```

## What can break

Programs that unpack and load libraries in their temporary folder (some Java and
.NET programs, images built on s6-overlay with `/run`). Keep `exec` for that one
folder then, and never `suid`.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("CIS 5.13", "https://docs.docker.com/engine/storage/tmpfs/"))
_MEANING = {
    "exec": "programs that are put there can be started",
    "suid": "a program that is put there can become root",
    "dev": "device files that are put there work",
}


def check(context: Context) -> Iterator[Finding]:
    """Report temporary file systems with more rights than the engine gives."""
    for service in context.project.services.values():
        for path, entry in context.items(service, "tmpfs"):
            target, _, options = str(entry).partition(":")
            loose = [option for option in options.split(",") if option in _MEANING]
            if loose:
                meaning = " and ".join(_MEANING[option] for option in loose)
                message = f"The engine leaves that off for a reason: with it, {meaning}. Remove it unless the program fails without."
                yield context.finding(RULE, path, f"Its temporary folder {target} is mounted with {', '.join(loose)}", message, service=service)
