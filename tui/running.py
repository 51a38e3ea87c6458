"""What the assistant and the plain mode ask of a running engine. Everything here takes its time and may be left off in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from batten.errors import EngineError
from batten.model import Project
from batten.session import Session

if TYPE_CHECKING:
    from batten.engine import observing
    from batten.engine.endpoint import Endpoint
    from batten.engine.protocol import Engine
    from batten.engine.verifying import Measured, Verification


class Look(NamedTuple):
    """What a first look at the engine shows."""

    engine: str
    """Its version."""
    where: str
    """How it was reached."""
    running: frozenset[str]
    """The services that run on it."""


class Phase(NamedTuple):
    """What is being done now, and how much of it is done."""

    words: str
    done: int = 0
    total: int = 0
    """0 where that is not known."""


Compared: TypeAlias = "Phase | Measured | Verification"
"""What comes of comparing: each pair as soon as it is known, everything at the end."""


class Running(Protocol):
    """A running engine, for one project. Every call, and every step of an iterator, may raise EngineError; closing an iterator leaves nothing behind."""

    def look(self, session: Session) -> Look:
        """Whether it is there, and what of the project runs on it."""

    def verify(self, session: Session, *, designed: bool, connect: bool) -> Iterator[Compared]:
        """Compare the project as its files are, or as its design makes it (``designed``), with what runs; without ``connect`` the networks alone."""

    def observe(self, session: Session, *, seconds: float | None, halt: threading.Event) -> Iterator[observing.Look]:
        """Watch who is connected to whom, until the time is over or ``halt`` is set."""


class AtHand:
    """The engine that the Docker command line would talk to."""

    def look(self, session: Session) -> Look:
        """See the protocol."""
        from batten.engine.grouping import groups

        with _connected() as (engine, where):
            about = engine.about().version
            group = next((one for one in groups(engine.containers(), None) if one.name == session.project.name), None)
            members = group.members if group is not None else {}
            alive = {name for name, found in members.items() if any(one.state == "running" for one in found)}
            return Look(about, where.shown, frozenset(alive & session.project.services.keys()))

    def verify(self, session: Session, *, designed: bool, connect: bool) -> Iterator[Compared]:
        """See the protocol."""
        from batten.design.sidecars import needed
        from batten.engine.opening import Wishes, verifying
        from batten.reach import predict

        project = wanted(session, designed)
        with _connected() as (engine, where):
            yield Phase("asking the engine")
            version = engine.about().version
            reach = predict(project, engine=version, connections=needed(project, session.design))
            check = verifying(engine, where, version, (project, reach), Wishes(connect=connect))
            with closing(check.measure()) as pairs:
                yield from pairs
            yield check.verdict()

    def observe(self, session: Session, *, seconds: float | None, halt: threading.Event) -> Iterator[observing.Look]:
        """See the protocol."""
        from batten.engine.observing import observe

        with _connected() as (engine, where):
            if not where.local:
                raise EngineError(f"connections are seen on the engine's own host, and {where.shown} is elsewhere.", hint="Run batten there as root.")
            with closing(observe(session.project, engine, seconds=seconds, wait=halt.wait)) as looks:
                yield from looks


def wanted(session: Session, designed: bool) -> Project:
    """The project that is compared with: as its design makes it, or as its files are."""
    return session.outcome().hardening.after if designed else session.project


@contextmanager
def _connected() -> Iterator[tuple[Engine, Endpoint]]:
    """A connection to the engine, and where it is."""
    from batten.engine import docker_sdk
    from batten.engine.endpoint import endpoint

    where = endpoint()
    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        yield engine, where
