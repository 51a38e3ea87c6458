"""Work shared between processes that begin as copies of this one.

Not concurrent.futures: to import it takes as long as to review thirty projects, and the copies need nothing of what it sets up.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def shared(work: Callable[[Sequence[T]], list[R]], items: Sequence[T], count: int) -> Iterator[R]:
    """The results of ``work`` for all items in their order, each of ``count`` processes doing a part; this one does the first.

    Raises:
        RuntimeError: another process has ended before its part was done.
    """
    size = -(-len(items) // count)
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    others = [_begin(work, part) for part in parts[1:]]
    yield from work(parts[0])
    for process, stream in others:
        yield from _end(process, stream)


def _begin(work: Callable[[Sequence[T]], list[R]], part: Sequence[T]) -> tuple[int, BinaryIO]:
    """A copy of this process that does a part, and where its results come from."""
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return process, os.fdopen(reading, "rb")
    code = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as stream:
            pickle.dump(work(part), stream, pickle.HIGHEST_PROTOCOL)
        code = 0
    finally:
        os._exit(code)  # nothing of this process's own is to be ended twice


def _end(process: int, stream: BinaryIO) -> list[R]:
    """What another process has found out."""
    with stream:
        content = stream.read()
    _, status = os.waitpid(process, 0)
    if status:
        raise RuntimeError("a process that shared the work has ended early")
    results: list[R] = pickle.loads(content)
    return results
