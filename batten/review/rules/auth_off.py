"""A service has its login switched off, or has never had one.

## What it does

Reports variables and options that are known to let everybody in, such as
`POSTGRES_HOST_AUTH_METHOD=trust`, empty passwords that are allowed by name,
`xpack.security.enabled=false`, `--api.insecure` or a notebook without a token
(low to high by what they open, one step more where the service is published),
and data services that are known to ask for no password unless they are told to,
such as Redis (low). `exposed-database` tells of such a service when it is
published.

## Why it matters

Networks are the only thing that is left between the data and whoever breaks
into any service beside it; a request that a web application can be tricked into
sending is enough.

## Example

```yaml
services:
  db:
    image: postgres:16
    environment: {POSTGRES_HOST_AUTH_METHOD: trust}
```

## Use instead

```yaml
services:
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db_password}
    secrets: [db_password]
secrets:
  db_password: {environment: DB_PASSWORD}
```

## What can break

Every program that connects without a password needs one from then on. Databases
read such variables at their first start only: inside one that exists already,
the password has to be set by hand.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Service, Tier
from batten.review.access import why_open
from batten.review.context import Context
from batten.review.exposure import Reachable, entries
from batten.review.finding import Finding, Rule, Severity
from batten.review.switches import Switch, thrown

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    ("CWE-306", "CWE-1188", "https://cheatsheetseries.owasp.org/cheatsheets/Database_Security_Cheat_Sheet.html"),
)
_LEVELS = list(Severity)
_NEIGHBOURS = "Whoever breaks into a service beside it needs no password. Set one, and hand it to those who connect as a secret."
_PUBLISHED = "It is published, so whoever reaches this host needs no password. Switch the login on, or bind the port to 127.0.0.1."


def check(context: Context) -> Iterator[Finding]:
    """Report logins that are off."""
    for service in context.project.services.values():
        data = context.tier(service.name) is Tier.DATA
        switches = [switch for switch in thrown(context.project, service, "auth") if data or not switch.data_only]
        for switch in switches:
            yield _finding(context, service, switch)
        if not switches and data:
            yield from _without(context, service)


def _finding(context: Context, service: Service, switch: Switch) -> Finding:
    outside = any(_concerns(switch, port.target) for entry in entries(context, service) if entry.reachable is not Reachable.LOOPBACK for port in entry.ports)
    severity = _LEVELS[min(switch.severity.level + 1, len(_LEVELS) - 1)] if outside else switch.severity
    message = f"With this, {switch.says}. {_PUBLISHED if outside else _NEIGHBOURS}"
    return context.finding(RULE, switch.path, f"Its login is off: {switch.name}", message, service=service, severity=severity)


def _concerns(switch: Switch, port: int) -> bool:
    return switch.port in (None, port)


def _without(context: Context, service: Service) -> Iterator[Finding]:
    published = any(entry.reachable is not Reachable.LOOPBACK for entry in entries(context, service))
    why = why_open(context, service) if not published else ""
    if why:
        message = f"{why[0].upper()}{why[1:]}. {_NEIGHBOURS}"
        yield context.finding(RULE, service.path, "It asks for no password", message, service=service, severity=Severity.LOW)
