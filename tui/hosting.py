"""What the screens show of a host, worked out beforehand in a thread: the files of each part, and what stands open on its engine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from batten.design.host import PARTS
from batten.errors import BattenError, EngineError
from batten.model import GeneratedFile
from batten.review.finding import Finding, Severity
from batten.session.host import HostSession

_TIMEOUT = 4.0
"""Seconds for a question to the engine: the walk does not depend on the answer."""


@dataclass(frozen=True, eq=False)
class HostPicture:
    """What was worked out for one session of a host."""

    session: HostSession
    files: tuple[GeneratedFile, ...] = ()
    """Everything that would be written."""
    parts: Mapping[str, tuple[GeneratedFile, ...]] = field(default_factory=dict)
    """Of them, those of each part; a part that is not wanted has none."""
    errors: Mapping[str, BattenError] = field(default_factory=dict)
    """What a part still needs before it can be written."""

    @property
    def idle(self) -> frozenset[str]:
        """No step of a host ever has nothing to ask."""
        return frozenset()


class Heard(NamedTuple):
    """What a running engine on this host says of itself."""

    name: str = ""
    findings: tuple[Finding, ...] = ()
    silence: str = ""
    """Why there is nothing to hear; empty where there is."""

    @property
    def usable(self) -> tuple[Finding, ...]:
        """What an intruder gains something by."""
        return tuple(one for one in self.findings if one.severity is not Severity.INFO)


def develop(session: HostSession) -> HostPicture:
    """The picture of a session; takes its time, so not for the thread of the screens."""
    from generators.hosting import everything

    parts, errors = {}, {}
    for name in PARTS:
        try:
            parts[name] = tuple(_part(session, name))
        except BattenError as error:
            parts[name], errors[name] = (), error
    files = () if errors else tuple(everything(session.design, session.existing))
    return HostPicture(session, files, parts, errors)


def _part(session: HostSession, name: str) -> Iterator[GeneratedFile]:
    """The files of a part, if the design wants it."""
    from generators import hosting

    design = session.design
    wanted = {"tls": design.tls.wanted, "daemon": True, "firewall": bool(design.firewall.interfaces), "swarm": design.swarm.wanted}
    if wanted[name]:
        yield from hosting.PARTS[name](design, session.existing)


def hear() -> Heard:
    """What the rules about hosts find on the engine at hand; says why where it cannot be asked."""
    from batten.engine import docker_sdk
    from batten.engine.endpoint import endpoint
    from batten.engine.hostfiles import look
    from batten.engine.hosting import host_of
    from batten.engine.reading import read
    from batten.review.hosts.runner import review_host

    try:
        where = endpoint(None)
        with docker_sdk.connected(where, _TIMEOUT) as engine:
            reading = read(engine)
        about = reading.about
        return Heard(about.name, review_host(host_of(about, reading.networks, reading.swarm, look(where, about.name), where)))
    except EngineError as error:
        return Heard(silence=error.message)
