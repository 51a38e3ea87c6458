"""The host confines containers neither by AppArmor nor by SELinux.

## What it does

Reports an engine that has neither of the two.

## Why it matters

They refuse a container mounts and writes below `/proc` and `/sys` whatever its
processes are allowed otherwise. Without either, one wrong capability is enough
for more.

## Example

```text
Security Options:
  seccomp
```

## Use instead

```text
Security Options:
  apparmor
  seccomp
```

## What can break

On hosts with SELinux, bind mounts need a label (`:z` or `:Z`).
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 5.2", "CIS 5.3", "https://docs.docker.com/engine/security/apparmor/"))
_MESSAGE = "Nothing but capabilities and seccomp stands between root in a container and the host. Switch on what the distribution has; a kernel may lack both."


def check(host: Host) -> Iterator[Finding]:
    """Report that there is neither."""
    if host.option("apparmor") is None and host.option("selinux") is None:
        yield RULE.finding(host.at("SecurityOptions"), "Neither AppArmor nor SELinux confines containers", _MESSAGE)
