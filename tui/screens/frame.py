"""The frame of a project's stops: its figures on top, and the difference, the map and what is left in the pane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding

from batten.errors import BattenError
from batten.model import Risk
from tui import views
from tui.presentation import complaint, standing_line, title_of
from tui.resuming import read_again
from tui.screens.framing import Framed
from tui.walk import STOPS, Stop, listed
from tui.watching import news

if TYPE_CHECKING:
    from textual.content import Content

    from batten.session import Session
    from tui.widgets.lines import Drawn

_NEWS = 10
"""Seconds for which something stands that nobody waited for."""


class Frame(Framed):
    """A stop of the walk through a project."""

    BINDINGS = [
        *(Binding(stop.key, f"go('{stop.name}')", stop.title, show=False, tooltip=f"Go to {stop.title}") for stop in STOPS if stop.key),
        Binding("v", "view", "view", tooltip="What the decisions do: difference, map, what is left"),
        Binding("r", "risk", "risk", show=False, tooltip="Take only what is without risk, or everything"),
        Binding("f5", "reload", "read again", show=False, tooltip="Read the files again, keeping the decisions"),
    ]
    views = ("diff", "map", "left")
    first_view = "diff"
    watched = ("session", "picture", "saving")

    def stops(self) -> Sequence[Stop]:
        """The walk; rare stops only where they are about something."""
        return listed(self.stop, self.batten.session.begins)

    def idle(self) -> frozenset[str]:
        """Steps that have nothing to decide in this project, or no engine."""
        return self.batten.picture.idle | self.batten.absent

    def title_line(self) -> Content:
        """The project, and its files where there is room."""
        return title_of(self.batten.session.project, self.has_class("-wide"))

    def standing(self) -> Content:
        """Paths and findings, before and after."""
        return standing_line(self.batten.picture, self.stale(), self.batten.saving)

    def stale(self) -> bool:
        """Whether the picture is one of an earlier session."""
        return self.batten.picture.session is not self.batten.session

    def seen(self, view: str, width: int) -> Drawn:
        """A view of the picture."""
        return views.view(view, self.batten.picture, width, self.subject())

    def action_risk(self) -> None:
        """Take only what is safe, or also what is to be looked at."""
        session = self.batten.session
        self.batten.take(session.accepting(Risk.CHECK if session.accept == Risk.SAFE else Risk.SAFE))

    def action_reload(self) -> None:
        """Read the files again; the decisions stay."""
        self.read_again(())

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def read_again(self, changed: Sequence[str]) -> None:
        """Read the files again, away from the screen's own thread; ``changed`` are those that somebody changed."""
        before = self.batten.session
        with self.batten.in_thread():
            try:
                self.app.call_from_thread(self._take_again, before, read_again(before), changed)
            except BattenError as error:
                self.app.call_from_thread(self.tell, error, "The files changed, and cannot be read now" if changed else "")

    def _take_again(self, before: Session, again: Session, changed: Sequence[str]) -> None:
        """Go on with what was read; where something was decided meanwhile, read once more."""
        if self.batten.session is not before:
            self.read_again(changed)
            return
        self.batten.take(again)
        if changed:
            self.app.notify(news(before, again, changed), markup=False, timeout=_NEWS)

    def tell(self, error: BattenError, title: str = "") -> None:
        """Say for a while what could not be done."""
        self.app.notify(complaint(error, self.batten.session.project).plain, title=title, severity="error", markup=False, timeout=_NEWS)
