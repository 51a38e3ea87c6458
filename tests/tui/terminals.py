"""The assistant as a real process on a terminal of its own: keys go in, what it draws comes out, and the terminal's settings can be looked at."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
"""What enters and leaves the alternate screen."""
PATIENCE = 30.0
"""Seconds that anything may take; a test that waits longer has failed."""


class Terminal:
    """One end of a terminal, with a process at the other."""

    def __init__(self, pid: int, end: int) -> None:
        self.pid, self.end = pid, end
        self.written = b""
        """Everything that was drawn so far."""
        self.code: int | None = None
        """The exit code, or minus the signal that ended the process; None while it runs."""
        self.settings = termios.tcgetattr(end)
        """How the terminal was set before the process touched it."""

    def send(self, *keys: str) -> None:
        """Press keys."""
        os.write(self.end, "".join(keys).encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size, of which the process hears."""
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self, seconds: float = 0.05) -> None:
        """Take what was drawn meanwhile, waiting for it no longer than that."""
        if self.end < 0:
            time.sleep(seconds)
            return
        with suppress(OSError):  # Linux says EIO when the other side has closed the terminal.
            while select.select([self.end], [], [], seconds)[0]:
                part = os.read(self.end, 65536)
                self.written += part
                seconds = 0.0
                if not part:
                    return

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so, reading along; the process may end meanwhile."""
        last = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < last, f"waited in vain for {what}"
            self.read()

    def until_drawn(self, text: str | bytes, since: int = 0) -> None:
        """Wait until a text was drawn, after that many bytes."""
        wanted = text.encode() if isinstance(text, str) else text
        self.until(lambda: wanted in self.written[since:], repr(text))

    def until_quiet(self, seconds: float = 0.3) -> None:
        """Wait until nothing was drawn for a while."""
        last = time.monotonic() + PATIENCE
        while True:
            before = len(self.written)
            self.read(seconds)
            if len(self.written) == before:
                return
            assert time.monotonic() < last, "it does not come to rest"

    def until_ended(self) -> int:
        """Wait until the process ends, and give its exit code."""
        self.until(self._ended, "the end")
        self.read()
        return self.code if self.code is not None else 0

    def _ended(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send the process a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as when a window is closed or a line is cut."""
        os.close(self.end)
        self.end = -1

    @property
    def sane(self) -> bool:
        """Whether the terminal is set as it was, and shows what it showed."""
        return termios.tcgetattr(self.end) == self.settings and self.written.count(ENTERED) == self.written.count(LEFT)

    def close(self) -> None:
        """End the process if it still runs, and let go of the terminal."""
        if self.code is None and not self._ended():
            self.kill()
            os.waitpid(self.pid, 0)
        if self.end >= 0:
            self.hang_up()


@contextmanager
def terminal(command: list[str], environ: Mapping[str, str], size: tuple[int, int] = (80, 24), ignoring: Sequence[signal.Signals] = ()) -> Iterator[Terminal]:
    """Run a command on a terminal of its own; some signals may be ignored by whoever starts it, as ``nohup`` does."""
    pid, end = pty.fork()
    if pid == 0:
        for number in ignoring:
            signal.signal(number, signal.SIG_IGN)
        os.chdir(ROOT)
        os.execve(command[0], command, {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environ})
    found = Terminal(pid, end)
    found.resize(*size)
    try:
        yield found
    finally:
        found.close()


def started_on(compose: Path) -> list[str]:
    """The command that opens the assistant."""
    return [sys.executable, "-m", "batten", str(compose)]


@contextmanager
def assistant(compose: Path, state: Path, size: tuple[int, int] = (80, 24), ignoring: Sequence[signal.Signals] = ()) -> Iterator[Terminal]:
    """The assistant on a compose file, its first screen worked out."""
    with terminal(started_on(compose), {"XDG_STATE_HOME": str(state)}, size, ignoring) as found:
        found.until_drawn("needed)")
        yield found
