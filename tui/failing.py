"""How the assistant ends when something goes wrong that should not: one line, exit code 2, no traceback and no values."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.text import Text
from textual.app import App
from textual.worker import WorkerFailed

ROOT = Path(__file__).parent.parent
OWN = {"batten", "wizards", "generators", "tui", "assets"}


class FailsQuietly(App[int]):
    """An app whose crash shows no locals, since any of them may be a secret, and no message of the error, since it may quote one."""

    def _handle_exception(self, error: Exception) -> None:
        """Take the place of Textual's crash panel, which prints the local variables of every frame."""
        self._return_code = 2
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self._exit_renderables.append(Text(sentence(error)))
        self._close_messages_no_wait()

    @contextmanager
    def in_thread(self) -> Iterator[None]:
        """What a thread does that is not the screen's own: an unexpected error there ends the assistant as one here would."""
        try:
            yield
        except Exception as error:
            self.call_from_thread(self._handle_exception, error)

    def panic(self, *renderables: Any) -> None:
        """End without what was to be printed: it may hold anything."""
        self._handle_exception(RuntimeError())


def sentence(error: BaseException) -> str:
    """What is said about an error: its kind and where in batten it came up, never its message."""
    if isinstance(error, WorkerFailed):
        error = error.error
    own = [(path, frame.lineno) for frame in traceback.extract_tb(error.__traceback__) if (path := _own(frame.filename))]
    where = f" at {own[-1][0]}:{own[-1][1]}" if own else ""
    return f"batten: an error that should not happen ended the assistant ({type(error).__name__}{where}). Your decisions are kept; start it again to go on."


def _own(file: str) -> str:
    """A file of batten relative to its home; empty for the files of others."""
    path = Path(file)
    inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OWN
    return str(path.relative_to(ROOT)) if inside else ""
