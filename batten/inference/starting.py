"""What a service starts: its entrypoint and command, where the files or what is known of the image say them."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath
from typing import NamedTuple

from batten.compose.dockerfile import Command, Stage, read_dockerfile
from batten.knowledge.starts import ImageStart, image_start
from batten.model import Project, Service

_SHELLS = frozenset({"sh", "ash", "dash", "bash"})


class Start(NamedTuple):
    """What the container's first process is, and that the image has a shell."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    from_image: bool
    """Whether the command is the image's own, which is lost when somebody names another entrypoint."""
    healthcheck: tuple[str, ...] = ()
    """The image's own healthcheck as a test, ``CMD`` in front; empty where it has none or the project has one."""


class Unsaid(NamedTuple):
    """Why it is not known what a service starts."""

    reason: str
    """One phrase without a full stop."""
    command: str = ""
    """What would tell, to be typed into a shell; empty where nothing would."""


def start_of(project: Project, service: Service) -> Start | Unsaid:
    """What ``service`` starts, from its own keys, the Dockerfile of its build context or what is known of its image."""
    stage = None
    if service.build_context:
        dockerfile = read_dockerfile(project, service)
        stage = dockerfile.final if dockerfile is not None else None
    known = image_start(stage.base if stage is not None else "" if service.build_context else service.image)
    entrypoint = service.entrypoint if _said(project, service, "entrypoint") else _entrypoint(stage, known)
    if entrypoint is None:
        return _untold(
            project, service, "what it starts is not known", "docker image inspect --format '{{json .Config.Entrypoint}} {{json .Config.Cmd}}' IMAGE"
        )
    own = _said(project, service, "command") or _said(project, service, "entrypoint")
    command = service.command if own else _command(stage, known)
    if command is None:
        return _untold(project, service, "its command is not known", "docker image inspect --format '{{json .Config.Cmd}}' IMAGE")
    if not entrypoint and not command:
        return Unsaid("there is nothing that it starts")
    if known is None and not _has_shell(stage, entrypoint):
        return _untold(project, service, "whether it has a shell is not known", "docker run --rm --entrypoint /bin/sh IMAGE -c true")
    return Start(entrypoint, command, not own, _healthcheck(project, service, stage))


def _said(project: Project, service: Service, key: str) -> bool:
    """Whether the project says ``key``, be it that there is none."""
    value = project.value((*service.path, key))
    return value is not None and value.data is not None


def _untold(project: Project, service: Service, reason: str, command: str) -> Unsaid:
    image = service.image or f"{project.name}-{service.name}"
    return Unsaid(reason, command.replace("IMAGE", shlex.quote(image)))


def _entrypoint(stage: Stage | None, known: ImageStart | None) -> tuple[str, ...] | None:
    if stage is not None and stage.entrypoint is not None:
        return stage.entrypoint.words
    if stage is not None and stage.base == "scratch":
        return ()
    return known.entrypoint if known is not None else None


def _command(stage: Stage | None, known: ImageStart | None) -> tuple[str, ...] | None:
    if stage is not None and stage.command is not None:
        return stage.command.words
    if stage is not None and stage.base == "scratch":
        return ()
    return known.command if known is not None else None


def _has_shell(stage: Stage | None, entrypoint: tuple[str, ...]) -> bool:
    """Whether the files show that ``/bin/sh`` is in the image: something else is run by a shell."""
    if entrypoint and PurePosixPath(entrypoint[0]).name in _SHELLS:
        return True
    shell_forms: list[Command | None] = [stage.entrypoint, stage.command] if stage is not None else []
    return stage is not None and (stage.runs_shell or any(one is not None and one.shell for one in shell_forms))


def _healthcheck(project: Project, service: Service, stage: Stage | None) -> tuple[str, ...]:
    if _said(project, service, "healthcheck") or stage is None or stage.healthcheck is None or not stage.healthcheck.words:
        return ()
    return ("CMD", *stage.healthcheck.words)
