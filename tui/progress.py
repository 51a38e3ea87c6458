"""How far an applying or an undoing is: its steps, what is asked, and a table of what matters now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from batten.engine.events import GO, Ended, Event, Outcome, Stage, Standings, Step, Suspect, Suspected, TakenBack, Verified, Written
from batten.engine.foreseeing import Foreseen
from batten.engine.verifying import Measured
from batten.report.applying import Words
from tui.presentation import QUIET, bullet, meter, several, words
from tui.table import Column, Line, Table

if TYPE_CHECKING:
    from batten.engine.events import Question
    from batten.engine.settling import Standing

NAMES = {
    Stage.PLAN: "plan",
    Stage.ASK: "ask",
    Stage.WRITE: "write",
    Stage.START: "bring up",
    Stage.HEALTH: "wait",
    Stage.VERIFY: "compare",
    Stage.LOGS: "read logs",
    Stage.UNDO: "put back",
}
_THERE = (Stage.PLAN, Stage.ASK, Stage.WRITE, Stage.START, Stage.HEALTH, Stage.VERIFY, Stage.LOGS)
_BACK = (Stage.PLAN, Stage.ASK, Stage.UNDO, Stage.START, Stage.HEALTH)
_STYLES = {
    Outcome.APPLIED: "bold $text-success",
    Outcome.NOTHING: "$text-success",
    Outcome.CHANGED: "bold $text-accent",
    Outcome.UNDONE: "bold $text-accent",
    Outcome.KEPT: "bold $text-warning",
    Outcome.DECLINED: QUIET,
}
_FORESEEN = (Column("what", 30), Column("what happens", 22), Column("why", 60))
_STANDING = (Column("service", 24), Column("container", 30), Column("how it stands", 40))
_SUSPECTS = (Column("what may be behind it", 34), Column("likely", 6), Column("why", 60))
_SHARE = {80: "very", 60: "likely", 30: "maybe"}
"""From which weight on a suspect is called how likely."""


class Progress:
    """Takes the events of one run after the other."""

    def __init__(self, mask: Callable[[str], str], *, back: bool = False) -> None:
        self.mask = mask
        self.order: Sequence[Stage] = _BACK if back else _THERE
        self.step: Step | None = None
        self.foreseen: Foreseen | None = None
        self.question: Question | None = None
        """What waits for an answer."""
        self.standings: Standings | None = None
        self.measured: Measured | None = None
        self.suspected = Suspected((), ())
        self.written: Written | None = None
        self.taken: list[TakenBack] = []
        self.ended: Ended | None = None
        self.log: list[str] = []
        self._words = Words(mask, 400)

    def take(self, event: Event) -> None:
        """Take what happened."""
        self.log += self._words.lines(event) if not isinstance(event, Verified | Measured) else ()
        match event:
            case Step():
                self._begin(event)
            case Foreseen():
                self.foreseen = event
            case Standings():
                self.standings = event
            case Measured():
                self.measured = event
            case Suspected():
                self.suspected = event
            case Written():
                self.written = event
            case TakenBack():
                self.taken.append(event)
            case Ended():
                self.ended = event

    def _begin(self, step: Step) -> None:
        self.step = step
        if step.stage is Stage.UNDO:
            self.order = _BACK
        if step.stage in (Stage.WRITE, Stage.UNDO):
            self.suspected = Suspected((), ())
        self.measured = None

    @property
    def in_place(self) -> bool:
        """Whether hardened files were written and not put back."""
        return self.written is not None and self.order is not _BACK

    # as words

    def stages(self) -> Content:
        """Every step in a line: done, at it, to come."""
        at = self.order.index(self.step.stage) if self.step is not None and self.step.stage in self.order else -1
        over = self.ended is not None and self.ended.outcome is not Outcome.DECLINED
        return Content("  ").join(self._stage(NAMES[stage], index, len(self.order) if over else at) for index, stage in enumerate(self.order))

    def _stage(self, name: str, index: int, at: int) -> Content:
        if index < at:
            return Content.styled(f"✓ {name}", "$text-success")
        return Content.styled(f"▶ {name}", "bold $primary") if index == at else Content.styled(f"· {name}", QUIET)

    def standing(self) -> Content:
        """What is asked, how it ended, or what is being done now."""
        if self.question is not None:
            return words(self.mask(self.question.text), "bold $text-warning")
        if self.ended is not None:
            return words(self.mask(self.ended.text), _STYLES[self.ended.outcome])
        return Content.assemble(words(self.step.text if self.step else "", "$text-accent"), "   ", self._figures())

    def _figures(self) -> Content:
        if self.measured is not None:
            return meter(self.measured.done, self.measured.total)
        if self.standings is not None and self.step is not None and self.step.stage is Stage.HEALTH:
            found = self.standings.containers
            return meter(sum(one.settled for one in found), max(len(found), 1))
        return Content("")

    # as a table

    def table(self) -> Table:
        """What matters now: what will happen, what may be behind the trouble, or how the containers stand."""
        asked = self.question.kind if self.question is not None else ""
        if asked != GO and self.suspected.suspects and not self._undone:
            return Table(_SUSPECTS, [Line(one.unit, self._suspect(one)) for one in self.suspected.suspects])
        if self.standings is not None:
            return Table(_STANDING, [Line(one.container, self._container(one)) for one in self.standings.containers])
        return Table(_FORESEEN, list(self._foreseen(self.foreseen))) if self.foreseen is not None else Table((), ())

    @property
    def _undone(self) -> bool:
        return self.order is _BACK

    def _suspect(self, one: Suspect) -> tuple[tuple[str, str], ...]:
        likely = next((word for least, word in _SHARE.items() if one.weight >= least), "hardly")
        return (one.unit, "bold"), (likely, "$text-warning"), (self.mask(one.why), "")

    def _container(self, one: Standing) -> tuple[tuple[str, str], ...]:
        style = "bold $text-error" if one.failed else ""
        return (one.service, "bold"), (one.container, QUIET), (self.mask(f"{'FAILED: ' if one.failed else ''}{one.text}"), style)

    def _foreseen(self, found: Foreseen) -> Iterator[Line]:
        sure = "" if found.certain else " (likely)"
        for name, why in found.recreated.items():
            yield Line(name, ((name, "bold"), (f"restarts{sure}", "$text-warning"), (self.mask(why), QUIET)))
        for name in found.started:
            yield Line(name, ((name, "bold"), ("starts", ""), ("it does not run now", QUIET)))
        for name in found.networks:
            yield Line(f"\0{name}", ((f"network {name}", "bold"), ("is made anew", ""), ("", "")))

    def suspect(self, unit: object) -> Suspect | None:
        """The suspect that a row is about."""
        return next((one for one in self.suspected.suspects if one.unit == unit), None)

    # below the table

    def told(self, unit: object, room: tuple[int, int]) -> Content:
        """What is known of the suspect of a row, and what is wrong; else the last that was said, as much as there is room for."""
        width, height = room
        if self.suspected.troubles and not self._undone:
            return Content("\n").join(self._wrong(unit, width))
        if self.question is not None:
            return words("Data stays: no volume is removed or made anew.", "bold")
        lines = map(words, self.log[-max(height, 1) :]) if self.ended is None else self._after(height)
        return Content("\n").join(lines)

    def _wrong(self, unit: object, width: int) -> Iterator[Content]:
        found = self.suspect(unit)
        if found is not None:
            yield Content.assemble(words(found.service or "the project", "bold"), "  ", words(self.mask(found.text)))
            yield from [words(f"  {self.mask(found.line)}", QUIET)] if found.line else []
        yield words("What is wrong", "bold $text-error")
        for one in self.suspected.troubles:
            yield bullet(self.mask(f"{one.service}: {one.text}" if one.service else one.text), width)

    def _after(self, height: int) -> Iterator[Content]:
        for one in self.taken:
            yield words(f"Left out: {one.unit}. {self.mask(one.reason)}")
        if self.in_place and self.written is not None and self.written.files:
            yield words(f"{several(len(self.written.files), 'file')} written. What was there is in {self.written.backup}.", QUIET)
        yield from (words(line) for line in self.log[-max(height - 2 - len(self.taken), 1) :])
