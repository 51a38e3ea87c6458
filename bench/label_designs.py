"""What the proposed design does to projects labelled by hand: needed connections that stay possible, other pairs that are closed.

Run as ``python bench/label_designs.py FOLDER``; the folder is as for ``labels.py``. Closable are the ordered pairs that can meet today and of which neither
needs the other; pairs that a label calls uncertain count neither for nor against. The second line of each project is the same for a user who answers every
question about an assumed connection truthfully: what is uncertain he does not keep. The third is for one who watched the project while it ran, and closes what
was not seen.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Set
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from batten.design import Design, learning, segmentation
from batten.design.proposal import propose
from batten.design.sections.networks import KEEP, LEAST
from batten.design.sections.observed import Observations, Sighting, Watch
from batten.design.sections.tiers import plain
from batten.hardening import harden
from batten.inference.egress import egress_needs
from batten.inference.scene import home
from batten.model import Connection, EvidenceKind, Project, Zone
from batten.session import Session
from bench.labels import projects
from wizards.connections import close_unseen
from wizards.cutting import cut

Pair = tuple[str, str]
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


class Kept(NamedTuple):
    """Counts that add up over projects."""

    needed: int = 0
    kept: int = 0
    closable: int = 0
    closed: int = 0
    networks: int = 0

    def plus(self, other: Kept) -> Kept:
        """The sums of two."""
        return Kept(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        share = f" ({self.closed / self.closable:.1%})" if self.closable else ""
        return f"needed kept {self.kept}/{self.needed}; closable pairs closed {self.closed}/{self.closable}{share}; {self.networks} networks"


def meet(project: Project, pair: Pair) -> bool:
    """Whether a network design lets the two meet: a common network or namespace, or one of them on the host's network."""
    first, second = (project.services[home(project, name)] for name in pair)
    return first is second or bool(first.networks.keys() & second.networks.keys()) or "host" in (first.network_mode, second.network_mode)


def measure(label: Mapping[str, Any], project: Project, design: Design) -> Kept:
    """The counts of one project hardened with ``design``."""
    after = harden(project, design).after
    names = [name for name in label["services"] if name in project.services]
    needed = {(one, other) for one, other, *_ in label["connections"]}
    unsure = {(one, other) for one, other, *_ in label["uncertain_connections"]}
    pairs = [(one, other) for one in names for other in names if one != other and meet(project, (one, other))]
    closable = [pair for pair in pairs if not {pair, pair[::-1]} & needed and pair not in unsure]
    kept = [pair for pair in needed if meet(after, pair)]
    return Kept(len(needed), len(kept), len(closable), sum(not meet(after, pair) for pair in closable), len(design.networks.networks))


def answered(label: Mapping[str, Any], project: Project, design: Design) -> Design:
    """The design after a truthful answer to every question, cut into the fewest networks."""
    true = {(one, other) for one, other, *_ in label["connections"]}
    known = [one for one in design.connections if not _asked(one) or (one.source, one.target) in true or one.target == Zone.INTERNET]
    if design.networks.strategy == KEEP:
        return replace(design, connections=tuple(known))
    networks = segmentation.propose(project, plain(design.tiers), known, design.published, egress_needs(project), LEAST)
    return replace(design, connections=tuple(known), networks=networks)


def watched(label: Mapping[str, Any], project: Project, design: Design) -> Design:
    """The design after an hour of watching in which every labelled connection was seen, once what was not seen is closed; cut into the fewest networks."""
    return seen(project, design, {(one, other) for one, other, *_ in label["connections"]})


def seen(project: Project, design: Design, pairs: Set[Pair]) -> Design:
    """The design after an hour of watching in which these pairs were seen and no others, once what was not seen is closed; cut into the fewest networks."""
    sightings = tuple(Sighting((one,), (other,), ("80/tcp",), 1, _THEN, _THEN) for one, other in sorted(pairs))
    observations = Observations(sightings, (Watch(3600, frozenset(project.services)),))
    closed = close_unseen(Session(project, learning.learned(design, project, observations))).design
    return closed if closed.networks.strategy == KEEP else cut(project, closed, LEAST)


def _asked(connection: Connection) -> bool:
    """Whether the user is asked about it: nothing but an assumption speaks for it."""
    return connection.target != Zone.INTERNET and connection.evidence[0].kind is EvidenceKind.ASSUMED


def questions(design: Design) -> int:
    """How many questions are asked: one for each service with connections to ask about."""
    return len({one.source for one in design.connections if _asked(one)})


def main(folder: str) -> int:
    """Print the figures of every project and of all together."""
    total, truthful, seen, services, asked = Kept(), Kept(), Kept(), 0, 0
    for label, project in projects(Path(folder)):
        design = propose(project)
        here = questions(design)
        first, second = measure(label, project, design), measure(label, project, answered(label, project, design))
        third = measure(label, project, watched(label, project, design))
        total, truthful, seen = total.plus(first), truthful.plus(second), seen.plus(third)
        services, asked = services + len(project.services), asked + here
        print(f"{label['slug']} ({design.networks.strategy})\n  {first}\n  answered {here} of {len(project.services)} services asked about: {second}")
        print(f"  observed: {third}")
    print(f"TOTAL\n  {total}\n  answered: {truthful}\n  observed: {seen}")
    print(f"  {asked} questions, one for each service with connections to ask about, on {services} services")
    return 0 if total.kept == total.needed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
