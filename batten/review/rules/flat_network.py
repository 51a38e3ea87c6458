"""Services that have nothing to do with each other share one network.

## What it does

Reports a network on which a service of the edge tier meets one of the data tier
although nothing in the files says that the two need each other (medium), and a
project in which three or more services of different tiers all sit on the
default network although some pairs do not need each other (low).

A network whose driver was told to keep its containers apart
(`com.docker.network.bridge.enable_icc: "false"`) is not reported. A web
application that is published and talks to its database by itself needs it, and
is not reported either.

## Why it matters

Containers that share a network reach each other on every port, published or
not. Whoever breaks into the reverse proxy then stands in front of the database
and the cache, and only their passwords are left. Cut into tiers, the way from
the proxy to the data leads through the application.

## Example

```yaml
services:            # no networks: all three are on "default"
  proxy:
    image: nginx
    ports: ["80:80"]
  api:
    image: example.org/api
  db:
    image: postgres:16
```

## Use instead

```yaml
services:
  proxy:
    image: nginx
    ports: ["80:80"]
    networks: [edge]
  api:
    image: example.org/api
    networks: [edge, data]
  db:
    image: postgres:16
    networks: [data]
networks:
  edge: {}
  data:
    internal: true
```

## What can break

A connection of which the files say nothing: one that is configured inside an
image or typed into a screen. A service that is only on internal networks no
longer reaches the internet, and its published ports are dead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import NamedTuple

from batten.model import Location, Network, Risk, Tier
from batten.review.context import DEFAULT_NETWORK, Context
from batten.review.finding import Confidence, Finding, Fix, Rule, Severity

RULE = Rule(
    __name__,
    Severity.MEDIUM,
    (
        "OWASP Docker Security Cheat Sheet, rule 5",
        "https://docs.docker.com/compose/how-tos/networking/",
    ),
)
_ICC = "com.docker.network.bridge.enable_icc"
_FIX = Fix("give every tier a network of its own", Risk.CHECK, "networks")


class _Road(NamedTuple):
    """A network and who meets on it."""

    network: Network
    members: tuple[str, ...]
    homes: Mapping[str, str]
    """Member → the service in whose network namespace it lives."""
    known: frozenset[tuple[str, str]]
    """Pairs of services of which something says that one needs the other."""

    def needless(self, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Those of ``pairs`` that meet here and of which nothing says that one needs the other."""
        for one, other in pairs:
            if (one, other) not in self.known and (other, one) not in self.known and self.homes[one] != self.homes[other]:
                yield one, other


def check(context: Context) -> Iterator[Finding]:
    """Report networks on which tiers meet that need not."""
    for network in context.project.networks.values():
        road = _road(context, network)
        edge, data = ([name for name in road.members if context.tier(name) is tier] for tier in (Tier.EDGE, Tier.DATA))
        mixed = list(road.needless(product(edge, data)))
        if mixed:
            yield _edge_meets_data(context, road, mixed)
        elif _holds_everything(context, road):
            yield _everything(context, road)


def _road(context: Context, network: Network) -> _Road:
    if network.driver_opts.get(_ICC, "").lower() == "false" or network.driver in ("host", "none", "null"):
        return _Road(network, (), {}, frozenset())
    owners = {name: context.owner(service) for name, service in context.project.services.items()}
    members = tuple(name for name, owner in owners.items() if network.key in owner.networks)
    return _Road(network, members, {name: owners[name].name for name in members}, context.known_pairs)


def _holds_everything(context: Context, road: _Road) -> bool:
    tiers = {context.tier(name) for name in road.members}
    everyone = len(road.members) == len(context.project.services) >= 3
    return road.network.key == DEFAULT_NETWORK and everyone and len(tiers) > 1 and any(road.needless(combinations(road.members, 2)))


def _edge_meets_data(context: Context, road: _Road, mixed: list[tuple[str, str]]) -> Finding:
    names = dict.fromkeys(name for pair in mixed for name in pair)
    edge = [name for name in names if context.tier(name) is Tier.EDGE]
    data = [name for name in names if context.tier(name) is Tier.DATA]
    message = (
        f"{_list(edge)} (edge) and {_list(data)} (data) share the network {road.network.key}, and nothing in the files says that they need each other. "
        f"Whoever breaks into {edge[0]} reaches {data[0]} on every port at once; only its password is left."
    )
    places = context.places(("services", name) for name in names)
    return RULE.finding(_place(context, road.network), "The edge and the data tier share one network", message, related=places, fix=_FIX)


def _everything(context: Context, road: _Road) -> Finding:
    count = len(road.members)
    needless = sum(1 for _ in road.needless(combinations(road.members, 2)))
    message = (
        f"All {count} services are on the default network, where everyone reaches everyone on every port. "
        f"Of {count * (count - 1) // 2} pairs, {needless} have nothing to do with each other as far as the files say."
    )
    place, title = _place(context, road.network), "All services share the default network"
    return RULE.finding(place, title, message, severity=Severity.LOW, confidence=Confidence.MEDIUM, fix=_FIX)


def _place(context: Context, network: Network) -> Location:
    value = context.project.value(network.path)
    written = value is not None and value.origin is not None
    return context.place(network.path if written else ("services",))


def _list(names: list[str]) -> str:
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
    return ", ".join(shown)
