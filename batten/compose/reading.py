"""What one reading of a project opens, where it looks variables up, and which files it may not open."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition, Lookup, lookup_in
from batten.compose.source import STDIN, read_source
from batten.errors import InputError
from batten.model import Request, SourceText, Span, Value

_PARTS = 2_000
"""Included files in one reading; more is taken for an attack."""


class Reading:
    """The state of one reading."""

    def __init__(self, request: Request, overlay: Mapping[str, str], caller: Mapping[str, Definition]) -> None:
        self.request, self.overlay, self.caller = request, overlay, caller
        self.sources: dict[str, SourceText] = {}
        self.missing: set[str] = set()
        self.outside: dict[str, None] = {}
        """Files that were read though they are not in the project's folder, in order."""
        self.built: dict[tuple[str, Path, Lookup], list[Value]] = {}
        self.including: tuple[str, ...] = ()
        self.parts = 0
        self.tagged = False
        """Whether one of Compose's own tags was seen."""
        self.empty = False
        """Whether a key without a value was seen."""

    def source(self, path: Path | str, kind: str = "compose", at: Span | None = None) -> SourceText:
        """The text of a file, read once.

        Args:
            path: absolute path, or ``-``.
            kind: ``compose`` or ``env``.
            at: where the project refers to the file; the place of an error that has none of its own.
        """
        key = str(path)
        if key not in self.sources:
            self._admit(key, at)
            try:
                self.sources[key] = read_source(key, self.overlay, kind=kind)
            except InputError as error:
                if error.span is not None or at is None:
                    raise
                raise InputError(f"{key}: {error.message}", hint=error.hint, span=at) from None
        return self.sources[key]

    def _admit(self, path: str, at: Span | None) -> None:
        """Note a file that is outside the project, or refuse it where only the project's own are wanted."""
        if path in map(str, (*self.request.paths, *self.request.env_files)) or _below(path, str(self.request.directory)):
            return
        if self.request.confine:
            hint = "Read the project without confining it if you trust where it comes from."
            raise InputError(f"{path} lies outside the project's folder and is not read.", hint=hint, span=at, file=path)
        self.outside[path] = None

    def count(self, at: Span | None) -> None:
        """Count one more included file; raises InputError beyond all measure."""
        self.parts += 1
        if self.parts > _PARTS:
            raise InputError(f"this project includes more than {_PARTS} files.", span=at)


class Caller(Mapping[str, Definition]):
    """The caller's environment as definitions, made when one is asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def __contains__(self, name: object) -> bool:
        return name in self.environ or name == "PWD"

    def __getitem__(self, name: str) -> Definition:
        return Definition(self.environ[name] if name in self.environ or name != "PWD" else os.getcwd(), None)

    def __iter__(self) -> Iterator[str]:
        return iter({*self.environ, "PWD"})

    def __len__(self) -> int:
        return len({*self.environ, "PWD"})


def _below(path: str, folder: str) -> bool:
    real = os.path.realpath(folder)
    return os.path.realpath(path).startswith(real if real.endswith(os.sep) else real + os.sep)


def start(request: Request, overlay: Mapping[str, str] | None = None) -> Reading:
    """A reading of what is asked for, with nothing read yet."""
    return Reading(request, overlay or {}, Caller(os.environ if request.environ is None else request.environ))


def variables(reading: Reading) -> Lookup:
    """The variables that the files may refer to: the caller's, then those of ``.env``."""
    return lookup_in(reading.caller, environment(reading, reading.request.directory, reading.request.env_files))


def environment(reading: Reading, base: Path, env_files: Sequence[Path], at: Span | None = None) -> dict[str, Definition]:
    """The variables of ``.env`` in ``base``, or of what stands in for it."""
    found: dict[str, Definition] = {}
    for path in env_files or [base / ".env"]:
        if not env_files and str(path) not in reading.overlay and not path.is_file():
            continue
        for entry in parse_env(reading.source(path, "env", at), lookup_in(reading.caller)):
            if entry.value is not None:
                found[entry.name] = Definition(entry.value, entry.span)
    return found


def absolute_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The paths made absolute; ``-`` stays what it is."""
    return tuple(path if path == STDIN else Path(os.path.abspath(path)) for path in paths)
