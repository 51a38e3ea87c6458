"""Compares the reach predictor with measurements, row by row: ``python bench/reach_facts.py FACTS``.

FACTS is a folder with ``reach/matrix.yaml`` (one measured probe a row) and ``reach/scenarios/`` (the compose files that were up). The exit code
is 1 where a row disagrees on open or closed.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from batten.compose import load_project
from batten.reach.engines import choose
from batten.reach.landscape import DEFAULT_BRIDGE, GATEWAY_BRIDGE, Box, Landscape, Net, Published, survey
from batten.reach.probes import (
    Answer,
    Client,
    ContainerPort,
    Egress,
    HostAddress,
    HostPort,
    Name,
    Place,
    PublishedPort,
    Source,
    Spot,
    Target,
)
from batten.reach.rules import answer
from batten.reach.settings import Settings
from batten.reach.situation import Situation

FILES = {"12_external": ("12_external_one", "12_external_two"), "21_swarm": ("21_swarm_stack", "21_standalone")}
"""Scenarios that are more than one file, or not the file of their own name."""
PROJECTS = {"21_swarm_stack": "st"}
"""Stacks were deployed under this name, which other files mention."""

CLIENTS = {
    "host": Client(Place.HOST),
    "LAN client": Client(Place.LAN, "lan0"),
    "L2 neighbour": Client(Place.NEIGHBOUR, "seg0"),
    "outside": Client(Place.OUTSIDE, "wan0"),
    "segment machine": Client(Place.SEGMENT),
}
EGRESS = {"outside": Place.OUTSIDE, "LAN client": Place.LAN, "segment machine": Place.SEGMENT}
SPOTS = {
    "host WAN address": (Spot.PUBLIC, "203.0.113.1"),
    "host address WAN": (Spot.PUBLIC, "203.0.113.1"),
    "host LAN address": (Spot.NETWORK, "10.99.0.1"),
    "host address on its segment": (Spot.NETWORK, "10.98.0.1"),
    "host address on the parent": (Spot.PARENT, "10.97.0.1"),
    "127.0.0.1": (Spot.LOOPBACK, "127.0.0.1"),
    "host address 127.0.0.1": (Spot.LOOPBACK, "127.0.0.1"),
    "127.0.0.1 sent on the wire": (Spot.WIRE, "127.0.0.1"),
}
# The bench's macvlan segment has no router, so its containers had nowhere to go.
BENCH = Settings(segment_router=False)
CONFIGS = {
    None: BENCH,
    "ip_forward on before dockerd": Settings(forwarding_before=True),
    "iptables=false": Settings(iptables=False),
    "resolver on host loopback": Settings(loopback_resolver=True),
    "DOCKER_INSECURE_NO_IPTABLES_RAW=1": Settings(no_raw_rules=True),
    "allow-direct-routing": Settings(allow_direct_routing=True),
    "userland-proxy=false": Settings(userland_proxy=False),
    "experimental ip6tables": Settings(ip6tables=True),
    "icc=false": Settings(icc=False),
}


class Row(NamedTuple):
    """One measured probe."""

    scenario: str
    engine: str
    config: str | None
    source: str
    target: str
    via: str
    protocol: str
    result: str
    note: str

    @property
    def answer(self) -> Answer:
        """What the client saw."""
        return Answer.NO_ROUTE if self.result == "refused" and self.note.startswith("no route") else Answer(self.result)


@dataclass
class Outcome:
    """What the comparison found."""

    rows: int = 0
    agreeing: int = 0
    same_kind: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[Row, Answer]] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """Rows that were predicted."""
        return self.agreeing + len(self.wrong)


def left_out(row: Row) -> str:
    """Why a row says nothing about the predictor, or an empty text."""
    if row.scenario.startswith("FW") and row.scenario not in ("FW baseline", "FW2 after restart, no user rule"):
        return "a firewall of one's own is at work, which the predictor does not know"
    if row.via == "-":
        return "the scenario could not be started (the kernel has no ipvlan)"
    if "routing mesh" in row.target:
        return "the routing mesh cannot run on this kernel (no IPVS)"
    if row.source == "L2 neighbour" and " v6" in row.via:
        return "the neighbour had no IPv6 route on the bench"
    return ""


class Scene:
    """A scenario's landscape and the words of its rows."""

    def __init__(self, landscape: Landscape) -> None:
        self.boxes = {service: box for (_, service), box in landscape.boxes.items()}
        self.nets = landscape.nets

    def probe(self, row: Row) -> tuple[Source, Target]:
        """What a row tried."""
        name = row.source.partition(" (")[0]
        source = CLIENTS.get(row.source) or self.boxes[name]
        return source, self._target(row, source)

    def _target(self, row: Row, source: Source) -> Target:
        if row.protocol == "dns":
            return self._name(row.target)
        family = 6 if " v6" in row.via or row.via == "::1" else 4
        if row.via.startswith("egress"):
            return Egress(EGRESS[row.target.rpartition(" ")[0]], family)
        if row.target.startswith("host service"):
            return HostPort(self._address(row, source, family), "127.0.0.1 only" in row.target)
        if row.target.startswith("published"):
            box, published = self._published(row)
            return PublishedPort(box, published, self._address(row, source, family, box))
        return self._container(row, source, family)

    def _name(self, text: str) -> Target:
        if text == "external name":
            return Name("example")
        words = re.match(r"name (\S+)(?: \(alias of (\S+))?", text)
        assert words is not None, text
        return Name(words[1], self.boxes[words[2] or words[1]])

    def _published(self, row: Row) -> tuple[Box, Published]:
        port, _, service = row.target.removeprefix("published ").partition(" of ")
        host_port = port.rpartition(":")[2].replace("EPHEMERAL", "")
        box = self.boxes[service.partition("/")[0].partition(" ")[0]]
        return box, next(published for published in box.published if published.host_port == host_port)

    def _container(self, row: Row, source: Source, family: int) -> Target:
        service, _, port = row.target.partition(":")
        box = self.boxes[service]
        if box.mode == "host":
            return HostPort(self._address(row, source, family))
        named = re.search(r" on (\S+)$", row.via)
        net = self._net(named[1], box) if named else box.nets[0]
        return ContainerPort(box, net, int(port.partition("/")[0]), row.protocol, family)

    def _address(self, row: Row, source: Source, family: int, target: Box | None = None) -> HostAddress:
        via = row.via.removesuffix(" v6")
        if via == "::1":
            return HostAddress(Spot.LOOPBACK, 6, None, "::1")
        if via in SPOTS:
            spot, text = SPOTS[via]
            return HostAddress(spot, family, None, text if family == 4 else "")
        return HostAddress(Spot.GATEWAY, family, self._gateway(via, source, target))

    def _gateway(self, via: str, source: Source, target: Box | None) -> Net:
        if "docker0" in via:
            return self.nets[DEFAULT_BRIDGE]
        if "docker_gwbridge" in via:
            return self.nets[GATEWAY_BRIDGE]
        named = re.search(r"\((.*)\)", via)
        own = via.startswith("own gateway")
        box = source if own else target
        assert isinstance(box, Box), via
        return self._net(named[1], box) if named else box.nets[0]

    def _net(self, label: str, box: Box) -> Net:
        """The network of that name as the box knows it, or as anybody does."""
        return next((net for net in box.nets if net.label == label), None) or next(net for net in self.nets.values() if net.label == label)


class Comparison:
    """Feeds the rows of a facts folder to the predictor."""

    def __init__(self, facts: Path) -> None:
        self.folder = facts / "reach"
        self.scene = cache(self._scene)

    def _scene(self, scenario: str) -> Scene:
        files = ("FW_firewall",) if scenario.startswith("FW") else FILES.get(scenario, (scenario,))
        projects = [load_project([self.folder / "scenarios" / f"{name}.yaml"], project_name=PROJECTS.get(name, f"p{at}")) for at, name in enumerate(files)]
        return Scene(survey(projects))

    def rows(self) -> list[Row]:
        """Every measured row."""
        return [row_of(row) for row in _load(self.folder / "matrix.yaml")]

    def predict(self, row: Row) -> Answer:
        """What the predictor says of a row."""
        source, target = self.scene(row.scenario).probe(row)
        return answer(Situation(choose(row.engine).rows[0], CONFIGS[row.config]), source, target)

    def run(self, rows: Iterable[Row] | None = None) -> Outcome:
        """Every row, compared."""
        outcome = Outcome()
        for row in self.rows() if rows is None else rows:
            outcome.rows += 1
            reason = left_out(row)
            if reason:
                outcome.left_out[reason] += 1
                continue
            predicted = self.predict(row)
            outcome.same_kind += predicted is row.answer
            if predicted.is_open == row.answer.is_open:
                outcome.agreeing += 1
            else:
                outcome.wrong.append((row, predicted))
        return outcome


def row_of(row: Mapping[str, Any]) -> Row:
    """A row of the file, typed."""
    return Row(row["scenario"], row["engine"], row.get("config"), row["from"], row["to"], row["via"], row["proto"], row["result"], row["note"])


def _load(path: Path) -> list[Mapping[str, Any]]:
    import yaml

    with path.open("rb") as stream:
        loaded: list[Mapping[str, Any]] = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def report(outcome: Outcome) -> str:
    """The figures and every disagreement."""
    lines = [f"{outcome.rows} rows, {outcome.compared} compared, {outcome.agreeing} agree on open or closed, {len(outcome.wrong)} do not"]
    lines.append(f"{outcome.same_kind} agree on the kind of closed too (refused, timeout, no route, unresolved)")
    lines += [f"{count} left out: {reason}" for reason, count in sorted(outcome.left_out.items())]
    lines += [
        f"WRONG {row.scenario} {row.engine} [{row.config}] {row.source} → {row.target} by {row.via} ({row.protocol}): measured {row.answer}, predicted {said}"
        for row, said in outcome.wrong
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Runs the comparison on the folder given."""
    if len(arguments) != 1:
        print("usage: python bench/reach_facts.py FACTS", file=sys.stderr)
        return 2
    outcome = Comparison(Path(arguments[0])).run()
    print(report(outcome))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
