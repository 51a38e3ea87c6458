"""The part of the app's state that is about a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.reactive import reactive
from textual.worker import get_current_worker

from batten.errors import BattenError
from tui.failing import FailsQuietly

if TYPE_CHECKING:
    from batten.session.host import HostSession
    from tui.hosting import HostPicture


class HoldsHost(FailsQuietly):
    """Holds the session of a host, its picture, and whether it is saved."""

    host: reactive[HostSession] = reactive(lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """The host and what was decided so far."""
    host_picture: reactive[HostPicture] = reactive(lambda: None, always_update=True, init=False)  # type: ignore[arg-type,return-value]
    """What was worked out; that of an earlier session while the new one is being worked out."""
    host_saving: reactive[str] = reactive("saved", init=False)
    """``saved``, ``saving`` or ``not saved``."""
    has_host = False
    """Whether the host's door was opened; before, there is no session of it."""
    host_written = False
    """Whether everything that was decided about the host is in files."""

    async def begin_host(self, session: HostSession) -> None:
        """Go into a host; decisions that were made about it before stay."""
        from tui.hosting import HostPicture
        from tui.walk import HOST_START, HOST_STOPS, screen_of_host

        if not self.has_host:
            self.has_host = True
            self.set_reactive(HoldsHost.host, session)
            self.set_reactive(HoldsHost.host_picture, HostPicture(session))
            for stop in HOST_STOPS:
                self.add_mode(stop.name, screen_of_host(stop))
            self.develop_host(session)
        await self.switch_mode(HOST_START.name)

    def take_host(self, session: HostSession) -> None:
        """Go on with another session of the host: after a decision or an undo."""
        if session is not self.host:
            self.host = session
            self.host_saving, self.host_written = "saving", False
            self.refresh_bindings()
            self.develop_host(session)

    @work(thread=True, exclusive=True, group="develop-host", exit_on_error=False)
    def develop_host(self, session: HostSession) -> None:
        """Keep a session, then work out its picture; what is left behind by a newer one stops."""
        from tui.hosting import develop

        with self.in_thread():
            trouble = _keep(session)
            self.call_from_thread(self._kept_host, session, trouble)
            picture = develop(session)
            if not get_current_worker().is_cancelled:
                self.call_from_thread(self._show_host, picture)

    def _kept_host(self, session: HostSession, trouble: str) -> None:
        if session is self.host:
            self.host_saving = "not saved" if trouble else "saved"
            if trouble:
                self.notify(trouble, title="Your decisions are not saved", severity="warning", markup=False)

    def _show_host(self, picture: HostPicture) -> None:
        if picture.session is self.host:
            self.host_picture = picture


def _keep(session: HostSession) -> str:
    """Save the session's design; gives why it could not be, or nothing."""
    try:
        if not session.saved:
            session.autosave()
    except BattenError as error:
        return str(error)
    return ""
