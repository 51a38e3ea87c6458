"""The prediction for a single probe: this source, this address, this port. Stricter than pairs, where one open road hides another that is closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from batten.model import Project
from batten.reach.addresses import has_public_ipv6
from batten.reach.engines import choose
from batten.reach.landscape import Medium, Net, survey
from batten.reach.probes import Client, ContainerPort, Egress, HostAddress, HostPort, Place, PublishedPort, Source, Spot, Target
from batten.reach.rules import answer
from batten.reach.situation import Situation
from tests.engine.bench import HOST_ZONE, INTERNET_ZONE, LAN_ZONE, LOOPBACK, WAN_HOST, WAN_HOST_6, ZONES
from tests.engine.probes import Measured
from tests.engine.questions import Probe, Scene

_PLACES = {HOST_ZONE: Client(Place.HOST), LAN_ZONE: Client(Place.LAN, "lan0"), INTERNET_ZONE: Client(Place.OUTSIDE, "wan0")}
_SPOTS = {LOOPBACK: Spot.LOOPBACK, WAN_HOST: Spot.PUBLIC, WAN_HOST_6: Spot.PUBLIC}


@dataclass(frozen=True, slots=True)
class Map:
    """Which network an address belongs to, as it was while all was up."""

    gateways: Mapping[str, str]
    """The host's address → name of the network whose bridge has it."""
    containers: Mapping[str, str]
    """A container's address → name of the network."""

    @classmethod
    def of(cls, scene: Scene) -> Map:
        """The map of what is up."""
        found = {_bare(address): name for one in scene.containers for name, addresses in one.addresses.items() for address in addresses}
        return cls(scene.bridges(), found)


class Oracle:
    """Says of single probes what batten predicts."""

    def __init__(self, projects: Sequence[Project], engine: str, places: Map) -> None:
        self._situation = Situation(choose(engine).rows[0])
        self._landscape = survey(projects)
        self._boxes = {service: box for (_, service), box in self._landscape.boxes.items()}
        self._map = places

    def wrong(self, rows: Sequence[Measured]) -> list[str]:
        """The probes that did not end as predicted."""
        found = []
        for row in rows:
            predicted = [answer(self._situation, source, target).is_open for source, target in self._tries(row.source, row.probe)]
            if predicted and any(predicted) is not row.open:
                one = row.probe
                found.append(
                    f"{row.source} → {one.target} {one.road} {one.host}:{one.port}/{one.protocol}: {'open' if row.open else 'closed'}, not as predicted"
                )
        return found

    def _tries(self, name: str, probe: Probe) -> Iterator[tuple[Source, Target]]:
        """The probe in the words of the rules; nothing for names, for a service's own namespace, and for one that has no address."""
        source = _PLACES.get(name) or self._boxes[name]
        host, family = _bare(probe.host), 6 if ":" in probe.host else 4
        if probe.road == "egress":
            yield source, Egress(Place.OUTSIDE if probe.target == INTERNET_ZONE else Place.LAN, family)
        elif probe.target in ZONES and probe.road == "address":
            yield source, HostPort(self._address(host, family))
        elif probe.road in ("published", "wire"):
            yield from self._published(source, probe, host, family)
        elif probe.road == "address":
            yield from self._at_address(source, probe, host, family)

    def _published(self, source: Source, probe: Probe, host: str, family: int) -> Iterator[tuple[Source, Target]]:
        box = self._boxes[probe.target]
        wire = probe.road == "wire"
        for port in box.published:
            named = port.host_port == str(probe.port) or not port.host_port.isdigit()
            if source is not box and named and port.target == probe.door:
                address = HostAddress(Spot.WIRE) if wire else self._address(host, family)
                yield Client(Place.NEIGHBOUR) if wire else source, PublishedPort(box, port, address)

    def _at_address(self, source: Source, probe: Probe, host: str, family: int) -> Iterator[tuple[Source, Target]]:
        box = self._boxes[probe.target]
        if box.mode == "host":
            yield source, HostPort(self._address(host, family))
        elif host in self._map.containers:
            net = self._landscape.nets[self._map.containers[host]]
            # On which of several networks a published port lands is not predicted: it counts as open on each.
            lands = [one for one in box.nets if one.medium is Medium.BRIDGE and not one.internal]
            if len(lands) > 1 and isinstance(source, Client) and any(port.target == probe.door for port in box.published):
                return
            yield _near(source, net, family), ContainerPort(box, net, probe.inside, probe.protocol, family)

    def _address(self, host: str, family: int) -> HostAddress:
        network = self._map.gateways.get(host)
        if network is None:
            return HostAddress(_SPOTS.get(host, Spot.NETWORK), family, None, host)
        return HostAddress(Spot.GATEWAY, family, self._landscape.nets[network], host)


def _near(source: Source, net: Net, family: int) -> Source:
    """The LAN client stands on a macvlan network's own segment, and the outside routes what are addresses of the internet."""
    if not isinstance(source, Client):
        return source
    if source.place is Place.LAN and net.medium is Medium.SEGMENT:
        return Client(Place.SEGMENT)
    return Client(Place.LAN) if source.place is Place.OUTSIDE and family == 6 and has_public_ipv6(net) else source


def _bare(address: str) -> str:
    return address.strip("[]")
