"""A network between nodes carries its traffic in clear.

## What it does

Reports overlay networks without the option `encrypted`. It also tells of
`encrypted: "false"` (info): the engine only looks whether the option is there,
so such a network is encrypted.

## Why it matters

An overlay network wraps what containers say to each other in packets between
the nodes. Without the option these are readable, and can be forged, on every
line and machine between the nodes. With it they are encrypted with AES-GCM.

## Example

```yaml
services:
  api:
    image: example.org/api:3
    networks: [back]
networks:
  back:
    driver: overlay
```

## Use instead

```yaml
services:
  api:
    image: example.org/api:3
    networks: [back]
networks:
  back:
    driver: overlay
    driver_opts: {encrypted: ""}
```

## What can break

Firewalls between the nodes have to let IP protocol 50 (ESP) through besides the
usual ports, and address translation on the way breaks it. Packets get smaller,
and throughput sinks. The network has to be created anew. Windows nodes cannot
take part. Traffic between containers on one node is not encrypted.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Network
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(__name__, Severity.MEDIUM, ("CIS 7.3", "https://docs.docker.com/engine/network/drivers/overlay/#encryption"))
_PLAIN = (
    "What its services say to each other crosses the lines between the nodes unencrypted. "
    'Set `driver_opts: {encrypted: ""}`, and let IP protocol 50 through between the nodes.'
)
_LIE = "The engine only looks whether the option is there: this network is encrypted. Remove the option if it must not be, or write an empty value."


def check(context: Context) -> Iterator[Finding]:
    """Report overlay networks that are not encrypted, or are although they say that they are not."""
    for network in context.project.networks.values():
        if network.driver == "overlay" and not network.external:
            yield from _judge(context, network)


def _judge(context: Context, network: Network) -> Iterator[Finding]:
    if "encrypted" not in network.driver_opts:
        yield context.finding(RULE, network.path, f"The network {network.key} between nodes is not encrypted", _PLAIN)
    elif network.driver_opts["encrypted"].lower() in ("false", "no", "0"):
        path = (*network.path, "driver_opts", "encrypted")
        yield context.finding(RULE, path, f"The network {network.key} is encrypted although it says that it is not", _LIE, severity=Severity.INFO)
