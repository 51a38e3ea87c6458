"""Who is connected to whom in the running project: counts that go up while one looks, and what was learned as a decision."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content

from batten.design.learning import length, unseen
from batten.design.sections.observed import LONG_ENOUGH, Sighting
from tui.presentation import QUIET, complaint, several, words
from tui.screens.live import LiveScreen
from tui.screens.stages import BUSY, Stage
from tui.sightings import Sightings
from tui.table import Table
from tui.widgets.frame_parts import Plain
from wizards.learning import learn

if TYPE_CHECKING:
    from batten.engine.observing import Look

WHY = (
    "Many connections stand in no file. Here batten watches the running project for a while: the kernel's tables of connections are read from outside, and "
    "nothing in the project is changed or entered. What was seen becomes the strongest evidence in your design. What was never seen, though it was watched "
    "for long enough, becomes a question; nothing is closed by itself."
)
TIMES: tuple[float | None, ...] = (120, 600, 3600, None)
"""Seconds that can be chosen; None is until somebody ends it."""


class ObserveScreen(LiveScreen):
    """A row for each pair that was seen."""

    BINDINGS = [
        Binding("w", "while", "for how long", show=False, tooltip="Watch for another time: two minutes, ten, an hour, or until you end it"),
        Binding("t", "take", "take it in", tooltip="Take what was seen into the design; u undoes it"),
    ]
    stop = "observe"
    title_ = "Observe"
    stopped = "ended early"

    def __init__(self) -> None:
        super().__init__()
        self._time = 1
        self.found: Sightings | None = None
        self.taken = False
        """Whether what was seen is in the design already."""
        self._table = Table((), ())

    @property
    def seconds(self) -> float | None:
        """For how long is watched."""
        return TIMES[self._time]

    def why(self) -> str:
        """What observing is good for."""
        return WHY

    def offer(self) -> Content:
        """What can be begun."""
        keys = [("enter", f"watch {self._while()}; escape ends it early and keeps what was seen"), ("w", "watch for another time")]
        return Content("\n").join([words(WHY), Content(""), *(Content.assemble((f"{key:<7}", "bold $primary"), text) for key, text in keys)])

    def _while(self) -> str:
        return f"for {length(self.seconds)}" if self.seconds is not None else "until you end it"

    def shows(self) -> bool:
        """Also where it broke off in the middle: what was seen until then counts."""
        return super().shows() or (self.stage is Stage.FAILED and self._over)

    @property
    def _over(self) -> bool:
        """Whether there is something that was seen, and watching is over."""
        return self.stage in (Stage.DONE, Stage.STOPPED, Stage.FAILED) and self.found is not None and self.found.look is not None

    def aside(self) -> Content:
        """What can be done with it, once it is over."""
        if not self._over:
            return Content("")
        if self.taken:
            return Content.styled("   in the design; u undoes it", QUIET)
        return Content.assemble(("   t", "bold $primary"), " takes it into the design")

    def headline(self) -> Sequence[Content]:
        """How much was seen, and why it broke off where it did."""
        if self.found is None or not self.shows():
            return ()
        return self.found.standing(), *([complaint(self.error)] if self.error is not None else [])

    def events(self, halt: threading.Event) -> Iterator[Look]:
        """Look after look."""
        return self.batten.running.observe(self.batten.session, seconds=self.seconds, halt=halt)

    def fresh(self) -> None:
        """Begin with an empty table."""
        self.found, self.taken = Sightings(self.batten.session, self.seconds), False

    def take(self, event: Look) -> None:
        """Take a look."""
        if self.found is not None:
            self.found.look = event

    def draw_work(self) -> None:
        """Draw the table and what is said of the row under the cursor."""
        if self.found is None:
            return
        self._table = self.found.table()
        self.cells.show(self._table)
        self.query_one("#told", Plain).show_text(self.found.told(self._sighting(), max(self.cells.size.width - 4, 20)))

    def _sighting(self) -> Sighting | None:
        return self.found.of(self._table.key(self.cursor)) if self.found is not None else None

    def subject(self) -> str:
        """The service that calls."""
        one = self._sighting()
        return one.sources[0] if one is not None else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The time is chosen before, and what was seen is taken once, when it is over."""
        if action == "while":
            return self.stage not in (*BUSY, Stage.LOOKING, Stage.ABSENT)
        if action == "take":
            return self._over and not self.taken
        return super().check_action(action, parameters)

    def action_while(self) -> None:
        """Choose another time."""
        self._time = (self._time + 1) % len(TIMES)
        self.stage = Stage.READY
        self._changed()

    def action_take(self) -> None:
        """Take what was seen into the design, in one decision; say what there is to ask now."""
        if self.found is None:
            return
        before = self.batten.session
        session = learn(before, self.found.seen)
        self.taken = True
        self.batten.take(session)
        self._changed()
        self.app.notify(_learned(self.found, len(unseen(session.design, session.project))), markup=False)


def _learned(found: Sightings, asked: int) -> str:
    """What came of it, in a sentence or two."""
    said = f"{several(len(found.seen.sightings), 'pair')} taken into the design."
    if asked:
        return f"{said} {several(asked, 'assumed connection')} {'was' if asked == 1 else 'were'} never seen: Needs asks about {'it' if asked == 1 else 'them'}."
    return f"{said} Watch for {length(LONG_ENOUGH)} or more, and what was never seen is asked about."
