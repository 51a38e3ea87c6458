"""What every stop has in common, whatever the walk is about: the line on top, the steps, the pane that shows what the decisions do, and the way on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer

from tui.messages import Laid
from tui.presentation import words
from tui.walk import Stop, after
from tui.widgets.frame_parts import Plain, SidePane, StepBar, StepList
from tui.widgets.lines import Drawn

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content
    from textual.types import CSSPathType
    from textual.widget import Widget

    from tui.app import BattenApp


class Framed(Screen[None]):
    """A stop of a walk. Below 110 columns the pane is a key away and takes the place of the body."""

    CSS_PATH: ClassVar[CSSPathType | None] = "frame.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("n", "next(1)", "next", tooltip="The next step that has something to decide"),
        Binding("p", "next(-1)", "back", show=False, tooltip="The step before"),
        Binding("v", "view", "view", tooltip="What the decisions do"),
        Binding("e", "explain", "explain", tooltip="Why this step, and why this answer"),
        Binding("question_mark", "keys", "keys", tooltip="Every key"),
        Binding("escape", "close_view", "close", show=False, tooltip="Close the view"),
    ]

    stop = ""
    """Name of the stop."""
    views: ClassVar[tuple[str, ...]] = ()
    """What the pane can show."""
    first_view = ""
    """The view that this stop begins with."""
    watched: ClassVar[tuple[str, ...]] = ()
    """The parts of the app's state that the screen shows."""

    def __init__(self) -> None:
        super().__init__()
        self.view = ""
        """The chosen view; empty where none was chosen."""

    @property
    def batten(self) -> BattenApp:
        """The app, by its own type."""
        return cast("BattenApp", self.app)

    def compose(self) -> ComposeResult:
        """The parts."""
        with Horizontal(id="top"):
            yield Plain(id="title")
            yield Plain(id="standing")
        yield StepBar(id="step-bar")
        with Horizontal(id="room"):
            yield StepList(id="step-list")
            with Vertical(id="body"):
                yield from self.body()
            yield SidePane(self.views, id="pane")
        yield Footer(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield from ()

    def on_mount(self) -> None:
        """Watch the state."""
        for name in self.watched:
            self.watch(self.app, name, self.redraw, init=False)

    def on_screen_resume(self) -> None:
        """Draw what has changed meanwhile."""
        self.batten.visited.add(self.stop)
        self.redraw()

    @on(Laid)
    def _laid(self, event: Laid) -> None:
        event.stop()
        self.redraw()

    def redraw(self) -> None:
        """Draw everything anew, if it can be seen."""
        if not self.is_current:
            return
        visited, stops = self.batten.visited, self.stops()
        self.query_one("#title", Plain).show_text(self.title_line())
        self.query_one("#standing", Plain).show_text(self.standing())
        self.query_one(StepBar).show(self.stop, visited, stops)
        self.query_one(StepList).show(self.stop, visited, self.idle(), stops)
        self.draw_pane()
        self.draw()

    @abstractmethod
    def stops(self) -> Sequence[Stop]:
        """The walk, as far as it is shown."""

    @abstractmethod
    def idle(self) -> frozenset[str]:
        """Names of the stops that have nothing to decide."""

    @abstractmethod
    def title_line(self) -> Content:
        """What the walk is about."""

    @abstractmethod
    def standing(self) -> Content:
        """How things stand, for the right end of the top line."""

    @abstractmethod
    def seen(self, view: str, width: int) -> Drawn:
        """A view in so many columns."""

    @abstractmethod
    def stale(self) -> bool:
        """Whether what the pane shows is still being worked out."""

    def draw(self) -> None:
        """Draw the body."""

    def draw_pane(self) -> None:
        """Draw the view; in a narrow terminal it takes the place of the body."""
        pane, wide = self.query_one(SidePane), self.has_class("-wide")
        shown = self.view or self.first_view
        pane.display = wide or bool(self.view)
        self.query_one("#body").display = wide or not self.view
        if pane.display:
            pane.show(shown, self.seen(shown, pane.room), self.stale())

    def subject(self) -> str:
        """The service or network that the cursor is on; empty for none."""
        return ""

    def why(self) -> str:
        """What this stop is good for."""
        return ""

    def main(self) -> Widget | None:
        """What has the focus when no view is open."""
        return None

    def action_go(self, stop: str) -> None:
        """Go to a stop."""
        self.app.switch_mode(stop)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now: there is no next stop after the last."""
        return not (action == "next" and self.stop == self.stops()[-1 if parameters == (1,) else 0].name)

    def action_next(self, direction: int) -> None:
        """Go to the next stop that has something to decide; from where one is by now, if the key was pressed twice before anything was drawn."""
        current = self.app.screen
        if current is not self and isinstance(current, Framed):
            current.action_next(direction)
            return
        following = after(self.stops(), self.stop, self.idle(), direction)
        if following is not None:
            self.app.switch_mode(following.name)

    def action_view(self) -> None:
        """Show the next view; in a narrow terminal the body comes after the last."""
        if self.has_class("-wide"):
            self.view = self.views[(self.views.index(self.view or self.first_view) + 1) % len(self.views)]
        else:
            order = ["", self.first_view, *(name for name in self.views if name != self.first_view)]
            self.view = order[(order.index(self.view) + 1) % len(order)]
        self.redraw()
        self.query_one(SidePane).scroll_home(animate=False)
        self._focus_shown()

    def action_close_view(self) -> None:
        """Back to the body."""
        self.view = ""
        self.redraw()
        self._focus_shown()

    def _focus_shown(self) -> None:
        target = self.main() if self.has_class("-wide") or not self.view else self.query_one(SidePane)
        if target is not None:
            target.focus()

    def action_explain(self) -> None:
        """Say why."""
        from tui.screens.telling import Telling

        self.app.push_screen(Telling("Why", self.explanation()))

    def explanation(self) -> Content:
        """What is said when the user asks why."""
        return words(self.why())

    def action_keys(self) -> None:
        """List every key."""
        from tui.screens.telling import Telling, keys_of

        self.app.push_screen(Telling("Keys", keys_of(self)))
