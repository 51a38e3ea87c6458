"""A network lets others reach containers past the host's firewall.

## What it does

Reports networks with the drivers `macvlan` and `ipvlan`, the gateway mode
`nat-unprotected`, and interfaces that are trusted by name
(`trusted_host_interfaces`).

## Why it matters

On a macvlan or ipvlan network the containers stand in the local network with
addresses of their own: every port they listen on is open there, published or
not, and neither the host's firewall nor the rules in `DOCKER-USER` see the
packets. `internal: true` takes away the way out and leaves that as it is. With
`nat-unprotected` ports that nobody published are reachable too, for whoever has
a route.

## Example

```yaml
services:
  dns:
    image: example.org/dns:1
    networks: [lan]
networks:
  lan:
    driver: macvlan
    driver_opts: {parent: eth0}
```

## Use instead

```yaml
services:
  dns:
    image: example.org/dns:1
    ports: ["192.168.1.10:53:53/udp"]
```

## What can break

Programs that need an address of their own or see broadcasts of the local
network: DHCP servers, home automation, media servers. Where they need it, keep
such a network for that one service, and databases off it.
"""

from __future__ import annotations

from collections.abc import Iterator

from batten.model import Network
from batten.review.context import Context
from batten.review.finding import Finding, Rule, Severity

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    (
        "https://docs.docker.com/engine/network/drivers/macvlan/",
        "https://docs.docker.com/engine/network/drivers/ipvlan/",
        "https://docs.docker.com/engine/network/port-publishing/#gateway-modes",
    ),
)
_BRIDGE = "com.docker.network.bridge."
_LAN = "Every port of its services is open to the local network, published or not, and the rules of the host's firewall do not see the packets."
_UNPROTECTED = "Ports that nobody published are reachable from other networks and for everybody with a route to them. Remove the option, or use `nat`."
_TRUSTED = "What comes in there reaches the containers directly, past the rules for published ports. Remove it unless that line is as trusted as the host."


def check(context: Context) -> Iterator[Finding]:
    """Report networks that stand open past the firewall."""
    for network in context.project.networks.values():
        if network.driver in ("macvlan", "ipvlan") and network.used:
            title = f"The network {network.key} stands in the local network"
            yield context.finding(RULE, (*network.path, "driver") if not network.external else network.path, title, _LAN)
        yield from _options(context, network)


def _options(context: Context, network: Network) -> Iterator[Finding]:
    for option, value in network.driver_opts.items():
        path = (*network.path, "driver_opts", option)
        if option in (f"{_BRIDGE}gateway_mode_ipv4", f"{_BRIDGE}gateway_mode_ipv6") and value == "nat-unprotected":
            yield context.finding(RULE, path, f"Unpublished ports on the network {network.key} are open", _UNPROTECTED)
        elif option == f"{_BRIDGE}trusted_host_interfaces" and value:
            yield context.finding(RULE, path, f"The network {network.key} trusts a whole interface of the host", _TRUSTED)
