"""A session on a host: what is known of it, the design that is being decided, and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from batten.compose.source import read_source
from batten.design import host
from batten.design.host import HostDesign
from batten.design.host_existing import Existing, read_existing
from batten.errors import InputError
from batten.model import GeneratedFile
from batten.session import state_folder

DAEMON_JSON = "/etc/docker/daemon.json"
_ROUTES = ("/proc/net/route", "/proc/net/ipv6_route")
"""The routing tables as Linux tells them, for IPv4 and for IPv6."""


@dataclass(frozen=True, slots=True)
class HostDecision:
    """A design as it was before a decision, and what was decided."""

    design: HostDesign
    label: str


@dataclass(frozen=True)
class HostSession:
    """The whole state of the walk through a host. Immutable: every step returns another one."""

    folder: Path
    """Where ``host.yaml`` is looked for, and where files are written from."""
    design: HostDesign
    existing: Existing = field(default_factory=Existing)
    """The ``daemon.json`` that is there now."""
    daemon_json: str = ""
    """Its path; empty where there is none."""
    outside: tuple[str, ...] = ()
    """The interfaces of the default routes."""
    past: tuple[HostDecision, ...] = ()
    future: tuple[HostDecision, ...] = ()
    saved: bool = True
    """Whether the design is as it was last saved."""

    @classmethod
    def open(cls, folder: Path, design: Path | None = None, daemon_json: Path | None = None) -> HostSession:
        """A session on this host: with the named design, the one in the folder, else a proposed one.

        Args:
            folder: where ``host.yaml`` is looked for.
            design: a saved design.
            daemon_json: the file that is merged; the host's own where None, if it is there.

        Raises:
            InputError: the design or ``daemon.json`` cannot be read.
            DesignError: the design is none that we understand.
        """
        outside = ways_out()
        path = daemon_json or Path(DAEMON_JSON)
        there = daemon_json is not None or path.is_file()
        existing = existing_at(path) if there else Existing()
        return cls(folder, design_at(design or folder / host.NAME, design is not None, outside), existing, str(path) if there else "", outside)

    def decide(self, design: HostDesign, label: str) -> HostSession:
        """The session after a decision; nothing happens where the design is the same."""
        if design == self.design:
            return self
        return replace(self, design=design, past=(*self.past, HostDecision(self.design, label)), future=(), saved=False)

    def undo(self) -> HostSession:
        """The session before the last decision; itself where there was none."""
        if not self.past:
            return self
        last = self.past[-1]
        return replace(self, design=last.design, past=self.past[:-1], future=(*self.future, HostDecision(self.design, last.label)), saved=False)

    def redo(self) -> HostSession:
        """The session with the last undone decision back."""
        if not self.future:
            return self
        following = self.future[-1]
        past = (*self.past, HostDecision(self.design, following.label))
        return replace(self, design=following.design, past=past, future=self.future[:-1], saved=False)

    def autosave(self) -> HostSession:
        """Keep the design in the user's state folder, so that nothing is lost when the terminal closes."""
        from batten.files import write_all

        path = autosave_path(self.folder)
        write_all([GeneratedFile(path.name, host.dump(self.design).encode(), 0o600, True, "the design in progress")], path.parent, force=True)
        return replace(self, saved=True)


def autosave_path(folder: Path) -> Path:
    """Where the design in progress for a host is kept: one file for each folder that it is worked on from."""
    digest = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:16]
    return state_folder() / f"host-{digest}.yaml"


def design_at(path: Path, named: bool, outside: tuple[str, ...]) -> HostDesign:
    """The saved design; a proposed one where there is none and none was named. Raises BattenError."""
    if not named and not path.is_file():
        return host.propose(outside)
    source = read_source(path.absolute(), kind="design")
    return host.load(source.text, source.file)


def existing_at(path: Path) -> Existing:
    """A ``daemon.json`` that is there; raises InputError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        hint = "Run this as root, or name a copy with --daemon-json."
        raise InputError(f"this file cannot be read: {error.strerror}.", hint=hint, file=str(path)) from None
    return read_existing(content, str(path))


def ways_out() -> tuple[str, ...]:
    """The interfaces of this host's default routes; none where the system does not tell."""
    found: dict[str, None] = {}
    for file, name, is_default in zip(_ROUTES, (0, 9), (default_v4, default_v6), strict=True):
        found.update({line[name]: None for line in _lines(file) if is_default(line) and line[name] != "lo"})
    return tuple(found)


def _lines(file: str) -> Iterator[list[str]]:
    """The words of each line of one of the kernel's files; none where it is not there."""
    try:
        yield from (line.split() for line in Path(file).read_text().splitlines())
    except OSError:
        return


def default_v4(line: list[str]) -> bool:
    """Whether a line of the IPv4 table is a default route: destination and mask are zero."""
    return len(line) > 7 and line[1] == line[7] == "00000000"


def default_v6(line: list[str]) -> bool:
    """Whether a line of the IPv6 table is a default route."""
    return len(line) > 9 and set(line[0]) == {"0"} and line[1] == "00"
