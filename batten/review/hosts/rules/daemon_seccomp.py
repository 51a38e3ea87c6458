"""Containers run without a seccomp filter unless they ask for one.

## What it does

Reports an engine without seccomp, or whose default profile is `unconfined`.

## Why it matters

The default profile refuses system calls that containers do not need and that
flaws of the kernel are found in. Without it all of them are open to every
container.

## Example

```json
{"seccomp-profile": "unconfined"}
```

## Use instead

The profile that is built in, by leaving the key out, or one of your own:

```json
{"seccomp-profile": "/etc/docker/seccomp.json"}
```

## What can break

Programs that need one of the calls; give those alone a profile of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.HIGH, ("CIS 2.17", "CIS 5.22", "https://docs.docker.com/engine/security/seccomp/"))
_MESSAGE = "Every system call of the kernel is open to every container, those in which flaws are found regularly among them. Use the built-in profile."


def check(host: Host) -> Iterator[Finding]:
    """Report a missing or an empty default."""
    profile = host.option("seccomp")
    if profile in (None, "unconfined"):
        title = "The engine has no seccomp" if profile is None else "The default seccomp profile is unconfined"
        yield RULE.finding(host.at("SecurityOptions"), title, _MESSAGE)
