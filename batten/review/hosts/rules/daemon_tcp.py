"""The Docker API is reachable over TCP without client certificates.

## What it does

Reports addresses where the daemon listens for TCP without TLS, or with TLS but
without asking clients for a certificate (critical each; high where only this
host can reach the address). It knows them from the engine's own warnings, from
the address that batten was told to use, and from the daemon's settings where
they can be read.

## Why it matters

The API starts containers as root with any part of the host mounted. Whoever
can connect is root on the host, without a password; the port 2375 is searched
for on the whole internet all the time.

## Example

```json
{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375"]}
```

## Use instead

Reach the API by `ssh://USER@HOST`, which needs no port of its own, or with
certificates on both sides; `batten host tls` writes what it takes:

```json
{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2376"],
 "tlsverify": true,
 "tlscacert": "/etc/docker/tls/ca.pem",
 "tlscert": "/etc/docker/tls/server-cert.pem",
 "tlskey": "/etc/docker/tls/server-key.pem"}
```

## What can break

Clients that have no certificate no longer get in.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.CRITICAL, ("CIS 2.7", "https://docs.docker.com/engine/security/protect-access/"))
_ROOT = "Whoever connects can start a container with the whole host mounted in it: that is root on this host, without a password."
_INSTEAD = "Use ssh, or TLS with client certificates (`batten host tls`), and close this port now."
_OWN = ("127.", "localhost", "[::1]", "::1")


def check(host: Host) -> Iterator[Finding]:
    """Report listeners that let anybody in."""
    for one in host.listeners:
        if one.encrypted and one.verified:
            continue
        how = "with TLS but without client certificates" if one.encrypted else "in clear"
        severity = Severity.HIGH if one.address.startswith(_OWN) else Severity.CRITICAL
        yield RULE.finding(one.where, f"The Docker API listens on {one.address} {how}", f"{_ROOT} {_INSTEAD}", severity=severity)
