"""What the assistant and the plain mode ask of a running engine. Everything here takes its time and may be left off in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from batten.compose.loader import load
from batten.errors import BattenError
from batten.model import Project, Request
from batten.session import Session

if TYPE_CHECKING:
    from batten.engine import observing
    from batten.engine.applying import Applying
    from batten.engine.endpoint import Endpoint
    from batten.engine.events import Decide, Event
    from batten.engine.protocol import Engine
    from batten.engine.undoing import Undoing
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

    def undoable(self, session: Session) -> bool:
        """Whether a hardening in place can be taken back."""

    def apply(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Event]:
        """Put the hardened project in. What has to be decided is asked of ``decide``; where ``halt`` is set, it stops at the next point."""

    def undo(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Event]:
        """Take the last hardening back, files and containers, likewise."""


class AtHand:
    """The engine that the Docker command line would talk to."""

    def look(self, session: Session) -> Look:
        """See the protocol."""
        from batten.engine.grouping import groups

        with _connected() as (engine, where):
            about = engine.about()
            swarm = engine.swarm() if about.role == "manager" else None
            group = next((one for one in groups(engine.containers(), swarm) if one.name == session.project.name), None)
            members = group.members if group is not None else {}
            alive = {name for name, found in members.items() if any(one.kind == "service" or one.state == "running" for one in found)}
            return Look(about.version, where.shown, frozenset(alive & session.project.services.keys()))

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
        from batten.engine.observing import observe, views_of

        with _connected() as (engine, where):
            views = views_of(engine, where, seconds=seconds)
            with closing(observe(session.project, engine, seconds=seconds, wait=halt.wait, views=views)) as looks:
                yield from looks

    def undoable(self, session: Session) -> bool:
        """See the protocol."""
        from generators import backups

        return backups.noted(session.project.directory) is not None

    def apply(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Event]:
        """See the protocol."""
        from batten.engine.endpoint import endpoint
        from generators.placing import How, What, applying

        request = session.project.request
        what = What(lambda: load(request), session.design, session.accept, options=_named(request))
        with applying(endpoint(), what, How(decide, stopped=halt)) as run:
            yield from _told(run)

    def undo(self, session: Session, *, decide: Decide, halt: threading.Event) -> Iterator[Event]:
        """See the protocol."""
        from batten.engine.endpoint import endpoint
        from generators.placing import How, old_project, undoing

        request = session.project.request
        project = old_project(session.project.directory, lambda texts: load(request, texts))
        with undoing(endpoint(), project, lambda texts: load(request, texts), How(decide, stopped=halt)) as run:
            yield from _told(run)


def _told(run: Applying | Undoing) -> Iterator[Event]:
    """The events; where it breaks off, the error says what is true of files and containers then."""
    try:
        yield from run.events()
    except BattenError as error:
        mask = run.task.mask
        raise type(error)(mask(error.message), hint=f"{mask(error.hint)} {run.situation}".strip(), span=error.span, file=error.file) from None


def _named(request: Request) -> Mapping[str, Sequence[str]]:
    """How the project was named, to name it so again on the way back."""
    found = {
        "files": [str(path) for path in request.paths],
        "env_files": [str(path) for path in request.env_files],
        "profiles": [profile for profile in request.profiles if profile != "*"],
        "project_name": [request.project_name] if request.project_name else [],
    }
    return {key: values for key, values in found.items() if values}


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
