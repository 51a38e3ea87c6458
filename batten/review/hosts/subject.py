"""What a rule about a host may ask. What is not known is None, and no rule concludes anything from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any, NamedTuple

from batten.model import EnginePlace, Location, Span


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version; empty where there are none."""
    parts = ["".join(takewhile(str.isdigit, part)) for part in version.split(".")[:3]]
    return tuple(int(part) for part in parts if part)


class Listener(NamedTuple):
    """An address at which the daemon listens for TCP."""

    address: str
    encrypted: bool
    verified: bool
    """Whether a client has to show a certificate."""
    where: Location


class HostFile(NamedTuple):
    """A file that the daemon, or a client of it, depends on."""

    path: str
    kind: str
    """``socket``, ``key``, ``certificate``, ``settings`` or ``unit``."""
    mode: int
    """Permission bits."""
    owner: int
    """User id."""
    ours: bool = False
    """Whether it belongs to the user's own client, and so need not belong to root."""

    @property
    def place(self) -> Span:
        """The file as a place."""
        return Span(self.path, 0, 0, 1, 1)


class Certificate(NamedTuple):
    """A certificate that the daemon, or a client of it, uses."""

    path: str
    expires: datetime

    @property
    def place(self) -> Span:
        """The file as a place."""
        return Span(self.path, 0, 0, 1, 1)


class Member(NamedTuple):
    """A node of the swarm."""

    name: str
    manager: bool
    version: str


class SwarmFacts(NamedTuple):
    """A swarm as one of its managers sees it."""

    members: tuple[Member, ...]
    autolock: bool
    certificate_days: float
    unused_secrets: tuple[str, ...] = ()
    """Names of the secrets that no service is given."""


@dataclass(frozen=True, slots=True)
class Host:
    """One engine and its host."""

    name: str
    version: str
    listeners: tuple[Listener, ...] = ()
    security: tuple[str, ...] = ()
    """``SecurityOptions`` as the engine gives them, e.g. ``name=seccomp,profile=default``."""
    live_restore: bool | None = None
    experimental: bool = False
    insecure_registries: tuple[str, ...] = ()
    """Registries, other than this host itself, that the daemon talks to without checking who they are."""
    authorization: tuple[str, ...] = ()
    """Authorization plugins."""
    bridge_icc: bool | None = None
    """Whether containers on the default bridge reach each other."""
    swarm_member: bool = False
    swarm: SwarmFacts | None = None
    """Known on a manager only."""
    settings: Mapping[str, Any] | None = None
    """What ``daemon.json`` and the daemon's command line say; None where neither can be read from here."""
    settings_file: str = ""
    """The file of the settings, where it is there."""
    files: tuple[HostFile, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def at(self, attribute: str) -> EnginePlace:
        """A place in what the engine says of itself."""
        return EnginePlace(f"engine/{self.name}", attribute)

    def place_of(self, key: str) -> Location:
        """The place of one of the settings: the file, where there is one."""
        return Span(self.settings_file, 0, 0, 1, 1) if self.settings_file else self.at(f"settings.{key}")

    def option(self, name: str) -> str | None:
        """The profile of a security option (empty where it has none); None where the engine does not have the option."""
        for entry in self.security:
            parts = dict(part.partition("=")[::2] for part in entry.split(","))
            if parts.get("name") == name:
                return parts.get("profile", "")
        return None

    def setting(self, key: str, default: Any) -> Any:
        """One of the settings; the default where the daemon was told nothing, None where it is not known what it was told."""
        return None if self.settings is None else self.settings.get(key, default)
