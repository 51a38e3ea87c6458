"""A certificate of the Docker API has expired or is about to.

## What it does

Reads, where they are on this machine, the certificates of the daemon and of
your own client, and reports those that have expired (medium) or will within 30
days (low).

## Why it matters

The daemon reads its certificate once, when it starts, and shows the old one
until it is restarted. On the day it expires, no client gets in, and the quick
way out is to switch TLS off.

## Example

```text
notAfter=Nov 22 00:00:00 2024 GMT
```

## Use instead

New certificates before the old ones end; `batten host tls` writes what makes
them:

```text
notAfter=Nov 22 00:00:00 2027 GMT
```

## What can break

Clients that know only the old CA, if that was made anew too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.MEDIUM, ("https://docs.docker.com/engine/security/protect-access/",))
_SOON = timedelta(days=30)
_MESSAGE = "Then no client gets in. Make a new one (`batten host tls`), and restart the daemon: it reads its certificate only when it starts."


def check(host: Host) -> Iterator[Finding]:
    """Report what has ended or ends soon."""
    for one in host.certificates:
        left = one.expires - host.now
        day = f"{one.expires:%Y-%m-%d}"
        if left < timedelta(0):
            yield RULE.finding(one.place, f"The certificate has expired on {day}", _MESSAGE)
        elif left < _SOON:
            yield RULE.finding(one.place, f"The certificate expires on {day}", _MESSAGE, severity=Severity.LOW)
