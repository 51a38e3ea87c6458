"""The userland proxy carries published ports.

## What it does

Reports that `userland-proxy` is on, as it is by default, where the daemon's
settings can be read.

## Why it matters

For every published port a process of the host listens, too. By it a container
reaches TCP ports that containers of other networks publish, which the rules of
the firewall would refuse.

## Example

```json
{"userland-proxy": true}
```

## Use instead

```json
{"userland-proxy": false}
```

## What can break

Clients with IPv6 no longer reach published ports of a container that has IPv4
only, and published UDP ports become reachable from the same network.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.INFO, ("CIS 2.16", "https://docs.docker.com/engine/network/port-publishing/"))
_MESSAGE = "By it a container reaches TCP ports that other networks publish. Read what breaks before you switch it off: `batten rules daemon-userland-proxy`."


def check(host: Host) -> Iterator[Finding]:
    """Report the default."""
    if host.setting("userland-proxy", True):
        yield RULE.finding(host.place_of("userland-proxy"), "The userland proxy is on", _MESSAGE)
