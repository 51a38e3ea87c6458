"""What a picture of a project's networks shows, before anything is drawn: services by tier, networks with their members, what is published, who gets out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, permutations
from typing import NamedTuple

from batten.model import Project, Zone
from batten.reach import Reach
from batten.reach.addresses import shown
from batten.reach.landscape import GATEWAY_BRIDGE, Box, Medium, Net, Published, survey
from batten.report.reach_matrix import in_order

DOORS: Mapping[str, str] = {Zone.INTERNET.value: "open to the internet", Zone.LAN.value: "open to the LAN", Zone.HOST.value: "open to this host"}
"""From where a published port can be reached, and what its row is called."""
ANY = "any port"
_ALL = Published(0, "", "", "", False, "")


class Door(NamedTuple):
    """One row of published ports."""

    zone: str
    label: str
    ports: Mapping[str, tuple[str, ...]]
    """Service → its ports as they are known on the host; each stands in the row of the widest zone that reaches it."""


class Line(NamedTuple):
    """One network, or the host's own."""

    label: str
    internal: bool
    notes: tuple[str, ...]
    """What is particular about it, in a few words each."""
    members: Mapping[str, bool]
    """Service → whether it is a member itself, and does not merely live in a member's network namespace."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is shown."""

    title: str
    subtitle: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    """Tier → its services, in the order of the tiers."""
    doors: tuple[Door, ...]
    lines: tuple[Line, ...]
    exits: Mapping[str, bool]
    """Services with a way out → whether they are known to need it."""

    @property
    def services(self) -> tuple[str, ...]:
        """All services from left to right."""
        return tuple(name for _, names in self.columns for name in names)


def sheet(project: Project, reach: Reach, title: str = "") -> Sheet:
    """What the picture of ``project`` shows, given who can reach whom in it."""
    boxes = {name: box for (_, name), box in survey([project]).boxes.items()}
    nodes = [node for node in in_order(reach.nodes) if node.kind == "service"]
    columns = tuple((tier, tuple(node.id for node in members)) for tier, members in groupby(nodes, key=lambda node: node.tier))
    order = [node.id for node in nodes]
    exits = {name: path.needed is True for name in order if (path := reach.between(name, Zone.INTERNET.value))}
    lines = sorted(_lines(project, reach, boxes, order), key=lambda line: [order.index(name) for name in line.members])
    heading = f"{title or project.name}: who shares which network"
    return Sheet(heading, f"on Docker {reach.engine}; {reach.summary}", columns, tuple(_doors(project, reach, boxes)), tuple(lines), exits)


# published ports


def _doors(project: Project, reach: Reach, boxes: Mapping[str, Box]) -> Iterator[Door]:
    told: set[tuple[str, object]] = set()
    for zone, label in DOORS.items():
        held: dict[str, tuple[str, ...]] = {}
        for name, box in boxes.items():
            found = [port for port in _ports(reach, zone, name, box) if (name, port) not in told and _itself(project, name)]
            told.update((name, port) for port in found)
            if found:
                held[name] = (ANY,) if box.mode == "host" else tuple(in_ranges(found))
        if held:
            yield Door(zone, label, held)


def _ports(reach: Reach, zone: str, name: str, box: Box) -> list[Published]:
    """The service's published ports that a zone reaches; all of the host's stand for one."""
    path = reach.between(zone, name)
    if path is None:
        return []
    return [_ALL] if box.mode == "host" else [port for port in box.published if any(road.startswith(shown(port)) for road in path.via)]


def in_ranges(ports: Iterable[Published]) -> list[str]:
    """Host ports as text, those that follow on each other as a range; ``?`` where the engine picks one."""
    known = list(ports)
    numbers = sorted({(port.protocol, int(port.host_port)) for port in known if port.host_port.isdigit()})
    runs: list[list[tuple[str, int]]] = []
    for protocol, number in numbers:
        if runs and runs[-1][-1] == (protocol, number - 1):
            runs[-1].append((protocol, number))
        else:
            runs.append([(protocol, number)])
    odd = sorted({f"{port.host_port or '?'}{_suffix(port.protocol)}" for port in known if not port.host_port.isdigit()})
    return [*(_range(run) for run in runs), *odd]


def _range(run: Sequence[tuple[str, int]]) -> str:
    protocol, first = run[0]
    return f"{first}{f'–{run[-1][1]}' if len(run) > 1 else ''}{_suffix(protocol)}"


def _suffix(protocol: str) -> str:
    return "" if protocol == "tcp" else f"/{protocol}"


# networks


def _lines(project: Project, reach: Reach, boxes: Mapping[str, Box], order: Sequence[str]) -> Iterator[Line]:
    nets = dict.fromkeys(net for name in order for net in boxes[name].nets if net.name != GATEWAY_BRIDGE)
    for net in nets:
        members = {name: _itself(project, name) for name in order if net in boxes[name].nets}
        yield Line(net.label, net.internal, (*_particular(net), *_pairs(reach, members)), members)
    for mode, label in (("host", "the host's network"), ("none", "no network")):
        members = {name: True for name in order if boxes[name].mode == mode}
        if members:
            yield Line(label, False, (), members)


def _itself(project: Project, service: str) -> bool:
    return project.services[service].network_mode.partition(":")[0] not in ("service", "container")


def _particular(net: Net) -> Iterator[str]:
    if net.internal:
        yield "internal"
    if net.medium is not Medium.BRIDGE:
        yield "overlay" if net.medium is Medium.OVERLAY else "macvlan or ipvlan"
    if net.assumed:
        yield "external: others may be on it"
    if not net.icc:
        yield "members kept apart"


def _pairs(reach: Reach, members: Iterable[str]) -> Iterator[str]:
    """How many paths there are between the members, and how many of them are needed where anything is known of that."""
    needs = [path.needed for pair in permutations(members, 2) if (path := reach.between(*pair))]
    known = any(need is not None for need in needs)
    if needs:
        yield f"{len(needs)} path{'s' if len(needs) > 1 else ''}" + (f", {needs.count(True)} needed" if known else "")
