"""What is known of which connections are needed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from batten.model import Connection, Evidence, EvidenceKind, Zone
from batten.reach.paths import ZONES, ReachPath
from batten.reach.roads import Road, ports_of


class Need:
    """The evidence for each pair; nothing is said of need where no connections were told."""

    def __init__(self, connections: Sequence[Connection] | None) -> None:
        self.told = connections is not None
        self.evidence: dict[tuple[str, str], tuple[Evidence, ...]] = {}
        for connection in connections or ():
            pair = connection.source, connection.target
            self.evidence[pair] = (*self.evidence.get(pair, ()), *connection.evidence)

    def path(self, source: str, target: str, roads: Sequence[Road]) -> ReachPath:
        """A path with what is known of its need."""
        evidence = self.evidence.get((source, target), ())
        return ReachPath(source, target, ports_of(roads), tuple(road.text for road in roads), self._needed(source, target), evidence)

    def _needed(self, source: str, target: str) -> bool | None:
        """True with evidence, None with an assumption only; the rest is known not to be needed where the connections were told.

        What comes in from a zone and what goes to the LAN or the host stays unknown without evidence, since nobody collects it.
        """
        if (source, target) in self.evidence:
            return True if supported(self.evidence[source, target]) else None
        collected = source not in ZONES and target not in (Zone.LAN, Zone.HOST)
        return False if self.told and collected else None

    def supported(self) -> Iterator[tuple[str, str]]:
        """The pairs for which something speaks besides an assumption."""
        return ((source, target) for (source, target), evidence in self.evidence.items() if source != target and supported(evidence))

    def unmet(self, is_open: Callable[[str, str], bool], services: Container[str]) -> tuple[Connection, ...]:
        """Needed connections without a road."""
        return tuple(
            Connection(source, target, self.evidence[source, target])
            for source, target in self.supported()
            if source in services and (target in services or target in ZONES) and not is_open(source, target)
        )


def supported(evidence: Iterable[Evidence]) -> bool:
    """Whether more than an assumption speaks for it."""
    return any(one.kind is not EvidenceKind.ASSUMED for one in evidence)
