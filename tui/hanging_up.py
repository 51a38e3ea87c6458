"""Ending when the terminal goes away: a window that is closed, a line that is cut.

The system says so by SIGHUP, but not to everyone: not where whoever started us ignores it (nohup), nor to the first process of a
container. Then reading the terminal gives nothing at once, for ever, and writing to it fails, so the terminal itself is watched too.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

CODE = 128 + signal.SIGHUP
"""The exit code, as a shell gives it."""
_LONGEST = 10.0
"""Seconds that a write which has begun may still take."""

_WRITING = threading.Lock()


@contextmanager
def writing() -> Iterator[None]:
    """Files are being written: whoever hangs up meanwhile, it comes to its end. For threads other than the screen's own."""
    with _WRITING:
        yield


@contextmanager
def ends_with_its_terminal() -> Iterator[None]:
    """End the process when its terminal goes away; decisions are kept by then."""
    before = signal.signal(signal.SIGHUP, lambda number, frame: _end())
    threading.Thread(target=_watch, args=(sys.__stdin__.fileno() if sys.__stdin__ else 0,), name="terminal", daemon=True).start()
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _watch(terminal: int) -> None:
    """Wait until the terminal is gone; costs nothing meanwhile."""
    waiting = select.poll()
    waiting.register(terminal, 0)
    if any(event & select.POLLHUP for _, event in waiting.poll()):
        _end()


def _end() -> None:
    """There is nothing to give back to a terminal that is gone, and nobody to tell."""
    _WRITING.acquire(timeout=_LONGEST)
    os._exit(CODE)
