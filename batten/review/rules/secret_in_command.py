"""A credential stands in a command line of a service.

## What it does

Reports passwords, tokens and URLs with a password in `command`, `entrypoint`,
`healthcheck`, `post_start` and `pre_stop`: `--requirepass`, `--password=…`,
`redis-cli -a`, `mysqladmin -p…`, `curl -u user:…` and their like. The value is
never shown. Variables that the shell in the container fills in are not
reported.

## Why it matters

A command line is no secret: every process of the container and, on the host,
every user sees it in the list of processes, `docker inspect` and `docker ps`
show it, and so do logs of whatever starts containers. Where it is written into
the file, it lives in the repository and its history too.

## Example

```yaml
services:
  cache:
    image: redis:7
    command: redis-server --requirepass correct-horse-battery
```

## Use instead

A file that only the service is given:

```yaml
services:
  cache:
    image: redis:7
    command: redis-server /run/secrets/redis.conf
    secrets: [redis.conf]
secrets:
  redis.conf:
    file: ./secrets/redis.conf
```

## What can break

A program that cannot read a file for it. Then let a shell in the container read
it (`sh -c 'program --password "$$(cat /run/secrets/x)"'`): the processes still
show it, but the file and `docker inspect` no longer do.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.HIGH,
    (
        "OWASP Docker Security Cheat Sheet, rule 12",
        "CWE-214",
        "https://docs.docker.com/compose/how-tos/use-secrets/",
    ),
)
_WHERE = {"command": "command", "healthcheck": "healthcheck", "post_start": "post_start hook", "pre_stop": "pre_stop hook"}
_MESSAGE = (
    "The list of processes and `docker inspect` show command lines to everyone who may look. "
    "Put it into a file that only this service is given, and name the file instead."
)


def check(context: Context) -> Iterator[Finding]:
    """Report credentials in command lines."""
    for spill in context.spills:
        if spill.where in _WHERE and spill.service is not None:
            behind = f" (behind {spill.name})" if spill.name else ""
            title = f"A credential stands in its {_WHERE[spill.where]}{behind}"
            yield context.finding(RULE, spill.path, title, _MESSAGE, service=context.project.services[spill.service])
