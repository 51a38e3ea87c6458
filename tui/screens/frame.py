"""What every stop has in common: the line on top, the steps, the pane that shows what the decisions do, and the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer

from batten.errors import BattenError
from batten.model import Risk
from tui import views
from tui.messages import Laid
from tui.presentation import complaint, standing_line, title_of, words
from tui.resuming import read_again
from tui.walk import STOPS, after, listed
from tui.widgets.frame_parts import Plain, SidePane, StepBar, StepList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content
    from textual.types import CSSPathType
    from textual.widget import Widget

    from tui.app import BattenApp


class Frame(Screen[None]):
    """A stop of the walk. Below 110 columns the pane is a key away and takes the place of the body."""

    CSS_PATH: ClassVar[CSSPathType | None] = "frame.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        *(Binding(stop.key, f"go('{stop.name}')", stop.title, show=False, tooltip=f"Go to {stop.title}") for stop in STOPS if stop.key),
        Binding("n", "next(1)", "next", tooltip="The next step that has something to decide"),
        Binding("p", "next(-1)", "back", show=False, tooltip="The step before"),
        Binding("v", "view", "view", tooltip="What the decisions do: difference, map, what is left"),
        Binding("r", "risk", "risk", show=False, tooltip="Take only what is without risk, or everything"),
        Binding("f5", "reload", "read again", show=False, tooltip="Read the files again, keeping the decisions"),
        Binding("e", "explain", "explain", tooltip="Why this step, and why this answer"),
        Binding("question_mark", "keys", "keys", tooltip="Every key"),
        Binding("escape", "close_view", "close", show=False, tooltip="Close the view"),
    ]

    stop = ""
    """Name of the stop."""
    first_view = "diff"
    """The view that this stop begins with."""

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
            yield SidePane(id="pane")
        yield Footer(show_command_palette=False)

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield from ()

    def on_mount(self) -> None:
        """Watch the state."""
        for name in ("session", "picture", "saving"):
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
        app = self.batten
        picture, stale = app.picture, app.picture.session is not app.session
        self.query_one("#title", Plain).show_text(title_of(app.session, self.has_class("-wide")))
        self.query_one("#standing", Plain).show_text(standing_line(picture, stale, app.saving))
        stops = listed(self.stop, app.session.begins)
        self.query_one(StepBar).show(self.stop, app.visited, stops)
        self.query_one(StepList).show(self.stop, app.visited, picture.idle, stops)
        self.draw_pane()
        self.draw()

    def draw(self) -> None:
        """Draw the body."""

    def draw_pane(self) -> None:
        """Draw the view; in a narrow terminal it takes the place of the body."""
        pane, wide = self.query_one(SidePane), self.has_class("-wide")
        shown = self.view or self.first_view
        pane.display = wide or bool(self.view)
        self.query_one("#body").display = wide or not self.view
        if pane.display:
            picture = self.batten.picture
            pane.show(shown, views.view(shown, picture, pane.room, self.subject()), picture.session is not self.batten.session)

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
        return not (action == "next" and self.stop == (STOPS[-1] if parameters == (1,) else STOPS[0]).name)

    def action_next(self, direction: int) -> None:
        """Go to the next stop that has something to decide."""
        following = after(self.stop, self.batten.picture.idle, direction)
        if following is not None:
            self.app.switch_mode(following.name)

    def action_risk(self) -> None:
        """Take only what is safe, or also what is to be looked at."""
        session = self.batten.session
        self.batten.take(session.accepting(Risk.CHECK if session.accept == Risk.SAFE else Risk.SAFE))

    @work(thread=True, exclusive=True, group="read", exit_on_error=False)
    def action_reload(self) -> None:
        """Read the files again; the decisions stay."""
        with self.batten.in_thread():
            try:
                self.app.call_from_thread(self.batten.take, read_again(self.batten.session))
            except BattenError as error:
                self.app.call_from_thread(self.tell, error)

    def tell(self, error: BattenError) -> None:
        """Say for a while what could not be done."""
        self.app.notify(complaint(error, self.batten.session.project).plain, severity="error", markup=False)

    def action_view(self) -> None:
        """Show the next view; in a narrow terminal the body comes after the last."""
        views_ = list(SidePane.VIEWS)
        if self.has_class("-wide"):
            self.view = views_[(views_.index(self.view or self.first_view) + 1) % len(views_)]
        else:
            order = ["", self.first_view, *(name for name in views_ if name != self.first_view)]
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
