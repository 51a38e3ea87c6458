"""Standard output is data, standard error is talk; both survive any text, any terminal and any reader that goes away."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from batten.report.terminal import plain

if TYPE_CHECKING:
    from batten.errors import BattenError

WIDEST, UNKNOWN = 120, 80
"""Columns: more than these are not used on a terminal, and these where there is none."""


class KilledError(BaseException):
    """Somebody asks the process to end; not an Exception, so that only the outermost call takes it."""


def prepare() -> None:
    """Make both streams take every text: UTF-8 where a program reads, question marks where a terminal cannot show it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            terminal = stream.isatty()
            stream.reconfigure(encoding=stream.encoding if terminal else "utf-8", errors="replace" if terminal else "backslashreplace")


def say(text: str) -> None:
    """Talk: lines on standard error, harmless to a terminal."""
    with contextlib.suppress(OSError):
        for line in text.split("\n"):
            print(plain(line), file=sys.stderr)
        sys.stderr.flush()


def show(text: str) -> None:
    """Talk on a terminal: one line that the next one takes the place of; an empty one wipes it away."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"\r{plain(text)}\x1b[K")
        sys.stderr.flush()


def harmless(text: str) -> str:
    """A line that a terminal only shows."""
    return plain(text)


def put(text: str) -> None:
    """Data: text on standard output, as it is."""
    sys.stdout.write(text)


def put_foreign(text: str) -> None:
    """Data that strangers may have written: as it is for a program, harmless on a terminal."""
    put("".join(f"{plain(line)}\n" for line in text.splitlines()) if sys.stdout.isatty() else text)


def complain(error: BattenError) -> None:
    """Say what could not be done: ``file:line:column: what. What to do.``"""
    say(complaint(error))


def complaint(error: BattenError) -> str:
    """A complaint in one line, with its file as seen from here."""
    place = f":{error.span.line}:{error.span.column}" if error.span else ""
    where = f"{shown(error.file)}{place}: " if error.file else "batten: "
    return f"{where}{error.message}" + (f" {error.hint}" if error.hint else "")


def shown(file: str) -> str:
    """A path relative to the current folder where it lies below it."""
    try:
        return str(Path(file).relative_to(Path.cwd())) if os.path.isabs(file) else file
    except (ValueError, OSError):
        return file


def trouble(error: Exception) -> str:
    """What to say about an error that ends the program."""
    from batten.errors import BattenError

    if isinstance(error, BattenError):
        return complaint(error)
    if isinstance(error, OSError) and error.strerror:
        close_quietly()
        return f"batten: {error.filename}: {error.strerror}." if isinstance(error.filename, str) else f"batten: {error.strerror}."
    if isinstance(error, ModuleNotFoundError) and "." not in (error.name or "."):
        return f"batten: the library '{error.name}' is missing. Install batten with all that it needs."
    return f"batten: internal error: {type(error).__name__} at {_place(error)}. Nothing is wrong with your files; please report this line."


def _place(error: Exception) -> str:
    """The last place in our own code. Messages and values may hold secrets, so they stay out."""
    place, trace = "an unknown place", error.__traceback__
    root = Path(__file__).parents[2]
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(root):
            place = f"{file.relative_to(root).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def close_quietly() -> None:
    """Nobody reads standard output any more: whatever is still to be written to it goes nowhere."""
    with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def colours() -> bool:
    """Whether standard output is a terminal that wants colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns for text."""
    if not sys.stdout.isatty():
        return UNKNOWN
    import shutil

    return min(shutil.get_terminal_size().columns, WIDEST)


@contextlib.contextmanager
def polite_kill() -> Iterator[None]:
    """Let a polite kill unwind as Ctrl-C does, so that nothing is left half written."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KilledError

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:
        # Not in the main thread: whoever runs us there takes care of signals.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
