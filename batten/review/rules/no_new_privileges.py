"""Programs in a service may gain rights that the service was not started with.

## What it does

Lists, once for the project, the services without
`security_opt: [no-new-privileges:true]`, whichever way it is spelt, and those
that set it to `false`.

## Why it matters

A set-user-id program such as `su` or `sudo`, or a program with capabilities of
its own, makes root out of an ordinary user. With the option the kernel ignores
both, so that an intruder in a service that runs as a user stays that user.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    user: "1000"
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    user: "1000"
    security_opt: ["no-new-privileges:true"]
```

## What can break

Programs that rely on `sudo` or `su` inside the container, and on programs with
capabilities of their own, such as `ping` in some images. Entrypoints that only
give rights up (`gosu`, `su-exec`, `setpriv`) keep working. `docker stack
deploy` ignores `security_opt`; in a swarm the daemon's own setting counts.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Risk, Service
from batten.review.context import Context
from batten.review.finding import Finding, Fix, Rule, Severity
from batten.review.folding import fold

RULE = Rule(
    __name__,
    Severity.INFO,
    (
        "CIS 5.26",
        "OWASP Docker Security Cheat Sheet, rule 4",
        "https://docs.docker.com/reference/cli/docker/container/run/#security-opt",
    ),
)
_MESSAGE = (
    "Set-user-id programs in the image can make root out of an ordinary user. "
    "Set `no-new-privileges:true` in `security_opt`, unless something in the container needs `sudo` or `su`."
)


_FIX = Fix("set no-new-privileges for each of them", Risk.CHECK, "privileges")
"""Not for a stack, whose files cannot say so: there it is a setting of the daemon on every node."""


def check(context: Context) -> Iterator[Finding]:
    """Report once who lacks the option."""
    lacking = [service for service in context.project.services.values() if not _set(service) and not service.privileged]
    yield from fold(context, RULE, lacking, ("may gain new privileges", "may gain new privileges"), _MESSAGE, fix=None if context.stack else _FIX)


def _set(service: Service) -> bool:
    return any(option.replace("=", ":") in ("no-new-privileges", "no-new-privileges:true") for option in service.security_opt)
