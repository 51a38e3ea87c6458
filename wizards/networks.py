"""The step that cuts the networks: how, who is on which, and which of them have a way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from batten.design import Design, room, segmentation, subnets
from batten.design.sections.networks import FITTED, KEEP, LEAST, TIERS, Networks, PlannedNetwork
from batten.inference.egress import egress_needs
from batten.model import Evidence, Project
from batten.session import Session
from wizards.cutting import cut
from wizards.questions import Answer, Choice, Question, Step, one_of

STRATEGY = "networks.strategy"
ADDRESSES = "networks.addresses"
INTERNAL, OPEN = "internal", "open"
POOLS, OWN = "pools", "own"

_STRATEGIES = (
    Choice(LEAST, "only who needs whom", "the fewest networks on which nobody meets a service that neither needs"),
    Choice(FITTED, "only who needs whom, as far as there is room", "the same, joined where Docker's address pools are too small for all projects of a host"),
    Choice(TIERS, "cut along the tiers", "fewer networks; services of a tier that need the same ones may meet"),
    Choice(KEEP, "keep the project's own", "everybody who shares a network now still does"),
)
_SOURCES = (
    Choice(POOLS, "Docker's pools", f"they hold about {room.POOLS} networks for all projects of a host; when they are used up, no network can be made"),
    Choice(OWN, "a range of their own", "254 addresses each out of 10.128.0.0/9; change them in batten.yaml where your own networks lie there"),
)
_WAYS_OUT = (
    Choice(INTERNAL, "no way out", "nobody on it reaches the internet through it, and nothing is published on it (internal: true)"),
    Choice(OPEN, "a way out", "whoever is on it reaches the internet, and ports can be published"),
)


class NetworksStep(Step):
    """Which networks there are to be."""

    name = "networks"
    title = "Networks"
    aside = "There is nothing to cut."
    why = (
        "A network is a road: whoever shares one can meet. An intruder in one service gets as far as its networks go. On a network without a way out "
        "(internal) he can neither fetch his tools nor send your data home; the host itself still reaches it."
    )

    def questions(self, session: Session) -> list[Question]:
        """How they are cut, then for each network its way out and its members; at last, where new ones take their addresses from."""
        return [self._strategy(session), *self._each(session), *self._addresses(session)]

    def _strategy(self, session: Session) -> Question:
        flat = segmentation.is_flat(session.project)
        return Question(
            id=STRATEGY,
            subject="all networks",
            prompt="How shall the services be kept apart?",
            why="All services share one network now." if flat else "The project has networks of its own; they stay, and those that need no way out lose it.",
            choices=_STRATEGIES if flat else _STRATEGIES[-1:],
            default=session.design.networks.strategy,
        )

    def _each(self, session: Session) -> Iterator[Question]:
        needs = egress_needs(session.project)
        for name, network in session.design.networks.networks.items():
            if not _is_given(name, session.project):
                yield self._way_out(name, network, needs)
            yield self._members(name, network, session.project)

    def _way_out(self, name: str, network: PlannedNetwork, needs: Mapping[str, Evidence]) -> Question:
        return Question(
            id=f"{self.name}.{name}.internal",
            subject=name,
            prompt=f"May those on {name} reach the internet through it?",
            why=network.why,
            choices=_WAYS_OUT,
            default=INTERNAL if network.internal else OPEN,
            evidence=tuple(_named(member, needs[member]) for member in network.services if member in needs),
        )

    def _members(self, name: str, network: PlannedNetwork, project: Project) -> Question:
        movable = [service for service, found in project.services.items() if found.networks]
        return Question(
            id=f"{self.name}.{name}.services",
            subject=name,
            prompt=f"Who is on {name}?",
            why=network.why,
            choices=tuple(Choice(service, service) for service in movable),
            default=tuple(network.services),
            several=True,
        )

    def _addresses(self, session: Session) -> Iterator[Question]:
        new = [network for name, network in session.design.networks.networks.items() if name not in session.project.networks]
        if new:
            yield Question(
                id=ADDRESSES,
                subject="addresses",
                prompt=f"Where do the {len(new)} new networks take their addresses from?"
                if len(new) > 1
                else "Where does the new network take its addresses from?",
                why=f"Together with what other projects of the host take, more than about {room.POOLS} do not fit into Docker's default pools.",
                choices=_SOURCES,
                default=OWN if any(network.subnet for network in new) else POOLS,
            )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with its networks cut so, or with one network changed."""
        if id == STRATEGY:
            return cut(project, design, one_of(value))
        if id == ADDRESSES:
            return replace(design, networks=subnets.given(design.networks, project) if one_of(value) == OWN else subnets.left_to_docker(design.networks))
        name, _, matter = id.removeprefix(f"{self.name}.").rpartition(".")
        network = design.networks.networks[name]
        if matter == "internal":
            changed = replace(network, internal=value == INTERNAL)
        else:
            changed = replace(network, services=(value,) if isinstance(value, str) else value)
        return replace(design, networks=Networks(design.networks.strategy, {**design.networks.networks, name: changed}))


def _named(service: str, need: Evidence) -> Evidence:
    return need._replace(text=f"{service}: {need.text}")


def _is_given(name: str, project: Project) -> bool:
    """Whether it is not for us to say: a network that is external, or internal already."""
    own = project.networks.get(name)
    return own is not None and (own.external or own.internal)
