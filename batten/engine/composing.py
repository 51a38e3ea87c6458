"""The user's own Docker Compose: which program it is, and how it is called for a project as the user would call it.

Nothing here takes data away: ``down``, ``--volumes``, ``--renew-anon-volumes`` and ``--yes`` (which also says yes to volumes made anew) are never used.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from batten.engine.processes import Call, FailedError, answer, lines
from batten.errors import EngineError
from batten.model import Project, Request

_QUESTION = 30.0
"""Seconds for what only reads files."""
_OLDEST = 2
_HINT = "Install the Compose plugin: docs.docker.com/compose/install."


class Up(NamedTuple):
    """How a project is to be brought up."""

    names: Sequence[str] = ()
    """Services to start; none for those that start by themselves."""
    scale: Mapping[str, int] = {}
    """Numbers of containers that are not as the files say."""
    anew: bool = False
    """Whether containers are made anew that would not have to be; their anonymous volumes stay with them."""
    alone: bool = False
    """Whether containers of services go that the files do not have."""
    idle: bool = False
    """Whether containers are only made, and not started."""


@dataclass(frozen=True, slots=True)
class Compose:
    """Docker Compose for one project."""

    program: tuple[str, ...]
    """``docker compose``, or ``docker-compose`` where only that is there."""
    version: str
    options: tuple[str, ...]
    """What names the project: files, env files, profiles, name."""
    folder: Path
    environ: Mapping[str, str]
    held: tuple[int, ...] = ()

    def call(self, *arguments: str) -> Call:
        """A call of it for the project."""
        return Call((*self.program, *self.options, *arguments), self.folder, self.environ, self.held)

    def holding(self, handle: int) -> Compose:
        """The same, with an open file that its processes keep."""
        return replace(self, held=(handle,))

    def services(self) -> frozenset[str]:
        """Services that it starts without being told their names; raises FailedError."""
        return frozenset(answer(self.call("config", "--services"), _QUESTION).split())

    def hashes(self) -> Mapping[str, str]:
        """Service → hash of what the files say of it; raises FailedError. A container bears the hash that it was made with."""
        rows = [line.rsplit(maxsplit=1) for line in answer(self.call("config", "--hash", "*"), _QUESTION).splitlines()]
        return {row[0]: row[1] for row in rows if len(row) == 2}

    def up(self, what: Up, limit: float, stopped: threading.Event | None = None) -> Iterator[str]:
        """Bring the project up and yield what is said meanwhile; raises FailedError where it fails, is stopped or takes longer than ``limit`` seconds."""
        options = [
            *(["--force-recreate"] if what.anew else []),
            *(["--remove-orphans"] if what.alone else []),
            *(["--no-start"] if what.idle else ["--detach"]),
        ]
        numbers = [part for name, count in sorted(what.scale.items()) for part in ("--scale", f"{name}={count}")]
        return lines(self.call("up", *options, *numbers, "--", *what.names), limit, stopped)

    def stop(self, names: Sequence[str], limit: float, stopped: threading.Event | None = None) -> Iterator[str]:
        """Stop services and yield what is said meanwhile; their containers stay. Raises FailedError."""
        return lines(self.call("stop", "--", *names), limit, stopped)


def find(project: Project, context: str | None = None, environ: Mapping[str, str] | None = None) -> Compose:
    """The Compose that the user has, for a project.

    Args:
        project: with the request that it was read by.
        context: the docker context of the engine; what the environment says where None.
        environ: the environment; the process's own where None.

    Raises:
        EngineError: there is none, or only one of the first generation, which is no longer maintained.
    """
    known = dict(os.environ if environ is None else environ)
    if context is not None:
        known.pop("DOCKER_HOST", None)
        known["DOCKER_CONTEXT"] = context
    folder = project.directory
    for program in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(program[0], path=known.get("PATH")) is None:
            continue
        try:
            version = answer(Call((*program, "version", "--short"), folder, known), _QUESTION).strip().removeprefix("v")
        except FailedError:
            continue  # docker without the plugin
        if not version.partition(".")[0].isdigit() or int(version.partition(".")[0]) < _OLDEST:
            raise EngineError(f"'{' '.join(program)}' is version {version}; batten needs Compose {_OLDEST} or newer.", hint=_HINT)
        return Compose(program, version, (*options(project.request), "--project-name", project.name), folder, known)
    raise EngineError("there is no 'docker compose' here that answers, and no 'docker-compose'.", hint=_HINT)


def options(request: Request) -> Iterator[str]:
    """The options that name a project's files and profiles as they were named to us; ``*``, which stands for no choice, is not passed on."""
    for path in request.paths:
        yield from ("--file", str(path))
    if request.paths and request.directory != request.paths[0].parent:
        yield from ("--project-directory", str(request.directory))
    for path in request.env_files:
        yield from ("--env-file", str(path))
    for profile in request.profiles:
        if profile != "*":
            yield from ("--profile", profile)
