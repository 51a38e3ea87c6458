"""The last stop: what would be written, what each change risks, the difference; and writing it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.content import Content

from batten.errors import BattenError, WriteError
from batten.model import Change, Risk
from batten.report.plans import sentences
from batten.report.stack import HEADINGS, sentence, told
from batten.report.veil import Veil
from batten.session import Session
from tui.exporting import Written, after_writing, write
from tui.picture import After
from tui.presentation import QUIET, RISK_WORDS, bullet, complaint, row, several, words
from tui.screens.asking import Confirm, Typing
from tui.screens.frame import Frame
from tui.views import difference
from tui.widgets.lines import Lines, lines_of

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

WHY = (
    "Nothing was written so far. Into a folder: a copy that runs from there, with the same project name, so that volumes and data are the same ones; your own "
    "files stay untouched. In place: your files are changed, and what they were is kept in .batten/backups. Changes are without risk where a working "
    "application cannot notice them; the others work unless something that the files do not show depends on what is changed, so look at them. "
    "r changes what is taken."
)
FOLDER = "hardened"


class ExportScreen(Frame):
    """Files, changes by their risk, and the difference."""

    CSS_PATH = ["frame.tcss", "export.tcss"]
    BINDINGS = [
        Binding("x", "export", "copy", tooltip="Write a hardened copy into a folder of its own"),
        Binding("i", "in_place", "in place", tooltip="Change the files themselves; a backup is kept"),
        Binding("a", "apply", "apply", tooltip="Change the files and bring the project up with them; compared, listened to, and taken back by one key"),
        Binding("f", "files", "files", show=False, tooltip="What is in each file, one by one"),
        Binding("r", "risk", "risk", show=False, tooltip="Take only what is without risk, or everything"),
    ]
    stop = "export"

    def __init__(self) -> None:
        super().__init__()
        self._doing = ""
        """What is being done on the way to the files; empty where nothing is."""
        self._halt = threading.Event()

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield Lines(id="preview")

    def on_mount(self) -> None:
        """Let arrows scroll the preview."""
        super().on_mount()
        self.query_one("#preview").focus()

    def draw(self) -> None:
        """Draw the preview, or why there is none."""
        picture, session = self.batten.picture, self.batten.session
        if picture.error is not None:
            lines = lines_of(complaint(picture.error, session.project))
        elif picture.after is None or picture.session is not session:
            lines = [words("being worked out …", QUIET)]
        else:
            doing = [words(f"{self._doing} …   escape stops it", "bold $text-accent")] if self._doing else []
            lines = [*doing, *self._preview(picture.after)]
        self.query_one("#preview", Lines).show_lines(lines)

    def _preview(self, after: After) -> Iterator[Content]:
        hardening, taken = after.hardening, self.batten.session.accept
        scope = "Everything that is without risk" if taken == Risk.SAFE else "Everything that the design says"
        yield Content.assemble(
            (f"{scope}: {several(len({one.decision for one in hardening.changes}), 'decision')}.", "bold"), ("  r: take more or less", QUIET)
        )
        yield Content.assemble(
            ("x", "bold $primary"),
            " into a folder   ",
            ("i", "bold $primary"),
            " in place   ",
            ("a", "bold $primary"),
            " in place, and up   ",
            ("f", "bold $primary"),
            " each file",
        )
        width = self.query_one("#preview", Lines).room
        yield Content("")
        yield from tree(after, width)
        yield Content("")
        for part in risks(after, width):
            yield from lines_of(part)
        if not self.has_class("-wide"):
            yield from difference(after)

    def main(self) -> Widget | None:
        """The preview."""
        return self.query_one("#preview")

    def why(self) -> str:
        """What exporting does."""
        return WHY

    def action_files(self) -> None:
        """Show what is in each file."""
        after = self.batten.picture.after
        if after is not None and self._ready():
            from tui.file_views import listed
            from tui.screens.files import Files

            self.app.push_screen(Files(listed(after)))

    def action_export(self) -> None:
        """Ask for a folder and write there."""
        if self._ready():
            session = self.batten.session
            text = "Into which folder? It gets a copy that runs from there; your files stay as they are."
            if session.begins:
                text = "Into which folder? It is made if it is not there, and holds all that the project needs."
            self.app.push_screen(Typing("Export", text, str(session.project.directory) if session.begins else FOLDER), self._folder_chosen)

    def action_in_place(self) -> None:
        """Ask whether the files themselves shall change, and change them; a project that begins has none."""
        if self._ready() and self.batten.session.begins:
            self._write(None)
        elif self._ready():
            files = ", ".join(self.batten.session.project.shown(file) for file in self.batten.session.project.files)
            text = f"{files} will be changed. What is there now is kept in .batten/backups.{self._to_be_looked_at()}"
            self.app.push_screen(Confirm("Change your files", text, "i", "change them", "leave them"), self._in_place_agreed)

    def action_close_view(self) -> None:
        """Stop before anything is written, else back from the view."""
        if self._doing:
            self._halt.set()
        else:
            super().action_close_view()

    def action_apply(self) -> None:
        """To where the project is changed and brought up."""
        self.action_go("apply")

    def _folder_chosen(self, text: str | None) -> None:
        if text:
            folder, project = Path(text).expanduser(), self.batten.session.project
            self._write(None if self.batten.session.begins and folder.absolute() == project.directory else folder)

    def _to_be_looked_at(self) -> str:
        """What stands against it: decisions that need a look before."""
        after = self.batten.picture.after
        risky = {one.decision for one in after.hardening.changes if one.risk != Risk.SAFE} if after else set()
        if not risky:
            return ""
        are = "is" if len(risky) == 1 else "are"
        return f" {several(len(risky), 'decision')} {are} to be looked at first; the preview lists them, and r leaves them out."

    def _in_place_agreed(self, sure: bool | None) -> None:
        if sure:
            self._write(None)

    def _ready(self) -> bool:
        return self.batten.picture.after is not None and self.batten.picture.session is self.batten.session

    def _write(self, folder: Path | None, force: bool = False) -> None:
        """Write, unless that is being done already."""
        if not self._doing:
            self._halt.clear()
            self._told("beginning")
            self._do_write(folder, force)

    def _told(self, words: str) -> None:
        """Say what is being done; nothing any more where there are no words."""
        self._doing = words
        self.redraw()

    def _at(self, words: str) -> None:
        """In the thread that writes: say what comes next, unless somebody has had enough."""
        if self._halt.is_set():
            raise WriteError("nothing was written: you stopped it.")
        self.app.call_from_thread(self._told, words)

    @work(thread=True, exclusive=True, group="write", exit_on_error=False)
    def _do_write(self, folder: Path | None, force: bool) -> None:
        app, session = self.app, self.batten.session
        with self.batten.in_thread():
            try:
                written = write(session, folder, force, self._at)
                app.call_from_thread(self._written, written, after_writing(session) if folder is None else session)
            except WriteError as error:
                app.call_from_thread(self._refused, error, folder, force)
            except BattenError as error:
                app.call_from_thread(self._failed, error)

    def _written(self, written: Written, session: Session) -> None:
        """Say what was written; what was changed in place has been read again."""
        from tui.screens.telling import Telling

        self._told("")
        self.batten.take(session)
        self.batten.written = (session.design, session.accept)
        doors = {"a": ("bring it up", lambda: self.action_go("apply"))} if written.backup is not None else {}
        self.app.push_screen(Telling("Written", report(written), copied="\n".join(written.commands), doors=doors))

    def _failed(self, error: BattenError) -> None:
        from tui.screens.telling import Telling

        self._told("")
        self.app.push_screen(Telling("Nothing was written", complaint(error, self.batten.session.project)))

    def _refused(self, error: WriteError, folder: Path | None, force: bool) -> None:
        """Where files are there already, ask whether they may be replaced; else say what is wrong."""
        if force or folder is None or "there already" not in error.message:
            self._failed(error)
            return
        self._told("")
        text = f"There are files in {folder} already. Replace those that the export writes?"

        def agreed(sure: bool | None) -> None:
            if sure:
                self._write(folder, force=True)

        self.app.push_screen(Confirm("Replace", text, "r", "replace them", "leave them"), agreed)


def tree(after: After, width: int) -> Iterator[Content]:
    """The files that change or are new."""
    yield words(f"{after.hardening.home.name}/", "bold")
    own = after.hardening.rewritten.files if after.hardening.design.target.own_files else ()
    names = [(file.path, "changed") for file in own] + [(file.path, file.purpose) for file in after.files]
    for index, (name, what) in enumerate(names):
        branch = "└─ " if index == len(names) - 1 else "├─ "
        yield Content.assemble((branch, QUIET), row([(name, 26, ""), (what, width - 31, QUIET)]))


def risks(after: After, width: int) -> Iterator[Content]:
    """What the changes mean by their risk; then what is not taken, and what could not be written."""
    hardening, veil = after.hardening, after.veil
    for risk in Risk:
        yield from _section(f"{RISK_WORDS[risk].capitalize()} ({risk})", _at(hardening.changes, risk), veil, width)
    yield from _section("Not taken now", [text for risk in Risk for text in _at(hardening.declined, risk)], veil, width)
    refused = [f"{one.change.decision}: {one.reason}" for one in hardening.refusals]
    yield from _section("Could not be written into your files", refused, veil, width)
    for fate, entries in told(hardening.stack.losses if hardening.stack else ()).items():
        yield from _section(HEADINGS[fate], [sentence(said) for said in entries], veil, width)


def _at(changes: tuple[Change, ...], risk: Risk) -> list[str]:
    """The sentences of the changes of one risk."""
    return [text for part in sentences(changes).values() for text, highest in part.items() if highest == risk]


def _section(title: str, texts: Sequence[str], veil: Veil, width: int) -> Iterator[Content]:
    if texts:
        yield words(title, "bold")
        yield from (bullet(veil(text), width) for text in texts)
        yield Content("")


def report(written: Written) -> Content:
    """What was written and what to run next."""
    if not written.files:
        return Content("Everything was in place already; nothing was written.")
    lines = [Content.assemble(f"{several(len(written.files), 'file')} in ", words(str(written.folder), "bold")), Content("")]
    lines += [words(f"  {file}") for file in written.files]
    if written.backup is not None:
        lines += [Content(""), Content.assemble("What was there is kept in ", words(str(written.backup), "bold"))]
    lines += [Content(""), Content("Next:"), *(words(f"  {command}", "bold $primary") for command in written.commands)]
    return Content("\n").join(lines)
