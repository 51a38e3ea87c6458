"""A program on a pseudo terminal of its own: what stands on its screen, when that changed, and what the process took until then."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence

_PIECE = re.compile(r"\x1b\[([0-9;?<=>]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_X^][^\x1b]*\x1b\\|\x1b[()][0-9A-Za-z]|\x1b.|[^\x1b]+", re.DOTALL)
_UNFINISHED = re.compile(r"\x1b(?:[\[\]P_X^()][^\x07\x1b@-~]*)?\Z")
_TICKS = os.sysconf("SC_CLK_TCK")
IDLE = 0.15
"""Seconds without output and without work after which a program is taken to have come to rest."""


class Screen:
    """The text on a terminal, as far as a program writes with moves of the cursor and plain text; colours are dropped."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._cells = [[" "] * width for _ in range(height)]
        self._row = self._column = 0
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take what a program wrote."""
        text = self._rest + text
        unfinished = _UNFINISHED.search(text)
        self._rest = text[unfinished.start() :] if unfinished else ""
        for piece in _PIECE.finditer(text[: unfinished.start()] if unfinished else text):
            if piece[0][0] != "\x1b":
                self._write(piece[0])
            elif piece[2]:
                self._control(piece[1], piece[2])

    def _control(self, parameters: str, final: str) -> None:
        numbers = [int(part) if part.isdigit() else 1 for part in parameters.split(";")]
        if final == "H":
            self._row, self._column = numbers[0] - 1, (numbers[1] if len(numbers) > 1 else 1) - 1
        elif final == "J":
            self._cells = [[" "] * self.width for _ in range(self.height)]

    def _write(self, text: str) -> None:
        for sign in text:
            if sign == "\n":
                self._row, self._column = self._row + 1, 0
            elif sign == "\r":
                self._column = 0
            elif sign >= " " and not unicodedata.combining(sign):
                self._put(sign)

    def _put(self, sign: str) -> None:
        if 0 <= self._row < self.height and 0 <= self._column < self.width:
            self._cells[self._row][self._column] = sign
        self._column += 2 if unicodedata.east_asian_width(sign) in "WF" else 1

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join("".join(line) for line in self._cells)


class Program:
    """A process on a terminal; it is ended at the end of the ``with``."""

    def __init__(self, command: Sequence[str], width: int, height: int, environment: Mapping[str, str]) -> None:
        self.screen = Screen(width, height)
        self.begun = self.changed = time.perf_counter()
        self._bytes = b""
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            try:
                os.execvpe(command[0], list(command), {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"})
            finally:
                os._exit(127)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.close(self._terminal)
        os.waitpid(self.process, 0)

    def read(self, seconds: float) -> bool:
        """Take what the program writes within so many seconds; whether it wrote anything."""
        if not select.select([self._terminal], [], [], max(seconds, 0))[0]:
            return False
        try:
            self._bytes += os.read(self._terminal, 1 << 16)
        except OSError as error:
            raise SystemExit(f"the program has ended; the last that it showed:\n{self.screen.text.rstrip()}") from error
        self.changed = time.perf_counter()
        text = self._bytes.decode(errors="ignore")
        self._bytes = self._bytes[len(text.encode()) :]
        self.screen.feed(text)
        return True

    def until(self, holds: Callable[[str], bool], seconds: float = 60) -> float:
        """Read until the screen is as wanted; when that was. Ends the measurement where it never is."""
        end = time.perf_counter() + seconds
        while not holds(self.screen.text):
            if not self.read(end - time.perf_counter()):
                raise SystemExit(f"this is not what was waited for:\n{self.screen.text.rstrip()}")
        return self.changed

    def press(self, key: str) -> float:
        """Type a key; when."""
        os.write(self._terminal, key.encode())
        return time.perf_counter()

    def rest(self, seconds: float = 120) -> float:
        """Read until the program neither writes nor works any more; when it last wrote."""
        end, worked = time.perf_counter() + seconds, -1.0
        while time.perf_counter() < end:
            wrote, before, worked = self.read(IDLE), worked, self.worked
            if not wrote and worked - before <= 1 / _TICKS:
                return self.changed
        raise SystemExit(f"the program does not come to rest:\n{self.screen.text.rstrip()}")

    @property
    def worked(self) -> float:
        """Seconds of the processor that it has taken, in steps of the system's clock."""
        with open(f"/proc/{self.process}/stat", encoding="utf-8") as stream:
            fields = stream.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def mebibytes(self) -> float:
        """The most memory that it has held."""
        with open(f"/proc/{self.process}/status", encoding="utf-8") as stream:
            return next(int(line.split()[1]) for line in stream if line.startswith("VmHWM")) / 1024
