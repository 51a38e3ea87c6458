"""From a project to who can reach whom, on one engine version or on whichever it may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from batten.model import Connection, Project, Tier
from batten.reach.closed import Explainer
from batten.reach.engines import choose
from batten.reach.landscape import Box, survey
from batten.reach.need import Need
from batten.reach.paths import ZONES, Node, Reach
from batten.reach.settings import DEFAULTS, Settings
from batten.reach.situation import Situation
from batten.reach.ways import Closed, Ways


def predict(
    project: Project,
    *,
    engine: str = "28.5",
    connections: Sequence[Connection] | None = None,
    tiers: Mapping[str, Tier] | None = None,
    settings: Settings = DEFAULTS,
    swarm: bool | None = None,
) -> Reach:
    """Who can reach whom in ``project``.

    ``engine`` is a version, or ``any`` for one that is not known: then everything counts as open that one of the measured engines opens.
    ``connections`` are the needed ones; without them nothing is said of need. ``swarm`` says that the project is a stack (None: seen from its networks).
    """
    landscape = survey([project], swarm=swarm)
    boxes = {name: landscape.boxes[project.name, name] for name in project.services}
    choice = choose(engine)
    situations, need = [Situation(row, settings) for row in choice.rows], Need(connections)
    ways = Ways(situations, boxes, need)
    nodes = (*(Node(name, "service", (tiers or {}).get(name, "")) for name in boxes), *(Node(zone, "zone") for zone in ZONES))
    closed = Closed(ways, list(boxes), Explainer(situations, boxes).sentence)
    return Reach(nodes, ways, choice.label, tuple(_notes(landscape.unknown, boxes)), need.unmet(ways.is_open, boxes), closed)


class Count(NamedTuple):
    """How many ordered pairs of services are open, and how many of those are needed for more than an assumption."""

    paths: int
    needed: int


def count_paths(project: Project, connections: Sequence[Connection], *, engine: str = "28.5", settings: Settings = DEFAULTS) -> Count:
    """What ``predict`` comes to for pairs of services, without naming the pairs: containers on the same networks are counted together."""
    landscape = survey([project], swarm=None)
    boxes = {name: landscape.boxes[project.name, name] for name in project.services}
    ways = Ways([Situation(row, settings) for row in choose(engine).rows], boxes, Need(connections))
    return Count(len(ways.among_services), ways.needed)


def _notes(unknown: Mapping[tuple[str, str], str], boxes: Mapping[str, Box]) -> Iterator[str]:
    """What the reader should know of how sure this is."""
    for (_, service), container in unknown.items():
        yield f"{service} lives in the network namespace of {container}, which is not in this project: what that container can reach is not known."
    assumed = {net.label: None for box in boxes.values() for net in box.nets if net.assumed and net.user_defined}
    for label in assumed:
        yield f"Network {label} is external: it is taken for an ordinary bridge, and who else is on it is not known."
    for name in boxes:
        if name in ZONES:
            yield f"Service {name} bears the name of a zone: the two are told apart by their kind only."
