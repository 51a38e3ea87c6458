"""The doors: this project, this host, another project, nothing yet, the demo; and the projects that were opened before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option
from textual.worker import get_current_worker

from batten.errors import BattenError
from batten.session import Session
from batten.session.host import HostSession
from tui.doors import Door, Kind, begun, demo, found_at, here, listed, read, standing
from tui.presentation import QUIET, complaint, fitted, words
from tui.screens.asking_path import AskingPath
from tui.widgets.frame_parts import Plain
from tui.widgets.rows import Rows

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.app import BattenApp

WHY = (
    "batten hardens two kinds of things. A project is a folder with a compose file: its services, networks, passwords and ports. A host is the machine that "
    "Docker runs on: its remote API, its daemon, its firewall, its swarm. Whatever you choose, nothing is changed before you say so."
)


class DoorsScreen(Screen[None]):
    """One list; enter goes through a door."""

    CSS_PATH = "doors.tcss"
    BINDINGS = [
        Binding("enter", "open", "go in", tooltip="Go through the door under the cursor"),
        Binding("o", "door('another')", "open", tooltip="Open a project somewhere else"),
        Binding("h", "door('host')", "host", tooltip="Harden this host"),
        Binding("b", "door('nothing')", "begin", tooltip="Begin a project that has no files yet"),
        Binding("d", "door('demo')", "demo", tooltip="Look at a small shop with many mistakes"),
        Binding("e", "explain", "explain", show=False, tooltip="What a project and a host are here"),
        Binding("question_mark", "keys", "keys", tooltip="Every key"),
        Binding("escape", "back", "back", show=False, tooltip="Back to what is open"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._doors: list[Door] = []

    @property
    def batten(self) -> BattenApp:
        """The app, by its own type."""
        return cast("BattenApp", self.app)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Plain(Content.assemble((" batten ", "bold reverse"), " ", ("hardens Docker projects, and the hosts they run on", QUIET)), id="title")
        yield Plain(Content.assemble(("What shall be hardened?", "bold"), ("   ↑ ↓ and enter, or the letter below", QUIET)), id="asked")
        yield Rows(id="doors")
        yield Plain(id="told")
        yield Footer(show_command_palette=False)

    def on_screen_resume(self) -> None:
        """List the doors: another project may have been opened meanwhile."""
        folder = standing()
        self._show(listed(folder, ()))
        self._look(folder)

    @work(thread=True, exclusive=True, group="look", exit_on_error=False)
    def _look(self, folder: Path) -> None:
        """Look for projects below the folder, which takes a while where it is large."""
        with self.batten.in_thread():
            if here(folder) is None:
                worker = get_current_worker()
                below = found_at(folder, lambda: worker.is_cancelled)
                self.app.call_from_thread(self._show, listed(folder, below))

    def _show(self, doors: Sequence[Door]) -> None:
        """Draw the list, the cursor on the door that it was on."""
        shown, before = self.query_one(Rows), self._door()
        self._doors = list(doors)
        shown.set_options([Option(self._row(door), disabled=door.kind is Kind.HEADING) for door in doors])
        shown.highlighted = self._doors.index(before) if before in self._doors else 0
        shown.focus()
        self._tell()

    def _row(self, door: Door) -> Content:
        if door.kind is Kind.HEADING:
            return words(door.title, QUIET)
        return Content.assemble(words(f" {fitted(door.title, 20)} ", "bold"), words(door.what, QUIET))

    def on_resize(self) -> None:
        """Say it in the new width."""
        self._tell()

    @on(OptionList.OptionHighlighted)
    def _tell(self) -> None:
        """What is behind the door under the cursor."""
        door = self._door()
        self.query_one("#told", Plain).show_text(words(door.about if door else ""))

    def _door(self) -> Door | None:
        at = self.query_one(Rows).highlighted
        return self._doors[at] if at is not None and at < len(self._doors) else None

    @on(OptionList.OptionSelected)
    def _selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """Go through the door under the cursor."""
        door = self._door()
        if door is not None:
            self._go(door)

    def action_door(self, kind: str) -> None:
        """Go through the first door of a kind."""
        self._go(next(door for door in self._doors if door.kind == kind))

    def action_back(self) -> None:
        """Back to the project or the host that is open."""
        if self.batten.begun:
            self.app.switch_mode("start")
        elif self.batten.has_host:
            self.app.switch_mode("host-start")

    def _go(self, door: Door) -> None:
        ways = {Kind.PROJECT: self._read, Kind.ANOTHER: self._ask, Kind.NOTHING: self._begin, Kind.HOST: self._host, Kind.DEMO: self._demo}
        if door.kind in ways:
            ways[door.kind](door)

    def _ask(self, door: Door) -> None:
        asking = AskingPath("Open a project", "A compose file, or a folder with one. Tab completes.", f"{standing()}/")
        self.app.push_screen(asking, lambda path: self._read(Door(Kind.PROJECT, "", path=Path(path))) if path else None)

    def _begin(self, door: Door) -> None:
        text = "The folder where the new project shall live. It is made when you write the files; tab completes."
        self.app.push_screen(AskingPath("Begin a project", text, str(door.path)), lambda path: self._begun(Path(path)) if path else None)

    def _begun(self, folder: Path) -> None:
        self._open(partial(begun, folder))

    def _demo(self, door: Door) -> None:
        self._open(demo)

    def _read(self, door: Door) -> None:
        self._open(partial(read, door.files or (door.path,)))

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _open(self, make: Callable[[], Session]) -> None:
        """Read a project, which may take a while, and go in."""
        with self.batten.in_thread():
            self.app.call_from_thread(self.query_one("#told", Plain).show_text, words("being read …", QUIET))
            try:
                session = make()
            except BattenError as error:
                self.app.call_from_thread(self.tell, error)
            else:
                self.app.call_from_thread(self.app.call_later, self.batten.begin, session, "services" if session.begins else "")

    def _host(self, door: Door) -> None:
        try:
            session = self.batten.host if self.batten.has_host else HostSession.open(standing())
        except BattenError as error:
            self.tell(error)
        else:
            self.app.call_later(self.batten.begin_host, session)

    def tell(self, error: BattenError) -> None:
        """Say why a door stays shut."""
        from tui.screens.telling import Telling

        self.app.push_screen(Telling("This cannot be opened", complaint(error)))

    def action_explain(self) -> None:
        """Say what the doors are."""
        from tui.screens.telling import Telling

        self.app.push_screen(Telling("Why", words(WHY)))

    def action_keys(self) -> None:
        """List every key."""
        from tui.screens.telling import Telling, keys_of

        self.app.push_screen(Telling("Keys", keys_of(self)))
