"""Letting polite signals wait while files are moved."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_POLITE = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and a polite kill wait until the block is over, where the system can do that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A mask would not do: it holds for one thread, and another one of the process would take the signal.
    waiting: list[int] = []
    before = {number: handler for number in _POLITE if (handler := signal.getsignal(number)) is not None}
    try:
        for number in before:
            signal.signal(number, lambda arrived, _frame: waiting.append(arrived))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(waiting):
            signal.raise_signal(number)
