"""The assistant: one session, one picture of it, and a screen for each stop of the walk.

Its first frame needs the project alone. What takes longer to load than to read a project, the design and the steps, is loaded while that frame is seen.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import get_current_worker

from batten.errors import BattenError
from batten.model import Project
from tui.hanging_up import leaves_when_told
from tui.host_state import HoldsHost
from tui.looks import HasLooks
from tui.messages import Developed, Kept
from tui.screens.opening import OpeningScreen

if TYPE_CHECKING:
    from batten.design import Design
    from batten.model import Risk
    from batten.session import Session
    from batten.session.host import HostSession
    from tui.picture import Picture
    from tui.running import Running

_OBJECTS = 50_000
"""New objects before unreachable ones are looked for: a screen that is open for hours makes more of them than a command."""
DOORS = "doors"
"""The mode in which one chooses what is hardened."""


def doors() -> Screen[None]:
    """The screen of the doors; loaded when it is gone to."""
    from tui.screens.doors import DoorsScreen

    return DoorsScreen()


class BattenApp(HoldsHost, HasLooks):
    """Holds the state and hands it to the screens; decides nothing."""

    TITLE = "batten"
    CSS_PATH = "app.tcss"
    MODES = {DOORS: doors}
    BINDINGS = [
        Binding("ctrl+p", "command_palette", "commands", show=False, tooltip="Every command by its name"),
        Binding("u", "undo", "undo", tooltip="Take the last decision back"),
        Binding("ctrl+r", "redo", "redo", show=False, tooltip="Take the last undone decision again"),
        Binding("ctrl+o", "doors", "doors", show=False, tooltip="Another project, or this host"),
        Binding("ctrl+z", "suspend_process", "suspend", show=False, tooltip="Put the assistant to sleep; fg wakes it"),
        Binding("q", "quit", "quit", tooltip="End the assistant; decisions are kept"),
    ]

    session: reactive[Session] = reactive(lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """The project and what was decided so far; to be asked for once it has begun."""
    picture: reactive[Picture] = reactive(lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """What was worked out; that of an earlier session while the new one is being worked out."""
    saving: reactive[str] = reactive("saved", init=False)
    """``saved``, ``saving`` or ``not saved``."""
    running: Running
    """The engine at hand; nobody asks it before a screen does."""

    def __init__(self, subject: Session | Project | HostSession | None = None, running: Running | None = None) -> None:
        """Begin with a project, read with its design or without, or with a host; at the doors where there is neither."""
        super().__init__()
        self._subject = subject
        self.trouble: BattenError | None = None
        """Why no session could begin."""
        self.visited = set[str]()
        self.written: tuple[Design, Risk] | None = None
        """What was decided, as it was last written to the project."""
        self._engine = running
        self.absent = frozenset[str]()
        """Names of the stops that need an engine and have none."""
        self.busy = ""
        """What is being done to the project's files and containers, and what became of it if one left now; empty for nothing."""

    @property
    def exported(self) -> bool:
        """Whether what is decided is written."""
        return self.written == (self.session.design, self.session.accept)

    @property
    def begun(self) -> bool:
        """Whether there is a session."""
        return self.session is not None

    def get_default_screen(self) -> Screen[None]:
        """What is seen until there is a session."""
        project = self._subject if isinstance(self._subject, Project) else getattr(self._subject, "project", None)
        return OpeningScreen(project) if project is not None else Screen()

    async def on_mount(self) -> None:
        """Put the colours on, and begin; where the design is still to be read, after the first frame."""
        self.dress()
        self.app_resume_signal.subscribe(self, lambda _: self._wake())
        if self._subject is None:
            await self.switch_mode(DOORS)
        elif isinstance(self._subject, Project):
            self.call_after_refresh(self._open, self._subject)
        else:
            await self._begin(self._subject)

    def _wake(self) -> None:
        """Draw everything anew when the process was asleep: the shell has used the terminal meanwhile."""
        self.screen.refresh(layout=True)

    async def _begin(self, subject: Session | HostSession) -> None:
        from batten.session.host import HostSession

        await (self.begin_host(subject) if isinstance(subject, HostSession) else self.begin(subject))

    @work(thread=True, group="open", exit_on_error=False)
    def _open(self, project: Project) -> None:
        """Load the steps, and begin with the design that lies beside the project or with a proposed one."""
        with self.in_thread():
            import tui.walk
            from batten.session import Session, design_for

            tui.walk.load()
            try:
                session = Session(project, design_for(project))
            except BattenError as error:
                self.trouble = error
                self.call_from_thread(self.exit, 2)
            else:
                self.call_from_thread(self.begin, session)  # type: ignore[arg-type]

    async def begin(self, session: Session, first: str = "") -> None:
        """Show a session at a stop, at the start where none is named, and begin to work out its picture; the screens of one before it go."""
        from tui.picture import Picture
        from tui.recent import remember
        from tui.running import AtHand
        from tui.walk import START, STOPS, screen_of
        from tui.watching import SECONDS, Watch

        again, self._watch = self.begun, Watch(session.project)
        self.running = self._engine or AtHand()
        self.set_reactive(BattenApp.session, session)
        self.set_reactive(BattenApp.picture, Picture(session))
        self.written, self.saving = None, "saved"
        for stop in STOPS:
            self.visited.discard(stop.name)
            if again:
                await self.remove_mode(stop.name)
            self.add_mode(stop.name, screen_of(stop))
        typed = self.screen.typed if isinstance(self.screen, OpeningScreen) else []
        await self.switch_mode(first or START.name)
        self.develop(session)
        self.run_worker(partial(remember, session.project), thread=True, group="remember", exit_on_error=False)
        if not again:
            self.set_interval(SECONDS, self.look_at_files)
        for key in typed:
            self.simulate_key(key)

    def forget_changes(self) -> None:
        """What changed in the files until now was our own doing: nobody needs to be told."""
        self._watch.changed(self.session.project)

    def look_at_files(self) -> None:
        """Read the project again where somebody changed its files; while a box is open, it waits."""
        from tui.screens.frame import Frame

        if isinstance(self.screen, Frame) and not self.busy:
            changed = self._watch.changed(self.session.project)
            if changed:
                self.screen.read_again(changed)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The walk's stops, the doors, and the keys of the screen for the palette."""
        from tui.screens.framing import Framed

        for stop in screen.stops() if isinstance(screen, Framed) else ():
            yield SystemCommand(f"Go to {stop.title}", stop.step.why if stop.step else stop.title, lambda name=stop.name: self.switch_mode(name))
        yield SystemCommand("Another project, or this host", "To the doors: open, recent, start from nothing, demo", lambda: self.switch_mode(DOORS))
        yield from self.look_commands()
        for _, binding, enabled, tooltip in screen.active_bindings.values():
            if enabled and binding.description and binding.action != "command_palette" and not binding.action.startswith("go("):
                yield SystemCommand(binding.description.capitalize(), tooltip, lambda action=binding.action: self.call_later(screen.run_action, action))

    @work(thread=True, exclusive=True, group="develop", exit_on_error=False)
    def develop(self, session: Session) -> None:
        """Keep a session, then work out its picture, both away from the screen's own thread. What is left behind by a newer one stops."""
        from tui import picture

        with self.in_thread():
            self.post_message(Kept(session, self._keep(session)))
            for stage in picture.develop(session, self.picture):
                if get_current_worker().is_cancelled:
                    return
                self.post_message(Developed(stage))

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
            self.saving = "saving"
            self.refresh_bindings()
            self.develop(session)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is anything to undo or redo; at the doors there is nothing that could be."""
        if action not in ("undo", "redo"):
            return True
        if not self.begun or self.current_mode == DOORS:
            return False
        return True if (self.session.past if action == "undo" else self.session.future) else None

    def action_undo(self) -> None:
        """Take the last decision back."""
        self.take(self.session.undo())

    def action_redo(self) -> None:
        """Take the last undone decision again."""
        self.take(self.session.redo())

    async def action_quit(self) -> None:
        """End, after a word where something is being done, or something was decided and nothing was exported."""
        if self.busy:
            from tui.screens.asking import Confirm

            self.push_screen(Confirm("Leave in the middle?", self.busy, "q", "leave", "stay"), lambda sure: self.exit(0) if sure else None)
        elif unwritten := self._unwritten():
            from tui.screens.asking import Confirm

            asking = Confirm("Leave?", f"Your decisions are kept, but nothing has been written {unwritten} yet.", "q", "leave", "stay")
            self.push_screen(asking, lambda sure: self.exit(0) if sure else None)
        else:
            self.exit(0)

    def _unwritten(self) -> str:
        """For what something was decided and nothing was written; empty where all is."""
        project = self.begun and self.session.past and not self.exported
        host = self.has_host and self.host.past and not self.host_written
        return "to the project" if project else "for this host" if host else ""

    def action_doors(self) -> None:
        """Go where one chooses what is hardened; what is open stays open."""
        self.switch_mode(DOORS)


def run(paths: Sequence[Path], **load_options: Any) -> int:
    """Open the assistant on compose files and give its exit code.

    Raises:
        InputError: the project cannot be read; the terminal is untouched then.
        DesignError: its design cannot be read.
    """
    from batten.compose.loader import load_project

    return run_on(load_project(paths, **load_options))


def run_on(subject: Session | Project | HostSession | None) -> int:
    """Open the assistant on a session, on a project whose design is still to be read, on a host, or at the doors; gives its exit code, raises DesignError."""
    gc.set_threshold(_OBJECTS)
    app = BattenApp(subject)
    with leaves_when_told(lambda code: app.call_from_thread(app.exit, None, code)):
        app.run()
    if app.trouble is not None:
        raise app.trouble
    return app.return_code or 0
