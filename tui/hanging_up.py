"""Leaving when somebody says so from outside: by a polite kill, or because the terminal goes away (a window is closed, a line is cut).

The system tells of a lost terminal by SIGHUP, but not everyone hears it: not where whoever started us ignores it (nohup), nor the first
process of a container. Then reading the terminal gives nothing at once, for ever, and writing to it fails; so it is watched as well.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

LONGEST = 5.0
"""Seconds that what is being done may take to come to its end: a write, or a question to an engine that cleans up after itself."""

Leave = Callable[[int], object]
"""Ends the assistant with an exit code, from another thread than its own; raises RuntimeError where it does not run."""


@contextmanager
def leaves_when_told(leave: Leave) -> Iterator[None]:
    """End by way of ``leave`` when the process is told to, or its terminal is gone; with the exit codes that a shell gives for it."""
    before = {number: signal.signal(number, partial(_told, leave)) for number in (signal.SIGTERM, signal.SIGHUP)}
    terminal = sys.__stdin__.fileno() if sys.__stdin__ else 0
    threading.Thread(target=_watch, args=(terminal, leave), name="terminal", daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(leave: Leave, number: int, frame: object) -> None:
    """Leave from a thread of its own: the screen's own may be in the middle of something, or asleep."""
    threading.Thread(target=_end, args=(leave, 128 + number), daemon=True).start()


def _watch(terminal: int, leave: Leave) -> None:
    """Wait until the terminal is gone; costs nothing meanwhile."""
    waiting = select.poll()
    waiting.register(terminal, 0)
    if any(event & select.POLLHUP for _, event in waiting.poll()):
        _end(leave, 128 + signal.SIGHUP)


def _end(leave: Leave, code: int) -> None:
    """Leave in good order; at once where that takes too long, as it does where nobody takes what is drawn any more."""
    last = threading.Timer(LONGEST, os._exit, [code])
    last.daemon = True
    last.start()
    with suppress(RuntimeError):
        leave(code)
