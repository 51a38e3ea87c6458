"""Programs that work on an engine for us: their lines as they come, never longer than a time limit, and ended with us."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from batten.errors import EngineError

_PAUSE = 0.2
"""Seconds between two looks at the clock while nothing is said."""
_GRACE = 10.0
"""Seconds that a program has to end by itself when it is told to."""
_LONGEST = 2_000
"""Characters of a line that are kept."""


class Call(NamedTuple):
    """A program with its arguments, and in what surroundings it runs."""

    words: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]
    held: tuple[int, ...] = ()
    """Open files that it keeps open as long as it runs, such as a lock of ours."""

    @property
    def shown(self) -> str:
        """How a message names it."""
        return " ".join(word for word in self.words[:2] if not word.startswith("-"))


class FailedError(EngineError):
    """A program that could not do it, or not in time; what it said last is in the message."""


def answer(call: Call, limit: float) -> str:
    """What a program prints on its standard output.

    Raises:
        FailedError: it fails, or takes longer than ``limit`` seconds.
    """
    try:
        done = subprocess.run(
            call.words, cwd=call.folder, env=call.environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=limit, check=False, start_new_session=True
        )
    except subprocess.TimeoutExpired:
        raise FailedError(f"'{call.shown}' does not answer within {limit:g} seconds.") from None
    except OSError as error:
        raise FailedError(f"'{call.shown}' cannot be run: {error.strerror}.") from None
    if done.returncode:
        raise FailedError(f"'{call.shown}' failed: {_last(done.stderr.decode(errors='replace').splitlines())}")
    return done.stdout.decode(errors="replace")


def lines(call: Call, limit: float, stopped: threading.Event | None = None) -> Iterator[str]:
    """What a program says on both of its streams, line by line as it comes.

    It has a session of its own, so that Ctrl-C reaches us alone; where we do not go on, it is told to end and is ended.

    Args:
        call: the program.
        limit: seconds that it may take in all.
        stopped: set by somebody who wants it to end before.

    Raises:
        FailedError: it fails, or takes longer, or is stopped.
    """
    try:
        process = subprocess.Popen(
            call.words,
            cwd=call.folder,
            env=call.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=call.held,
        )
    except OSError as error:
        raise FailedError(f"'{call.shown}' cannot be run: {error.strerror}.") from None
    try:
        yield from _told(process, call, time.monotonic() + limit, limit, stopped)
    finally:
        _end(process)


def _told(process: subprocess.Popen[bytes], call: Call, until: float, limit: float, stopped: threading.Event | None) -> Iterator[str]:
    assert process.stdout is not None
    said: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, said), daemon=True).start()
    last: list[str] = []
    while True:
        if time.monotonic() > until:
            raise FailedError(f"'{call.shown}' did not come to an end within {limit:g} seconds, and was ended.", hint="Give it longer with --wait.")
        if stopped is not None and stopped.is_set():
            raise FailedError(f"'{call.shown}' was stopped.")
        try:
            line = said.get(timeout=_PAUSE)
        except queue.Empty:
            if process.poll() is None:
                continue
            line = None  # a child of it may hold the stream open after its end
        if line is None:
            break
        last = [*last[-3:], line]
        yield line
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=max(until - time.monotonic(), _PAUSE))
    if process.poll() != 0:
        raise FailedError(f"'{call.shown}' failed: {_last(last)}")


def _read(stream: IO[bytes], said: queue.Queue[str | None]) -> None:
    """Put every line into the queue, and None at the end."""
    with contextlib.suppress(OSError, ValueError):
        for line in iter(lambda: stream.readline(_LONGEST), b""):
            text = line.decode(errors="replace").strip()
            if text:
                said.put(text)
    said.put(None)


def _last(said: Sequence[str]) -> str:
    """The last thing that was said, as the end of a sentence."""
    text = next((line.strip() for line in reversed(said) if line.strip()), "it gave no reason")
    return f"{text.rstrip('.')}."


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with its children if it still runs: as Ctrl-C would first, so that it can tidy up."""
    for number, grace in ((signal.SIGINT, _GRACE), (signal.SIGKILL, _GRACE)):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=grace)
    if process.stdout is not None:
        process.stdout.close()
