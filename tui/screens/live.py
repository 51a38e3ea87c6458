"""What the screens that need a running engine have in common: a look whether it is there, work that fills the screen, and a key that stops it."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from batten.errors import BattenError
from tui.presentation import QUIET, complaint, words
from tui.screens.frame import Frame
from tui.screens.stages import BUSY, WORDS, Came, Ended, Looked, Stage
from tui.widgets.cells import Cell, Cells
from tui.widgets.frame_parts import Page, Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.timer import Timer
    from textual.widget import Widget

    from tui.running import Look

_DRAWN = 1 / 12
"""Seconds between two pictures while events come: more of them than the eye follows would only cost time."""


class LiveScreen(Frame):
    """Begins on a key, shows what comes, stops on escape. What the work is, is up to each screen."""

    CSS_PATH = ["frame.tcss", "live.tcss"]
    first_view = "map"
    BINDINGS = [
        Binding("enter", "begin", "begin", tooltip="Begin, or begin anew"),
        Binding("escape", "leave", "stop", tooltip="Stop what is being done; nothing is left behind"),
    ]
    needs_running: ClassVar[bool] = True
    """Whether something of the project has to run already."""
    patient: ClassVar[bool] = False
    """Whether work that is stopped comes to its end by itself, rather than being left off where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage.LOOKING
        self.look: Look | None = None
        self.error: BattenError | None = None
        self._halt = threading.Event()
        self._ticking: Timer | None = None
        self._due = False
        self._eager = False
        """Whether somebody wanted to begin before it was known whether that can be."""

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield Plain(id="intro")
        with Page(id="opening"):
            yield Plain(id="opening-text")
        with Vertical(id="work"):
            yield Cells(id="cells")
            with VerticalScroll(id="asked"):
                yield Plain(id="told")

    def on_mount(self) -> None:
        """Draw what comes a few times a second."""
        super().on_mount()
        self._ticking = self.set_interval(_DRAWN, self._tick, pause=True)

    def on_unmount(self) -> None:
        """The assistant ends: so does the work."""
        self._halt.set()

    def on_screen_resume(self) -> None:
        """Look whether the engine is there, unless something is being done or to be seen."""
        super().on_screen_resume()
        if self.stage in (Stage.LOOKING, Stage.READY, Stage.ABSENT):
            self._look()
        self._focus_shown()

    # what each screen says of itself

    title_: ClassVar[str] = ""
    """Its name in its first line."""

    stopped: ClassVar[str] = "stopped; nothing was left behind"
    """What is said when it was stopped."""

    def shows(self) -> bool:
        """Whether there is something to see, rather than words."""
        return self.stage not in WORDS

    def offer(self) -> Content:
        """What can be begun here, in plain words; shown while it is not."""
        return Content("")

    def events(self, halt: threading.Event) -> Iterator[Any]:
        """The work; runs in a thread, and ends early where ``halt`` is set."""
        yield from ()

    def fresh(self) -> None:
        """Forget what came before; the work begins."""

    def take(self, event: Any) -> None:
        """Take what came of the work."""

    def ended(self) -> None:
        """The work has come to its end, whichever."""

    def aside(self) -> Content:
        """What stands behind how far it is."""
        return Content("")

    def headline(self) -> Sequence[Content]:
        """What stands above the picture, a line each."""
        return ()

    def draw_work(self) -> None:
        """Draw the picture."""

    # looking, working, stopping

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self) -> None:
        with self.batten.in_thread():
            try:
                self.post_message(Looked(self.batten.running.look(self.batten.session)))
            except BattenError as error:
                self.post_message(Looked(None, error))

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        if self.stage not in (Stage.LOOKING, Stage.READY, Stage.ABSENT):
            return
        self.look, self.error = event.look, event.error
        absent = self.look is None or (self.needs_running and not self.look.running)
        self.stage = Stage.ABSENT if absent else Stage.READY
        self.batten.absent = self.batten.absent | {self.stop} if absent else self.batten.absent - {self.stop}
        self._changed()
        eager, self._eager = self._eager, False
        if eager and not absent:
            self.action_begin()

    def action_begin(self) -> None:
        """Begin, or begin anew."""
        if self.stage is Stage.LOOKING:
            self._eager = True
        elif self.stage is Stage.ABSENT:
            self.stage = Stage.LOOKING
            self._changed()
            self._look()
        elif self.stage not in BUSY:
            self.begin()

    def begin(self) -> None:
        """Begin the work."""
        self.stage, self.error = Stage.WORKING, None
        self.fresh()
        self._changed()
        self._halt = threading.Event()
        self._do(self.events(self._halt), self._halt)

    @work(thread=True, exclusive=True, group="live", exit_on_error=False)
    def _do(self, events: Iterator[Any], halt: threading.Event) -> None:
        with self.batten.in_thread():
            try:
                for event in events:
                    self.post_message(Came(event))
                    if halt.is_set() and not self.patient:
                        break
                if isinstance(events, Generator):
                    events.close()
                self.post_message(Ended(self._outcome(halt, Stage.DONE)))
            except BattenError as error:
                self.post_message(Ended(self._outcome(halt, Stage.FAILED), error))

    def _outcome(self, halt: threading.Event, otherwise: Stage) -> Stage:
        return Stage.STOPPED if halt.is_set() and not self.patient else otherwise

    @on(Came)
    def _came(self, event: Came) -> None:
        self.take(event.event)
        self._due = True

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        self.stage = event.stage
        self.error = event.error if event.stage is Stage.FAILED else None
        self._changed()
        self.ended()

    def action_leave(self) -> None:
        """Close the view where one is open, else stop the work."""
        if self.view:
            self.action_close_view()
        elif self.stage is Stage.WORKING:
            self.stage = Stage.STOPPING
            self._halt.set()
            self._changed()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing begins while something is being done, and nothing stops otherwise."""
        if action == "begin":
            return self.stage not in BUSY
        if action == "leave":
            return self.stage is Stage.WORKING or bool(self.view)
        return super().check_action(action, parameters)

    # drawing

    def _changed(self) -> None:
        """Draw another stage, with the keys that it has."""
        if self._ticking is not None:
            (self._ticking.resume if self.stage in BUSY else self._ticking.pause)()
        self.refresh_bindings()
        self.redraw()
        if self.is_current:
            self._focus_shown()

    def _tick(self) -> None:
        if self._due and self.is_current:
            self._due = False
            self.draw()
            self.draw_pane()

    def draw(self) -> None:
        """Draw the words before the work, or the picture of it."""
        shows = self.shows()
        self.query_one("#opening").display = not shows
        self.query_one("#work").display = shows
        first = Content.assemble((self.title_, "bold"), "   ", self.state(), self.aside())
        self.query_one("#intro", Plain).show_text(Content("\n").join([first, *self.headline()]))
        if shows:
            self.draw_work()
        else:
            self.query_one("#opening-text", Plain).show_text(Content("\n\n").join(self._words()))

    def state(self) -> Content:
        """How far it is, in a few words."""
        said = {
            Stage.LOOKING: ("looking for the engine …", QUIET),
            Stage.READY: ("ready", QUIET),
            Stage.ABSENT: ("not now", QUIET),
            Stage.WORKING: ("at work; escape stops it", "$text-accent"),
            Stage.STOPPING: ("stopping …", "$text-warning"),
            Stage.STOPPED: (self.stopped, "$text-warning"),
            Stage.FAILED: ("broke off" if self.shows() else "could not be done", "$text-error"),
            Stage.DONE: ("done", QUIET),
        }
        return Content.styled(*said[self.stage])

    def _words(self) -> Iterator[Content]:
        project = self.batten.session.project
        if self.error is not None:
            yield complaint(self.error, project)
        if self.stage is Stage.LOOKING:
            yield words("Looking whether an engine is there …", QUIET)
        elif self.stage is Stage.ABSENT:
            if self.look is not None:
                yield words(f"Docker {self.look.engine} is there, but nothing of {project.name} runs on it.", "bold")
            yield words("This step is for a project that runs, so there is nothing to do here now. enter looks again.")
        elif self.look is not None:
            count = Content.from_markup("[b]$running of $all[/] services of ", running=len(self.look.running), all=len(project.services))
            yield Content.assemble(count, words(project.name), words(f" run on Docker {self.look.engine} at {self.look.where}."))
        if self.stage in (Stage.READY, Stage.FAILED):
            yield self.offer()

    def main(self) -> Widget | None:
        """The picture, or the words before it."""
        return self.query_one(Cells) if self.shows() else self.query_one("#opening")

    @property
    def cells(self) -> Cells:
        """The grid on the screen."""
        return self.query_one(Cells)

    @property
    def cursor(self) -> Cell:
        """Where the cursor is."""
        return self.cells.cursor

    @on(Cells.Moved)
    def _moved(self) -> None:
        self.draw_work()
        self.draw_pane()
