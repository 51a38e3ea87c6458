"""Whether what runs is as it should be: every pair of services as a cell that fills in as soon as it is known."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from textual.binding import Binding
from textual.content import Content

from tui.comparison import DIFFERING, Comparison, Seen
from tui.matrix import Matrix, legend
from tui.presentation import QUIET, words
from tui.running import Compared
from tui.screens.live import LiveScreen
from tui.screens.stages import BUSY, Stage
from tui.widgets.cells import Cell
from tui.widgets.frame_parts import Plain

WHY = (
    "A plan on paper is not yet a proof. Here batten asks the running project: which networks its containers are on, and, from inside each of them, which "
    "ports of the others take a connection. Each connection is closed as soon as it is open, nothing is sent, and only addresses of the project are tried."
)


class VerifyScreen(LiveScreen):
    """Callers are rows, the called are columns; what differs is red and named below."""

    BINDINGS = [
        Binding("d", "design", "files / design", show=False, tooltip="Compare with the files as they are, or with what the decisions make of them"),
        Binding("m", "networks", "networks alone", show=False, tooltip="Compare the networks alone: opens no connection and needs no root"),
        Binding("o", "differing", "what differs", tooltip="To the next pair that differs"),
    ]
    stop = "verify"
    title_ = "Verify"

    def __init__(self) -> None:
        super().__init__()
        self.designed = self.alone = False
        self.found = Comparison(())
        self._matrix = Matrix((), {})

    def why(self) -> str:
        """What verifying is good for."""
        return WHY

    def headline(self) -> Sequence[Content]:
        """How far it is, and what the marks mean."""
        if self.stage not in (*BUSY, Stage.DONE, Stage.STOPPED):
            return ()
        return self.found.standing(), legend(Seen)

    def aside(self) -> Content:
        """What is compared, where anything can be."""
        if self.stage in (Stage.LOOKING, Stage.ABSENT):
            return Content("")
        other = "your decisions" if self.designed else "the files as they are"
        return Content.styled(f"   compared with {other}{'' if self.stage in BUSY else '   d: change'}", QUIET)

    def offer(self) -> Content:
        """What can be begun."""
        keys = [
            ("enter", "open a connection from each service to each other one, and compare"),
            ("m", "compare the networks alone; opens no connection and needs no root"),
            ("d", f"compare with {'the files as they are' if self.designed else 'what your decisions make of them'} instead"),
        ]
        lines = [Content.assemble((f"{key:<7}", "bold $primary"), text) for key, text in keys]
        return Content("\n").join([words(WHY), Content(""), *lines])

    def events(self, halt: threading.Event) -> Iterator[Compared]:
        """The comparison."""
        return self.batten.running.verify(self.batten.session, designed=self.designed, connect=not self.alone)

    def fresh(self) -> None:
        """Begin with an empty matrix."""
        self.found = Comparison(self.batten.session.project.services)
        self.cells.cursor = Cell(0, 1)

    def take(self, event: Compared) -> None:
        """Take what was found."""
        self.found.take(event)

    def ended(self) -> None:
        """Show what differs."""
        if self.stage is Stage.DONE:
            self.action_differing()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is compared is chosen before it is; there is not always something that differs."""
        if action in ("design", "networks"):
            return self.stage not in (*BUSY, Stage.LOOKING, Stage.ABSENT)
        if action == "differing":
            return bool(self.found.differing)
        return super().check_action(action, parameters)

    def draw_work(self) -> None:
        """Draw the matrix and what is said of the cell under the cursor."""
        self._matrix = self.found.matrix()
        self.cells.show(self._matrix)
        pair = self._matrix.pair(self.cursor)
        width = max(self.cells.size.width - 4, 20)
        self.query_one("#told", Plain).show_text(self.found.told(pair, width) if pair is not None else Content(""))

    def subject(self) -> str:
        """The service that calls."""
        pair = self._matrix.pair(self.cursor)
        return pair[0] if pair else ""

    def action_begin(self) -> None:
        """Compare, connections included."""
        self.alone = False
        super().action_begin()

    def action_networks(self) -> None:
        """Compare the networks alone."""
        self.alone = True
        self.begin()

    def action_design(self) -> None:
        """Compare with the other one."""
        self.designed = not self.designed
        self.stage = Stage.READY
        self.redraw()

    def action_differing(self) -> None:
        """Go to the next pair that differs."""
        found, at = self._matrix.marked(*DIFFERING), self.cursor
        if found:
            self.cells.go(next((cell for cell in found if cell > at), found[0]))
