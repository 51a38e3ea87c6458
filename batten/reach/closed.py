"""Why a pair is closed, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from batten.model import Zone
from batten.reach.addresses import may_be_public
from batten.reach.landscape import GATEWAY_BRIDGE, Box, Medium, Net
from batten.reach.paths import ZONES
from batten.reach.rules.published import is_loopback
from batten.reach.situation import Situation


class Explainer:
    """Finds the words for pairs that the predictor has found closed."""

    def __init__(self, situations: Sequence[Situation], boxes: Mapping[str, Box]) -> None:
        self.situations, self.boxes = situations, boxes

    def sentence(self, source: str, target: str) -> str:
        """Why nothing gets from one node to another, given that nothing does."""
        for name in (source, target):
            if name in self.boxes and self.boxes[name].mode == "none":
                return f"{name} has no network (network_mode: none)."
        if source in ZONES:
            return self._into(source, target)
        if target in ZONES:
            return self._out_of(source, target)
        return self._between(source, target)

    def _between(self, source: str, target: str) -> str:
        here, there = self.boxes[source], self.boxes[target]
        if there.mode == "host":
            return f"{target} uses the host's network, and {source} has no address of the host in reach: {_standing(source, here)}."
        shared = [net for net in here.nets if net in there.nets and net.name != GATEWAY_BRIDGE]
        apart = f"Both are on {_labels(shared)}, which keeps its members apart" if shared else self._no_common_network(source, target)
        return f"{apart}; {self._ports_of_no_use(source, target)}."

    def _no_common_network(self, source: str, target: str) -> str:
        here, there = self.boxes[source], self.boxes[target]
        return f"{source} and {target} share no network ({source}: {_labels(here.nets)}; {target}: {_labels(there.nets)})"

    def _ports_of_no_use(self, source: str, target: str) -> str:
        """Why the target's published ports do not help another container."""
        here, there = self.boxes[source], self.boxes[target]
        idle = self._idle(target, there)
        if idle:
            return idle
        if not any(situation.ways_out(here, 4) or situation.ways_out(here, 6) for situation in self.situations):
            return f"{source} is on {_kinds(here)} only and so does not get to published ports"
        if all(is_loopback(port.binding) for port in there.published):
            return f"{target}'s published ports are bound to 127.0.0.1, where no container gets to"
        return f"{target}'s published ports are bound to no address that {source} can use"

    def _idle(self, name: str, box: Box) -> str:
        """Why a service's published ports are there for nobody, or an empty text."""
        if not box.published:
            return f"{name} publishes no port"
        if not any(situation.on_host(box, 4) for situation in self.situations):
            return f"{name}'s published ports have no effect, as it is on {_kinds(box)} only"
        return ""

    def _into(self, zone: str, target: str) -> str:
        box = self.boxes[target]
        if zone == Zone.HOST:
            return f"The host has no address on {_labels(box.nets)}; {self._idle(target, box) or 'no published port answers it'}."
        idle = self._idle(target, box)
        if idle:
            return f"{idle[0].upper()}{idle[1:]}." if idle[0].isupper() else f"{idle}."
        bindings = sorted({port.binding for port in box.published})
        private = zone == Zone.INTERNET and not all(is_loopback(binding) for binding in bindings) and not any(may_be_public(b) for b in bindings)
        return f"{target}'s ports are published on {', '.join(bindings)} only{', no address of the internet' if private else ''}."

    def _out_of(self, source: str, zone: str) -> str:
        box = self.boxes[source]
        if zone != Zone.HOST and any(situation.ways_out(box, 4) for situation in self.situations):
            return f"{source}'s packets leave with its own address, to which no answer comes back (no masquerading on {_labels(box.nets)})."
        return f"{_standing(source, box)}."


def _standing(name: str, box: Box) -> str:
    return f"{name} is on {_kinds(box)} only ({_labels(box.nets)})"


def _kinds(box: Box) -> str:
    """What kind of networks a container is on, where it is these that shut it in."""
    if all(net.internal for net in box.nets):
        return "internal networks"
    if all(net.medium is Medium.SEGMENT for net in box.nets):
        return "macvlan or ipvlan networks"
    return "routed networks" if any(mode == "routed" for net in box.nets for mode in net.modes) else "networks without a way to the host"


def _labels(nets: Sequence[Net]) -> str:
    return ", ".join(net.label for net in nets if net.name != GATEWAY_BRIDGE) or "no network"
