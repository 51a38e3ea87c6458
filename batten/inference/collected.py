"""Evidence as it is gathered: by pair of services, each reason once."""

from __future__ import annotations

from collections.abc import Iterator

from batten.inference.scene import Scene
from batten.model import Connection, Evidence, EvidenceKind, Location

Pair = tuple[str, str]


class Collected:
    """Everything found so far about who needs whom."""

    __slots__ = ("pairs", "scene", "sources", "targets")

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.pairs: dict[Pair, list[Evidence]] = {}
        self.targets: dict[str, list[str]] = {}
        """For each source, in the order in which they were found."""
        self.sources: dict[str, list[str]] = {}
        """For each target, in the order in which they were found."""

    def copy(self) -> Collected:
        """The same, to be added to."""
        result = Collected(self.scene)
        result.pairs = {pair: list(reasons) for pair, reasons in self.pairs.items()}
        result.targets, result.sources = ({name: list(others) for name, others in side.items()} for side in (self.targets, self.sources))
        return result

    def add(self, source: str, target: str, kind: EvidenceKind, where: Location | None, text: str, *, past_networks: bool = False) -> None:
        """Note a reason, unless the two cannot talk today or the source never opens connections. ``past_networks``: they meet at the host's address."""
        if source == target or not (past_networks or self.scene.can_talk(source, target)) or not self._initiates(source, target):
            return
        reasons = self.pairs.get((source, target))
        if reasons is None:
            reasons = self.pairs[source, target] = []
            self.targets.setdefault(source, []).append(target)
            self.sources.setdefault(target, []).append(source)
        if not any(reason.kind is kind and reason.text == text for reason in reasons):
            reasons.append(Evidence(kind, where, text))

    def doubt(self, source: str, target: str, text: str) -> None:
        """Make an assumption of what was found between two; the place stays that of the strongest reason."""
        self.pairs[source, target] = [Evidence(EvidenceKind.ASSUMED, self.pairs[source, target][0].where, text)]

    def _initiates(self, source: str, target: str) -> bool:
        """A database talks to its own kind at most; an env file that it shares with others says nothing about it."""
        if not self.scene.passive(source):
            return True
        first, second = self.scene.facts[source], self.scene.facts[target]
        if not self.scene.data(source):
            return True
        return first is not None and second is not None and first.peers and first.role == second.role

    def between(self, source: str, target: str) -> list[Evidence]:
        """What is known about a pair."""
        return self.pairs.get((source, target), [])

    def out_of(self, source: str, weakest: EvidenceKind = EvidenceKind.ORDERED) -> Iterator[str]:
        """The services that ``source`` is known to need."""
        return (target for target in self.targets.get(source, ()) if _strong(self.pairs[source, target], weakest))

    def into(self, target: str, weakest: EvidenceKind = EvidenceKind.ORDERED) -> Iterator[str]:
        """The services that are known to need ``target``."""
        return (source for source in self.sources.get(target, ()) if _strong(self.pairs[source, target], weakest))

    def connections(self) -> tuple[Connection, ...]:
        """All pairs in the order of the services in the project, strongest evidence first."""
        order = {name: number for number, name in enumerate(self.scene.project.services)}
        pairs = sorted(self.pairs.items(), key=lambda item: (order[item[0][0]], order[item[0][1]]))
        return tuple(Connection(source, target, _strongest_first(reasons)) for (source, target), reasons in pairs)


def _strongest_first(reasons: list[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(reasons, key=lambda reason: -reason.kind.strength) if len(reasons) > 1 else reasons)


def _strong(reasons: list[Evidence], weakest: EvidenceKind) -> bool:
    bar = weakest.strength
    return any(reason.kind.strength >= bar for reason in reasons)
