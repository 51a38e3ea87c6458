"""What can go wrong for a user, as a small tree:

BattenError             anything we report as "could not be done" (exit 2)
├── InputError          a file we cannot read, or cannot read wholly, with its place
├── DesignError         a batten.yaml that does not say what we can do
├── EngineError         a Docker engine that does not answer, or not as it should
└── WriteError          nothing was written, and why
"""

from __future__ import annotations

from batten.model import Span


class BattenError(Exception):
    """Something that cannot be done; says what, where and what to do, and never carries a secret's value.

    Attributes:
        message: what is wrong, one sentence.
        hint: what the user can do about it, or an empty string.
        span: the place in a file, where there is one.
        file: the file concerned, where there is no exact place.
    """

    def __init__(self, message: str, *, hint: str = "", span: Span | None = None, file: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.span = span
        self.file = span.file if span else file

    def __str__(self) -> str:
        where = f"{self.span.file}:{self.span.line}:{self.span.column}: " if self.span else f"{self.file}: " if self.file else ""
        return f"{where}{self.message}" + (f" {self.hint}" if self.hint else "")


class InputError(BattenError):
    """A file that we cannot read, or of which we cannot be sure that we read it wholly."""


class DesignError(BattenError):
    """A design that does not fit its own format or the project."""


class EngineError(BattenError):
    """A Docker engine that cannot be asked, or that could not be read wholly."""


class WriteError(BattenError):
    """Files that could not be written; none of them was."""
