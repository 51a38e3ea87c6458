"""The assistant: one session, one picture of it, and a screen for each stop of the walk."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.reactive import reactive
from textual.worker import get_current_worker

from batten.errors import BattenError
from batten.session import Session
from tui.failing import FailsQuietly
from tui.messages import Developed, Kept
from tui.picture import Picture, develop
from tui.screens.asking import Confirm
from tui.theme import CALM
from tui.walk import START, STOPS, screen_of
from tui.watching import SECONDS, Watch
from wizards.running import AtHand, Running

if TYPE_CHECKING:
    from textual.screen import Screen

_OBJECTS = 50_000
"""New objects before unreachable ones are looked for: a screen that is open for hours makes more of them than a command."""


class BattenApp(FailsQuietly):
    """Holds the state and hands it to the screens; decides nothing."""

    TITLE = "batten"
    CSS_PATH = "app.tcss"
    MODES = {stop.name: screen_of(stop) for stop in STOPS}
    DEFAULT_MODE = START.name
    BINDINGS = [
        Binding("ctrl+p", "command_palette", "commands", show=False, tooltip="Every command by its name"),
        Binding("u", "undo", "undo", tooltip="Take the last decision back"),
        Binding("ctrl+r", "redo", "redo", show=False, tooltip="Take the last undone decision again"),
        Binding("q", "quit", "quit", tooltip="End the assistant; decisions are kept"),
    ]

    session: reactive[Session] = reactive[Session](lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """The project and what was decided so far."""
    picture: reactive[Picture] = reactive[Picture](lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """What was worked out; that of an earlier session while the new one is being worked out."""
    saving: reactive[str] = reactive("saved", init=False)
    """``saved``, ``saving`` or ``not saved``."""

    def __init__(self, session: Session, running: Running | None = None) -> None:
        super().__init__()
        self.set_reactive(BattenApp.session, session)
        self.set_reactive(BattenApp.picture, Picture(session))
        self.visited, self.exported = set[str](), False
        self._watch = Watch(session.project)
        self.running: Running = running or AtHand()
        """The engine at hand; nobody asks it before a screen does."""
        self.absent = frozenset[str]()
        """Names of the stops that need an engine and have none."""

    def on_mount(self) -> None:
        """Put the colours on and begin to work out the picture."""
        self.register_theme(CALM)
        self.theme = CALM.name
        self.develop(self.session)
        self.set_interval(SECONDS, self.look_at_files)

    def look_at_files(self) -> None:
        """Read the project again where somebody changed its files; while a box is open, it waits."""
        from tui.screens.frame import Frame

        if isinstance(self.screen, Frame):
            changed = self._watch.changed(self.session.project)
            if changed:
                self.screen.read_again(changed)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The walk's stops and the app's keys for the palette."""
        for stop in STOPS:
            yield SystemCommand(f"Go to {stop.title}", stop.step.why if stop.step else stop.title, lambda name=stop.name: self.switch_mode(name))
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.description and binding.action != "command_palette":
                yield SystemCommand(binding.description.capitalize(), tooltip, lambda action=binding.action: self.call_later(screen.run_action, action))

    @work(thread=True, exclusive=True, group="develop", exit_on_error=False)
    def develop(self, session: Session) -> None:
        """Keep a session, then work out its picture, both away from the screen's own thread. What is left behind by a newer one stops."""
        with self.in_thread():
            self.post_message(Kept(session, self._keep(session)))
            for picture in develop(session):
                if get_current_worker().is_cancelled:
                    return
                self.post_message(Developed(picture))

    def _keep(self, session: Session) -> str:
        """Save the session's design; gives why it could not be, or nothing."""
        try:
            if not session.saved:
                session.autosave()
        except BattenError as error:
            return str(error)
        return ""

    @on(Developed)
    def _show(self, event: Developed) -> None:
        if event.picture.session is self.session:
            self.picture = event.picture

    @on(Kept)
    def _mark(self, event: Kept) -> None:
        if event.session is self.session:
            self.saving = "not saved" if event.trouble else "saved"
            if event.trouble:
                self.notify(event.trouble, title="Your decisions are not saved", severity="warning", markup=False)

    def take(self, session: Session) -> None:
        """Go on with another session: after a decision, an undo, another risk."""
        if session is not self.session:
            self.session = session
            self.saving, self.exported = "saving", False
            self.refresh_bindings()
            self.develop(session)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is anything to undo or redo."""
        held = {"undo": self.session.past, "redo": self.session.future}
        return True if held.get(action, True) else None

    def action_undo(self) -> None:
        """Take the last decision back."""
        self.take(self.session.undo())

    def action_redo(self) -> None:
        """Take the last undone decision again."""
        self.take(self.session.redo())

    async def action_quit(self) -> None:
        """End, after a word where something was decided and nothing was exported."""
        if self.exported or not self.session.past:
            self.exit(0)
        else:
            asking = Confirm("Leave?", "Your decisions are kept, but nothing has been written to the project yet.", "q", "leave", "stay")
            self.push_screen(asking, lambda sure: self.exit(0) if sure else None)


def run(paths: Sequence[Path], **load_options: object) -> int:
    """Open the assistant on compose files and give its exit code.

    Raises:
        InputError: the project cannot be read; the terminal is untouched then.
    """
    return run_on(Session.open(paths, **load_options))


def run_on(session: Session) -> int:
    """Open the assistant on a session and give its exit code."""
    gc.set_threshold(_OBJECTS)
    app = BattenApp(session)
    app.run()
    return app.return_code or 0
