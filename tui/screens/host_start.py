"""The first stop of a host's walk: what batten can write for it, as things stand, and what stands open on its engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import work
from textual.binding import Binding
from textual.content import Content

from batten.design.host import HostDesign
from batten.session.host import HostSession
from tui.hosting import Heard, hear
from tui.presentation import QUIET, finding_row, several, words
from tui.resuming import earlier_host
from tui.screens.host_frame import HostFrame
from tui.widgets.frame_parts import Page, Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

WHY = (
    "A host is hardened once, for all its projects. batten writes scripts and settings into a folder; nothing on this host changes until you have read "
    "them and run them as root, each has a dry run and an undo. What you decide is kept in host.yaml beside them."
)
_SHOWN = 12


class HostStartScreen(HostFrame):
    """A line for each part, the findings of the engine if one answers, and the ways on."""

    CSS_PATH = ["frame.tcss", "start.tcss"]
    BINDINGS = [
        Binding("x", "go('host-export')", "write the files", tooltip="See what would be written, and write it"),
        Binding("c", "resume", "continue", show=False, tooltip="Take up the decisions of your last sitting"),
    ]
    stop = "host-start"
    first_view = "files"

    def __init__(self) -> None:
        super().__init__()
        self._heard: Heard | None = None
        self._earlier: HostDesign | None = None

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        with Page(id="opening"):
            yield Plain(id="sums")
            yield Plain(id="ways")
            yield Plain(id="worst")

    def on_mount(self) -> None:
        """Ask the engine, and look for an earlier sitting."""
        super().on_mount()
        self._earlier = earlier_host(self.batten.host)
        self._hear()
        self.query_one("#opening").focus()

    @work(thread=True, exclusive=True, group="hear", exit_on_error=False)
    def _hear(self) -> None:
        with self.batten.in_thread():
            self.app.call_from_thread(self._take, hear())

    def _take(self, heard: Heard) -> None:
        self._heard = heard
        self.redraw()

    def draw(self) -> None:
        """Draw what is known so far."""
        width = self.query_one("#opening", Page).room
        self.query_one("#sums", Plain).show_text(Content("\n").join(self._sums()))
        self.query_one("#ways", Plain).show_text(self._ways())
        self.query_one("#worst", Plain).show_text(Content("\n").join(self._open(width)))

    def _sums(self) -> Iterator[Content]:
        yield words("What belongs to this host and not to a project, as batten would set it:", "bold")
        yield Content("")
        for title, what in lines(self.batten.host):
            yield Content.assemble((f"  {title:<12}", "bold $text-accent"), words(what))

    def _ways(self) -> Content:
        past = self._earlier is not None and not self.batten.host.past
        again = [("  c  ", "bold $primary"), ("go on with the decisions of your last sitting\n", "")] if past else []
        return Content.assemble(
            ("  n  ", "bold $primary"), "go through it, question by question\n", ("  x  ", "bold $primary"), "write these files into a folder\n",
            *again, ("     Nothing on this host changes: you read the scripts and run them.", QUIET),
        )  # fmt: skip

    def _open(self, width: int) -> Iterator[Content]:
        heard = self._heard
        if heard is None:
            yield words("The engine is being asked …", QUIET)
        elif heard.silence:
            yield words("What stands open", "bold")
            yield words(f"No engine could be asked: {heard.silence}", QUIET)
        else:
            yield words(f"What stands open: {several(len(heard.usable), 'thing')} an intruder could use on {heard.name}", "bold")
            yield from (finding_row(one, width) for one in heard.findings[:_SHOWN])
            if len(heard.findings) > _SHOWN:
                yield words(f"and {len(heard.findings) - _SHOWN} more; batten review --live lists them all", QUIET)

    def main(self) -> Widget | None:
        """The text itself, so that arrows scroll it."""
        return self.query_one("#opening")

    def why(self) -> str:
        """What the first stop is good for."""
        return WHY

    def action_resume(self) -> None:
        """Take up what was decided in an earlier sitting; it can be undone like any decision."""
        if self._earlier is not None:
            self.batten.take_host(self.batten.host.decide(self._earlier, "the last sitting"))


def lines(session: HostSession) -> Iterator[tuple[str, str]]:
    """For each part what is to be, in a sentence."""
    design, there = session.design, len(session.existing.entries)
    tls, firewall, swarm = design.tls, design.firewall, design.swarm
    names = ", ".join(tls.names) or "no name yet"
    yield "API", f"over TLS on port {tls.port}: {names}; {several(len(tls.clients), 'client')}" if tls.wanted else "by ssh alone; no port is opened"
    merged = f", merged into {session.daemon_json} ({several(there, 'key')} there)" if session.daemon_json else ""
    yield "Daemon", several(len(design.daemon.settings), "setting") + " of daemon.json" + merged
    open_ports = ", ".join(map(str, (*firewall.host, *firewall.published))) or "nothing"
    by = f"by {', '.join(firewall.interfaces)} come in: {open_ports}; everything else new is dropped"
    yield "Firewall", by if firewall.interfaces else "none is written: no interface that leads outside is known"
    locked = "managers locked" if swarm.autolock else "managers open"
    yield "Swarm", f"part of one; {several(len(swarm.peers), 'other node')}, {locked}" if swarm.wanted else "not part of one"
