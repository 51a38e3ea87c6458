"""Hold what was measured against what ``batten.reach`` predicted, pair by pair and port by port."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from batten.reach import Reach
from tests.engine.bench import ZONES
from tests.engine.probes import Measured


class Pair(NamedTuple):
    """One ordered pair: the container ports of the target that answer, as predicted and as measured."""

    source: str
    target: str
    predicted: frozenset[str]
    measured: frozenset[str]

    @property
    def equal(self) -> bool:
        """Whether the prediction holds on every port that was asked."""
        return self.predicted == self.measured

    @property
    def of_services(self) -> bool:
        """Whether neither end is a zone."""
        return self.source not in ZONES and self.target not in ZONES

    def __str__(self) -> str:
        return f"{self.source} → {self.target}: predicted {sorted(self.predicted) or 'closed'}, measured {sorted(self.measured) or 'closed'}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pairs of one project on one engine."""

    pairs: tuple[Pair, ...]
    probes: int
    unasked: tuple[tuple[str, str], ...]
    """Pairs that are predicted open but about which nothing was asked."""

    @property
    def wrong(self) -> list[str]:
        """What does not agree; empty when all is as predicted."""
        return [str(pair) for pair in self.pairs if not pair.equal] + [f"{source} → {target}: never asked" for source, target in self.unasked]

    def open(self, *, of_services: bool) -> int:
        """How many pairs were measured open."""
        return sum(1 for pair in self.pairs if pair.measured and pair.of_services is of_services)

    def measured(self, source: str, target: str) -> frozenset[str]:
        """The ports of ``target`` that answered ``source``."""
        return next(pair.measured for pair in self.pairs if (pair.source, pair.target) == (source, target))


def compare(reach: Reach, rows: Sequence[Measured]) -> Comparison:
    """Every pair that was asked, and those that should have been."""
    asked: dict[tuple[str, str], set[str]] = defaultdict(set)
    answered: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        asked[row.source, row.probe.target].add(row.probe.door)
        if row.open:
            answered[row.source, row.probe.target].add(row.probe.door)
    predicted = _predicted(reach, asked)
    pairs = tuple(Pair(*ends, frozenset(predicted.get(ends, ())), frozenset(answered.get(ends, ()))) for ends in sorted(asked))
    return Comparison(pairs, len(rows), tuple(sorted({(path.source, path.target) for path in reach.paths} - set(asked))))


def _predicted(reach: Reach, asked: dict[tuple[str, str], set[str]]) -> dict[tuple[str, str], set[str]]:
    """Of the ports that were asked, those that a path opens; a path without ports opens all."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path in reach.paths:
        ends = (path.source, path.target)
        found[ends] |= asked.get(ends, set()).intersection(path.ports) if path.ports else asked.get(ends, set())
    return found


def table(title: str, columns: dict[str, tuple[Comparison, int, int]]) -> str:
    """One column for each comparison, with the needed connections alive and in all."""
    return "\n".join([title, *_lines(columns.items())])


def _lines(columns: Iterable[tuple[str, tuple[Comparison, int, int]]]) -> list[str]:
    rows: dict[str, list[str]] = defaultdict(list)
    for name, (comparison, alive, needed) in columns:
        rows[""].append(name)
        for of_services, what in ((True, "pairs of services"), (False, "pairs with host, lan or internet")):
            pairs = [pair for pair in comparison.pairs if pair.of_services is of_services]
            rows[f"{what}: measured"].append(str(len(pairs)))
            rows[f"{what}: equal to the prediction"].append(str(sum(1 for pair in pairs if pair.equal)))
            rows[f"{what}: open (paths)"].append(str(comparison.open(of_services=of_services)))
        rows["needed connections alive"].append(f"{alive} of {needed}")
        rows["connection attempts"].append(str(comparison.probes))
    return [f"  {label:<58}" + "".join(f"{cell:>12}" for cell in cells) for label, cells in rows.items()]
