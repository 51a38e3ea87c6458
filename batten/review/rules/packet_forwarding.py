"""A service is set up to pass packets on between networks.

## What it does

Reports kernel settings (`sysctls`) that let a container forward packets
(`ip_forward` and its like; low on several networks, info on one) and that let
neighbours reach what it keeps on its 127.0.0.1 (`route_localnet`, low).

## Why it matters

A service on two networks keeps them apart as long as it does not forward.
Whoever sits on one of them and sends his packets to a service that does is on
the other network too, past every cut between the tiers.

## Example

```yaml
services:
  gateway:
    image: example.org/vpn:1
    sysctls: {net.ipv4.ip_forward: 1}
    networks: [outside, inside]
networks:
  outside: {}
  inside: {}
```

## Use instead

```yaml
services:
  gateway:
    image: example.org/vpn:1
    networks: [outside, inside]
networks:
  outside: {}
  inside: {}
```

## What can break

VPN servers and routers in containers need it: that is what they do. Keep those
on the networks they route between, and databases off them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.LOW, ("https://docs.docker.com/reference/compose-file/services/#sysctls",))
_FORWARDS = r"net\.ipv4\.ip_forward|net\.ipv[46]\.conf\.[^.]+\.(mc_)?forwarding"
_LOCAL = r"net\.ipv4\.conf\.[^.]+\.route_localnet"
_THROUGH = (
    "Whoever sends his packets to it gets from one of its networks into the other. Keep it for services that are routers, and keep data off their networks."
)
_ALONE = "It is on one network, so there is little to forward between; a VPN that ends in it is the exception."
_LOOPBACK = "Neighbours on its networks can be let through to what listens on its own 127.0.0.1. Remove it unless packets are redirected on purpose."


def check(context: Context) -> Iterator[Finding]:
    """Report services that forward."""
    for service in context.project.services.values():
        for name, value in service.sysctls.items():
            path = (*service.path, "sysctls", name)
            if value.strip() in ("0", ""):
                continue
            if re.fullmatch(_FORWARDS, name):
                several = len(service.networks) > 1
                severity, message = (Severity.LOW, _THROUGH) if several else (Severity.INFO, _ALONE)
                yield context.finding(RULE, path, "It forwards packets between networks", message, service=service, severity=severity)
            elif re.fullmatch(_LOCAL, name):
                yield context.finding(RULE, path, "Its own 127.0.0.1 can be reached from outside", _LOOPBACK, service=service)
