"""The daemon does not keep the firewall's rules.

## What it does

Reports `iptables: false`, where the daemon's settings can be read.

## Why it matters

Nothing then keeps networks apart, and every port of a container is open to
whoever routes to its address, published or not.

## Example

```json
{"iptables": false}
```

## Use instead

Leave the key out, and put rules of your own into the chain DOCKER-USER
(`batten host firewall` writes a base):

```json
{"iptables": true}
```

## What can break

Rules of your own that stand in for Docker's.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.review.finding import Finding, Rule, Severity
from batten.review.hosts.subject import Host

RULE = Rule(__name__, Severity.HIGH, ("CIS 2.4", "https://docs.docker.com/engine/network/packet-filtering-firewalls/"))
_MESSAGE = "Networks are not kept apart, and every port of a container is open to whoever routes to it. Leave the key out; your own rules go into DOCKER-USER."


def check(host: Host) -> Iterator[Finding]:
    """Report that it is off."""
    if host.setting("iptables", True) is False:
        yield RULE.finding(host.place_of("iptables"), "The daemon does not keep networks apart", _MESSAGE)
