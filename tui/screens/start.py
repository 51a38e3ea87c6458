"""The first stop: what an intruder could use, what can be mended without risk, and what needs the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content

from batten.model import Risk
from batten.report.terminal import folded
from tui.presentation import QUIET, complaint, opening, several, words, worst
from tui.resuming import earlier
from tui.screens.frame import Frame
from tui.widgets.frame_parts import Page, Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from batten.design import Design

WHY = (
    "batten has read your files. Nothing is changed until you export. It can take every change that a working application cannot notice at once, or "
    "go through the steps with you: what was found, what each service is there for, who shares a network with whom, "
    "where passwords are kept, which ports are open."
)


class StartScreen(Frame):
    """Three sentences, the worst findings, and two ways on."""

    BINDINGS = [
        Binding("a", "take_safe", "take what is safe", tooltip="Take everything that is without risk, and see what it comes to"),
        Binding("c", "resume", "continue", show=False, tooltip="Take up the decisions of your last sitting"),
    ]
    CSS_PATH = ["frame.tcss", "start.tcss"]
    stop = "start"
    first_view = "left"

    def __init__(self) -> None:
        super().__init__()
        self._earlier: Design | None = None

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        with Page(id="opening"):
            yield Plain(id="sums")
            yield Plain(id="ways")
            yield Plain(id="worst-title")
            yield Plain(id="worst")

    def on_mount(self) -> None:
        """Look whether an earlier sitting left decisions."""
        super().on_mount()
        self._earlier = earlier(self.batten.session)

    def draw(self) -> None:
        """Draw the sentences as far as they are known."""
        picture = self.batten.picture
        sums = opening(self.batten.session.project, picture)
        if picture.error is not None:
            sums = Content("\n\n").join([sums, complaint(picture.error, self.batten.session.project)])
        self.query_one("#sums", Plain).show_text(sums)
        width = self.query_one("#opening", Page).room
        self.query_one("#ways", Plain).show_text(self._ways(width))
        self.query_one("#worst-title", Plain).show_text(words("What stands open", "bold") if picture.standing else Content(""))
        self.query_one("#worst", Plain).show_text(worst(picture, 30, width))

    def _ways(self, width: int) -> Content:
        ways = [("a", self._first_way()), ("n", "go through everything, step by step"), *self._resuming()]
        lines = [Content.assemble((f"  {key}  ", "bold $primary"), "\n     ".join(folded(text, width - 5))) for key, text in ways]
        return Content("\n").join([*lines, words("     Nothing is written before you say so.", QUIET)])

    def _first_way(self) -> str:
        shares = self.batten.picture.shares
        if shares is None:
            return "take what is without risk and see what it comes to"
        if shares.safe:
            return f"take the {shares.safe} without risk and see what it comes to"
        if shares.check:
            return f"see what would be written: nothing is without any risk here, {several(shares.check, 'change')} to look at"
        return "see what would be written: nothing that was found can be mended by itself"

    def _resuming(self) -> list[tuple[str, str]]:
        if self._earlier is None or self.batten.session.past:
            return []
        return [("c", "go on with the decisions of your last sitting")]

    def main(self) -> Widget | None:
        """The text itself, so that arrows scroll it."""
        return self.query_one("#opening")

    def why(self) -> str:
        """What the first stop is good for."""
        return WHY

    def action_resume(self) -> None:
        """Take up what was decided in an earlier sitting; it can be undone like any decision."""
        if self._earlier is not None:
            self.batten.take(self.batten.session.decide(self._earlier, "the last sitting"))

    def action_take_safe(self) -> None:
        """Accept what is safe, nothing else, and go to the export; where nothing is, only go there."""
        shares = self.batten.picture.shares
        if shares is None or shares.safe:
            self.batten.take(self.batten.session.accepting(Risk.SAFE))
        self.app.switch_mode("export")
