"""A project's own files on their way to a hardened project and back, while it is brought up: what ``batten apply``, ``batten undo`` and a screen begin with."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from batten.design import Design
from batten.engine import composing, deploying
from batten.engine.added import Added
from batten.engine.applying import Applying, Task
from batten.engine.bringing import Bringing, Means
from batten.engine.deploying import Deploying
from batten.engine.endpoint import Endpoint, endpoint
from batten.engine.events import Decide, Stage, Written
from batten.engine.foreseeing import Snapshot
from batten.engine.mounted import newly_mounted
from batten.engine.opening import Wishes, prediction, verifying
from batten.engine.protocol import Changing
from batten.engine.settling import members
from batten.engine.undoing import Undoing, UndoTask
from batten.engine.verifying import Verifying
from batten.errors import BattenError, WriteError
from batten.hardening import Hardening, harden
from batten.model import Project, Risk
from batten.report.veil import veil_of
from generators import apparmor, backups, journal
from generators.exporting import export
from generators.journal import Journal
from generators.readme import certificate_commands

WAIT = 300.0
"""Seconds for Docker Compose, and once more for the containers to stand."""
PATIENCE = 30.0
"""Seconds for whoever else is at work in the folder."""
_PAUSE = 0.2


class InPlace:
    """The files of one project in its own folder."""

    def __init__(self, folder: Path, options: Mapping[str, Sequence[str]], *, force: bool = False) -> None:
        """The folder, and how the project was named, which is kept for the way back; ``force`` also replaces what is in the way or was edited."""
        self._folder = folder
        self._options = options
        self._force = force

    def write(self, hardening: Hardening, before: Snapshot) -> Written:
        """See ``Files``."""
        added = Added.of(hardening.after, hardening.before)
        noted = Journal(self._folder, journal.WRITING, (), before.running, self._options, added)
        done = export(hardening, force=self._force, before=noted)
        return Written(done.files, (), done.backup)

    def undo(self) -> Written:
        """See ``Files``."""
        done = backups.undo(self._folder, force=self._force)
        return Written(done.restored, done.removed, done.place)

    def forget(self) -> None:
        """See ``Files``."""
        backups.forget(self._folder)

    def note(self, stage: Stage) -> None:
        """See ``Files``."""
        backups.note(self._folder, str(stage))


@dataclass
class How:
    """How a project is brought up, forth or back."""

    decide: Decide
    context: str | None = None
    """The docker context; what the environment says where None."""
    wait: float = WAIT
    force: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set by somebody who wants it to stop at the next point."""


@dataclass
class What:
    """What is to be applied."""

    read: Callable[[], Project]
    """The project as its files are; it is read again after something was taken back."""
    design: Design
    accept: Risk = Risk.CHECK
    wishes: Wishes = field(default_factory=Wishes)
    """How the comparison afterwards is to be made."""
    options: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """How the project was named: ``files``, ``env_files``, ``profiles``, ``project_name``; kept for the way back."""


@contextlib.contextmanager
def applying(where: Endpoint, what: What, how: How) -> Iterator[Applying]:
    """A run that puts a hardened project in, while the engine is connected and nobody else works in the folder; raises BattenError.

    Follow ``events()`` of it; ``situation`` says what is true where it does not come to its end.
    """
    project = what.read()
    if told := backups.interrupted(project.directory):
        raise WriteError(f"nothing was done: {told}", file=str(project.directory))
    stack = what.design.target.own_stack

    def hardened(found: Project, design: Design) -> Hardening:
        ready = ready_to_start(harden(found, design, accept=what.accept))
        return ready if where.local or stack else ready_elsewhere(ready, where)

    with _ready(where, project, how, stack=stack) as means:
        yield Applying(
            Task(
                read=what.read,
                harden=hardened,
                design=what.design,
                files=InPlace(project.directory, what.options, force=how.force),
                means=means,
                verify=_verifier(means.engine, where, what.wishes),
                mask=veil_of(project),
                decide=how.decide,
                connect=what.wishes.connect,
            )
        )


Read = Callable[[Mapping[str, str] | None], Project]
"""Reads the project, with texts that stand for files of the disk."""


def old_project(folder: Path, read: Read) -> Project:
    """The project as its files will be after undoing; raises InputError or WriteError."""
    backup = backups.latest(folder)
    old = [backups.old_file(one, folder, backup.place) for one in backup.written if one.replaced]
    return read({os.path.normpath(folder / one.path): one.content.decode("utf-8-sig", errors="replace") for one in old})


def runs(project: Project, context: str | None) -> bool:
    """Whether anything of a project has containers; raises EngineError."""
    from batten.engine import docker_sdk

    with docker_sdk.connected(endpoint(context), docker_sdk.TIMEOUT) as engine:
        return bool(members(engine.containers(), project.name)) or _deployed(engine, project)


@contextlib.contextmanager
def undoing(where: Endpoint, old: Project, read: Read, how: How) -> Iterator[Undoing]:
    """A run that takes the last hardening back, likewise.

    Args:
        where: the engine.
        old: the project as it is to be again.
        read: reads it.
        how: how it is brought up.

    Raises:
        BattenError: the engine, Docker Compose or the folder are not to be had.
    """
    folder = old.directory
    noted = backups.noted(folder)
    try:
        hardened = read(None)
    except BattenError:
        hardened = old  # its files may be half written, and it is about to go
    with _ready(where, old, how, stack=_is_stack(where, old)) as means:
        running = noted.running if noted is not None else None
        added = Added.of(hardened, old) | (noted.added if noted is not None else Added())
        yield Undoing(UndoTask(hardened, old, running, added, InPlace(folder, {}, force=how.force), means, veil_of(old, hardened), how.decide))


@contextlib.contextmanager
def _ready(where: Endpoint, project: Project, how: How, *, stack: bool) -> Iterator[Means]:
    """What brings the project up, while the engine is connected and nobody else works in its folder."""
    from batten.engine import docker_sdk

    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine, alone(project.directory) as lock:
        engine.about()
        if stack:
            folder, environ = deploying.find(project, how.context)
            yield Deploying(engine, project.files, folder, environ, how.wait, how.stopped, () if lock is None else (lock,))
            return
        compose = composing.find(project, how.context)
        yield Bringing(engine, compose if lock is None else compose.holding(lock), how.wait, how.stopped)


def _is_stack(where: Endpoint, project: Project) -> bool:
    """Whether what runs of a project is a stack; raises EngineError."""
    from batten.engine import docker_sdk

    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        return not members(engine.containers(), project.name) and _deployed(engine, project)


def _deployed(engine: Changing, project: Project) -> bool:
    return engine.about().role == "manager" and any(one.service_labels.get(deploying.STACK) == project.name for one in engine.swarm().services)


def ready_to_start(hardening: Hardening) -> Hardening:
    """The same hardening; raises WriteError where something has to be done by hand between writing it and starting it."""
    if not hardening.design.target.own_files:
        hint = "'batten harden --target stack -o DIR' writes it and says how it is deployed."
        raise WriteError("a stack file that is written anew takes the place of nothing that runs.", hint=hint)
    profiles = any(change.id.endswith(".apparmor") for change in hardening.changes)
    script = "mtls/make-certs.sh" if certificate_commands(hardening) else f"{apparmor.FOLDER}/{apparmor.LOADER}" if profiles else ""
    if script:
        hint = "Write it with 'batten harden --in-place', run that as it says, then apply it."
        raise WriteError(f"nothing was written: {script} has to be run between writing and starting.", hint=hint)
    return hardening


def ready_elsewhere(hardening: Hardening, where: Endpoint) -> Hardening:
    """The same hardening; raises WriteError where containers on another machine would look for files that are going to be written on this one."""
    found = newly_mounted(hardening)
    if not found:
        return hardening
    services, paths = sorted({one.service for one in found}), sorted({os.path.relpath(one.path, hardening.home) for one in found})
    message = f"nothing was written: {', '.join(services)} would mount {', '.join(paths)}, which the engine at {where.shown} looks for on its own disk."
    hint = (
        "Run batten on the engine's host. Or write it with 'batten harden --in-place', have these files at the same path on the engine's host, "
        "unless both machines share that folder, then apply it."
    )
    raise WriteError(message, hint=hint, file=str(hardening.home))


def _verifier(engine: Changing, where: Endpoint, wishes: Wishes) -> Callable[[Hardening, bool], Verifying]:
    """Compares a hardened project with what runs."""

    def verify(hardening: Hardening, connect: bool) -> Verifying:
        version = engine.about().version
        return verifying(engine, where, version, prediction(hardening.after, None, version), replace(wishes, connect=connect))

    return verify


@contextlib.contextmanager
def alone(folder: Path, patience: float = PATIENCE) -> Iterator[int | None]:
    """Work on a project's folder while nobody else does; gives the lock, which what we start should keep open, where the system has such.

    Raises:
        WriteError: another batten, or the Docker Compose that a killed one has started, is still at work there after ``patience`` seconds.
    """
    try:
        import fcntl
    except ImportError:
        yield None
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + patience
        while not _taken(partial(fcntl.flock, handle, fcntl.LOCK_EX | fcntl.LOCK_NB)):
            if time.monotonic() > until:
                hint = "Wait until it is done; a Docker Compose that batten started works on even where batten was killed."
                raise WriteError("another batten, or a Docker Compose that it started, is at work in this folder.", hint=hint, file=str(folder))
            time.sleep(_PAUSE)
        yield handle
    finally:
        os.close(handle)


def _taken(lock: Callable[[], object]) -> bool:
    try:
        lock()
    except OSError:
        return False
    return True
