"""The frame of a host's stops: the files that would be written, what is in them, and what is run with them."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.content import Content

from batten.errors import BattenError
from tui import host_views
from tui.presentation import QUIET, complaint, several, words
from tui.screens.framing import Framed
from tui.walk import HOST_STOPS, Stop

if TYPE_CHECKING:
    from tui.hosting import HostPicture


class HostFrame(Framed):
    """A stop of the walk through a host."""

    BINDINGS = [
        *(Binding(stop.key, f"go('{stop.name}')", stop.title, show=False, tooltip=f"Go to {stop.title}") for stop in HOST_STOPS),
        Binding("v", "view", "view", tooltip="The files that are written, what is in them, what is run with them"),
        Binding("u", "undo", "undo", tooltip="Take the last decision back"),
        Binding("ctrl+r", "redo", "redo", show=False, tooltip="Take the last undone decision again"),
    ]
    views = ("files", "text", "run")
    first_view = "text"
    watched = ("host", "host_picture", "host_saving")
    part = ""
    """The section of the design that the stop is about; empty for all of it."""

    def stops(self) -> Sequence[Stop]:
        """All of them: each part of a host is there to be decided."""
        return HOST_STOPS

    def idle(self) -> frozenset[str]:
        """None."""
        return frozenset()

    @property
    def host_picture(self) -> HostPicture:
        """What was worked out last."""
        return self.batten.host_picture

    def title_line(self) -> Content:
        """The machine."""
        kept = " · host.yaml" if self.has_class("-wide") else ""
        return Content.assemble((" batten ", "bold reverse"), " ", ("this host: ", QUIET), words(socket.gethostname(), "bold"), words(kept, QUIET))

    def standing(self) -> Content:
        """How many files it comes to, or how many parts still need something."""
        picture, saving = self.host_picture, self.batten.host_saving
        missing = several(len(picture.errors), "part needs", "parts need") + " an answer" if picture.errors else ""
        figure = "… files" if self.stale() else missing or several(len(picture.files), "file")
        return Content.assemble((figure, "bold $text-warning" if missing else "bold"), f"  {'●' if saving == 'saved' else '○'} {saving}")

    def stale(self) -> bool:
        """Whether the picture is one of an earlier session."""
        return self.host_picture.session is not self.batten.host

    def seen(self, view: str, width: int) -> Content:
        """A view of what would be written."""
        return host_views.view(view, self.host_picture, self.part, width)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether there is anything to undo or redo, and a next stop."""
        held = {"undo": self.batten.host.past, "redo": self.batten.host.future}
        return (True if held[action] else None) if action in held else super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Take the last decision back."""
        self.batten.take_host(self.batten.host.undo())

    def action_redo(self) -> None:
        """Take the last undone decision again."""
        self.batten.take_host(self.batten.host.redo())

    def tell(self, error: BattenError) -> None:
        """Say for a while what could not be done."""
        self.app.notify(complaint(error).plain, severity="error", markup=False)
