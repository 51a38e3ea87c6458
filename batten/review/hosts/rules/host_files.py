"""A file of the daemon is open to users who should not have it.

## What it does

Looks, where the engine is on this machine, at the socket, `daemon.json`, the
units of systemd and the files of TLS, those of your own client included. It
reports what does not belong to root, what others may write, keys that others
may read (high each), and a socket that everybody may open (critical).

## Why it matters

Whoever may write the daemon's settings, or talk to its socket, is root on this
host. Whoever reads a key can pass himself off as its owner.

## Example

```text
-rw-r--r-- 1 root root  /etc/docker/tls/server-key.pem
```

## Use instead

```text
-r-------- 1 root root  /etc/docker/tls/server-key.pem
```

## What can break

Programs that run as another user and read the file; give them what they need
in another way.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host, HostFile

RULE = Rule(
    __name__, Severity.HIGH, (*(f"CIS 3.{number}" for number in (*range(1, 7), *range(9, 25))), "https://docs.docker.com/engine/security/protect-access/")
)


def check(host: Host) -> Iterator[Finding]:
    """Report owners and modes."""
    rootless = host.option("rootless") is not None
    for one in host.files:
        told = _told(one._replace(ours=one.ours or rootless))
        if told is not None:
            title, why, command = told
            severity = Severity.CRITICAL if one.kind == "socket" and one.mode & 0o006 else Severity.HIGH
            yield RULE.finding(one.place, title, f"{why} Run `{command} {quote(one.path)}`.", severity=severity)


def _told(one: HostFile) -> tuple[str, str, str] | None:
    """Title, reason and command; None where the file is as it should be."""
    if one.owner and not one.ours:
        return f"It belongs to user {one.owner}, not to root", "Its owner can change it, and with it what the daemon does as root.", "chown root"
    if one.kind == "socket":
        return ("Every user of this host may use the Docker API", "That is root for each of them.", "chmod 660") if one.mode & 0o006 else None
    if one.kind == "key" and one.mode & 0o077:
        return "A private key that others may read", "Whoever reads it can pass himself off as its owner.", "chmod 400"
    if one.mode & 0o022:
        return "Others than its owner may write it", "Whoever writes it decides what the daemon does as root.", "chmod go-w"
    return None
