"""Networks: which networks there are to be, who is a member, and which of them have a way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from batten.design.sections.reading import flag, mapping, only, text, texts, wrong
from batten.model import Value

TIERS, LEAST, FITTED, KEEP = "tiers", "least", "fitted", "keep"


@dataclass(frozen=True, slots=True)
class PlannedNetwork:
    """One network of the target."""

    services: tuple[str, ...]
    internal: bool = False
    """Whether it has no way out and nothing is published on it."""
    encrypted: bool = False
    """Whether traffic between the nodes of a swarm is encrypted; only overlay networks can be."""
    why: str = ""
    subnet: str = ""
    """IPv4 addresses that a new network takes, as ``10.1.2.0/24``; empty where Docker takes them from its pools."""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further names of members on it, by service; not part of the design's text, since they follow from other decisions."""


@dataclass(frozen=True, slots=True)
class Networks:
    """The networks of the target and how they came about."""

    strategy: str = KEEP
    """``tiers``: one between each pair of tiers that talk; ``least``: the fewest on which nobody meets whom it does not need;
    ``fitted``: these joined until the address pools have room for them; ``keep``: the project's own, only tightened."""
    networks: Mapping[str, PlannedNetwork] = field(default_factory=dict)

    def of(self, service: str) -> tuple[str, ...]:
        """Names of the networks that ``service`` is a member of."""
        return tuple(name for name, network in self.networks.items() if service in network.services)


def dump(networks: Networks) -> dict[str, object]:
    """The strategy under ``strategy``, and one entry a network."""
    entries = {
        name: {"services": list(one.services), "internal": one.internal, "encrypted": one.encrypted, "why": one.why}
        | ({"subnet": one.subnet} if one.subnet else {})
        for name, one in networks.networks.items()
    }
    return {"strategy": networks.strategy, "networks": entries}


def load(value: Value) -> Networks:
    """Read back what ``dump`` wrote; raises DesignError for an unknown strategy."""
    entry = dict(only(value, {"strategy", "networks"}, "networks"))
    strategy = text(entry.get("strategy"), "strategy", TIERS)
    if strategy not in (TIERS, LEAST, FITTED, KEEP):
        raise wrong(value, f"'{strategy}' is not a strategy; write 'tiers', 'least', 'fitted' or 'keep'.")
    found = {}
    for name, item in mapping(entry.get("networks", Value(None)), "networks.networks").items():
        parts = dict(only(item, {"services", "internal", "encrypted", "why", "subnet"}, f"networks.{name}"))
        found[name] = PlannedNetwork(
            texts(parts.get("services"), "services"),
            flag(parts.get("internal"), "internal", False),
            flag(parts.get("encrypted"), "encrypted", False),
            text(parts.get("why"), "why", ""),
            _subnet(item, text(parts.get("subnet"), "subnet", "")),
        )
    return Networks(strategy, found)


def _subnet(item: Value, written: str) -> str:
    if not written:
        return ""
    from ipaddress import IPv4Network

    try:
        return str(IPv4Network(written))
    except ValueError:
        raise wrong(item, f"'{written}' is not a range of IPv4 addresses; write one as '10.1.2.0/24'.") from None
