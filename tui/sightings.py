"""What was seen so far of a running project: a table that grows, and what is said of each of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from batten.design.learning import length
from batten.design.sections.observed import Observations, Sighting
from batten.model import Connection, EvidenceKind, Zone
from batten.report.observation import name
from tui.presentation import QUIET, because, bullet, meter, several, words
from tui.table import Column, Line, Table

if TYPE_CHECKING:
    from batten.engine.observing import Look
    from batten.session import Session

_COLUMNS = (Column("calls", 24), Column("is called", 24), Column("ports", 20), Column("times", 7), Column("first", 8), Column("last", 8), Column("", 12))
_UNSURE = (EvidenceKind.ASSUMED, EvidenceKind.ORDERED)
_ZONES = frozenset(Zone)
_OUTSIDE = (Zone.INTERNET, Zone.LAN)


class Sightings:
    """Takes look after look; each of them knows everything since watching began."""

    def __init__(self, session: Session, seconds: float | None) -> None:
        self.session, self.seconds = session, seconds
        self.look: Look | None = None
        self._held: Mapping[tuple[str, str], Connection] = {(one.source, one.target): one for one in session.design.connections}

    @property
    def seen(self) -> Observations:
        """Everything."""
        return self.look.observations if self.look is not None else Observations()

    def table(self) -> Table:
        """A row for each pair, connections between services first."""
        ordered = sorted(self.seen.sightings, key=lambda one: (not _ZONES.isdisjoint((*one.sources, *one.targets)), one.sources, one.targets))
        return Table(_COLUMNS, [Line((one.sources, one.targets), self._cells(one)) for one in ordered])

    def of(self, ends: object) -> Sighting | None:
        """What was seen of the ends that a row is about."""
        return next((one for one in self.seen.sightings if (one.sources, one.targets) == ends), None)

    def _cells(self, one: Sighting) -> tuple[tuple[str, str], ...]:
        word, style = self.verdict(one)
        times = ((f"{moment.astimezone():%H:%M:%S}", QUIET) for moment in (one.first, one.last))
        return (name(one.sources), "bold"), (name(one.targets), "bold"), (", ".join(one.ports), ""), (str(one.times), ""), *times, (word, style)

    def verdict(self, one: Sighting) -> tuple[str, str]:
        """Whether it was expected, in a word."""
        if not one.certain:
            return "one of these", QUIET
        held = self.held(one)
        if held is not None:
            return ("assumed: SEEN", "$text-accent") if held.evidence and held.evidence[0].kind in _UNSURE else ("expected", "$text-success")
        return ("outside", QUIET) if not _ZONES.isdisjoint(one.pair) else ("NEW", "bold $text-warning")

    def held(self, one: Sighting) -> Connection | None:
        """The connection of the design that it shows."""
        source, target = one.pair
        return self._held.get((source, Zone.INTERNET.value if target in _OUTSIDE else target))

    @property
    def news(self) -> int:
        """How many pairs no file speaks for."""
        return sum(self.verdict(one)[0] == "NEW" for one in self.seen.sightings)

    def awaited(self) -> list[Connection]:
        """What is kept although little speaks for it, and was not seen."""
        unsure = (one for one in self._held.values() if one.evidence and one.evidence[0].kind in _UNSURE and one.target in self.session.project.services)
        return [one for one in unsure if not self.seen.maybe(one.source, one.target)]

    def told(self, one: Sighting | None, width: int) -> Content:
        """What speaks for a pair, then what was not seen so far."""
        return Content("\n").join([*(self._pair(one) if one is not None else ()), *self._missing(width)])

    def _pair(self, one: Sighting) -> Iterator[Content]:
        word, style = self.verdict(one)
        yield Content.assemble(words(f"{name(one.sources)} → {name(one.targets)}", "bold"), f"   {several(one.times, 'connection')}   ", (word, style))
        held = self.held(one) if one.certain else None
        if held is not None:
            yield because(held.evidence, self.session.project)
        elif word == "NEW":
            yield words("No file speaks for it. Take it into the design (t), and it stays open.")
        elif not one.certain:
            yield words("These share a network namespace, so it cannot be told which of them it was.", QUIET)

    def _missing(self, width: int) -> Iterator[Content]:
        found = [f"{one.source} → {one.target}" for one in self.awaited()]
        if found and self.look is not None:
            yield bullet(f"Assumed, and not seen in {length(self.look.elapsed)}: {', '.join(found)}", width)

    def standing(self) -> Content:
        """How far it is, in figures."""
        if self.look is None:
            return words("looking for the first time …", QUIET)
        look, found = self.look, self.seen.sightings
        counted = [several(len(found), "pair"), several(sum(one.times for one in found), "connection"), several(len(look.running), "service")]
        new = (f"   {self.news} NEW", "bold $text-warning") if self.news else ""
        return Content.assemble(_how_far(look.elapsed, self.seconds), f"   {', '.join(counted)}", new)


def _how_far(elapsed: float, seconds: float | None) -> Content:
    if seconds is None:
        return Content(clock(elapsed))
    return meter(int(min(elapsed, seconds)), max(int(seconds), 1), f"{clock(min(elapsed, seconds))} of {clock(seconds)}")


def clock(seconds: float) -> str:
    """Minutes and seconds; hours where there are any."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
