"""The last stop of a host's walk: the files, what may stop working, what is run next; and writing them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.content import Content

from batten.errors import BattenError, WriteError
from batten.model import GeneratedFile
from tui.host_views import FOLDER, breaking, tree
from tui.presentation import QUIET, complaint, several, words
from tui.screens.asking import Confirm, Typing
from tui.screens.host_frame import HostFrame
from tui.widgets.frame_parts import Page, Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

WHY = (
    "Nothing was written so far. The files go into a folder of your choice, all of them or none; nothing on this host is changed by that. Each script says "
    "with --dry-run what it would do, and undo takes it back. host.yaml is the design: 'batten host -o DIR' makes the same files of it again."
)


class HostExportScreen(HostFrame):
    """Files and risks."""

    CSS_PATH = ["frame.tcss", "export.tcss"]
    BINDINGS = [Binding("x", "export", "write them", tooltip="Write the files into a folder")]
    stop = "host-export"

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        with Page(id="preview"):
            yield Plain(id="preview-text")

    def on_mount(self) -> None:
        """Let arrows scroll the preview."""
        super().on_mount()
        self.query_one("#preview").focus()

    def draw(self) -> None:
        """Draw the preview, or what is still missing."""
        width = self.query_one("#preview", Page).room
        self.query_one("#preview-text", Plain).show_text(Content("\n").join(self._preview(width)))

    def _preview(self, width: int) -> Iterator[Content]:
        picture = self.host_picture
        if self.stale():
            yield words("being worked out …", QUIET)
        elif picture.errors:
            yield words("Not everything is answered yet:", "bold")
            yield from (complaint(error) for error in picture.errors.values())
        else:
            yield words(f"{several(len(picture.files), 'file')} for this host. Nothing on it changes until you run them.", "bold")
            yield Content.assemble(("x", "bold $primary"), " into a folder   ", ("v", "bold $primary"), " what is in them, what is run with them\n")
            yield from tree(picture.files, width)
            yield Content("")
            yield from breaking(picture, width)

    def main(self) -> Widget | None:
        """The preview."""
        return self.query_one("#preview")

    def why(self) -> str:
        """What exporting does."""
        return WHY

    def action_export(self) -> None:
        """Ask for a folder and write there."""
        if not self.stale() and not self.host_picture.errors:
            self.app.push_screen(Typing("Write", "Into which folder? Nothing else on this host is touched.", FOLDER), self._chosen)

    def _chosen(self, text: str | None) -> None:
        if text:
            self._write(Path(text).expanduser())

    @work(thread=True, exclusive=True, group="write", exit_on_error=False)
    def _write(self, folder: Path, force: bool = False) -> None:
        from generators.hosting import write_new

        app, files = self.app, self.host_picture.files
        with self.batten.in_thread():
            try:
                app.call_from_thread(self._written, write_new(files, folder, force=force), files, folder.absolute())
            except WriteError as error:
                app.call_from_thread(self._refused, error, folder, force)
            except BattenError as error:
                app.call_from_thread(self._failed, error)

    def _written(self, written: tuple[GeneratedFile, ...], files: tuple[GeneratedFile, ...], folder: Path) -> None:
        """Say what was written, and what to run next."""
        from generators.hosting import commands
        from tui.screens.telling import Telling

        self.batten.host_written = True
        run = commands(files, folder)
        said = f"{several(len(written), 'file')} in " if written else "Everything was as it should be in "
        parts = [Content.assemble(said, words(str(folder), "bold")), *(words(f"  {file.path}") for file in written)]
        parts += [Content(""), Content("Next, to see what each would do:"), *(words(f"  {command}", "bold $primary") for command in run)]
        self.app.push_screen(Telling("Written", Content("\n").join(parts), copied="\n".join(run)))

    def _failed(self, error: BattenError) -> None:
        from tui.screens.telling import Telling

        self.app.push_screen(Telling("Nothing was written", complaint(error)))

    def _refused(self, error: WriteError, folder: Path, force: bool) -> None:
        """Where files are there already, ask whether they may be replaced; else say what is wrong."""
        if force or "there already" not in error.message:
            self._failed(error)
            return

        def agreed(sure: bool | None) -> None:
            if sure:
                self._write(folder, force=True)

        self.app.push_screen(Confirm("Replace", f"There are files in {folder} already. Replace those that differ?", "r", "replace them", "leave them"), agreed)
