"""A bounded reader of the Dockerfile of a service's build context: what the image that comes of it will start, listen on and hold.

Nothing is run, and nothing outside the context is opened.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from batten.compose.dockerlines import Instruction, instructions
from batten.compose.dockerstages import Command, Context, Copy, Said, Stage, read_stages
from batten.model import Project, SecretText, Service, Span

__all__ = ["Command", "Copy", "Dockerfile", "Said", "Stage", "inside", "read_dockerfile"]

_LARGEST = 256 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Dockerfile:
    """A Dockerfile that was read for one service."""

    file: str
    """Absolute path; for a Dockerfile inside the compose file, that file."""
    context: str
    """Absolute folder of the build context."""
    final: Stage
    """The stage that is built: the ``target``, or the last one."""
    stages: tuple[Stage, ...]

    def __repr__(self) -> str:
        return f"Dockerfile({self.file!r})"

    def inside(self, source: str) -> str | None:
        """The absolute path of a COPY source, or None where it leads out of the context, also by a link."""
        return inside(self.context, source.lstrip("/"))


def read_dockerfile(project: Project, service: Service) -> Dockerfile | None:
    """The Dockerfile that ``service`` is built with; None where there is none at hand or it is not understood.

    The context must be a folder of this machine; a project that may only read its own folder has its contexts there.
    """
    context = service.build_context
    if not context or not os.path.isabs(context) or (project.request.confine and inside(str(project.directory), context) is None):
        return None
    written = _inline(project, service) or _read(context, service.dockerfile or "Dockerfile")
    if written is None:
        return None
    lines, escape = instructions(written.text)
    stages = read_stages(lines, Context(written.span, _arguments(project, service), _elsewhere(project, service), escape))
    final = _target(stages, project.value((*service.path, "build", "target")))
    return Dockerfile(written.file, os.path.realpath(context), final, tuple(stages)) if final is not None else None


def inside(folder: str, path: str) -> str | None:
    """The real path of ``path`` relative to ``folder``; None where it is not in it, links followed."""
    root = os.path.realpath(folder)
    real = os.path.realpath(os.path.join(root, path))
    return real if real == root or real.startswith(root.rstrip(os.sep) + os.sep) else None


class _Written(NamedTuple):
    """The text of a Dockerfile and where it stands."""

    file: str
    text: str
    place: Span | None
    """Where the whole text stands in a compose file."""

    def span(self, one: Instruction) -> Span:
        """The place of an instruction."""
        return self.place or Span(self.file, one.start, one.end, one.line, 1)


def _inline(project: Project, service: Service) -> _Written | None:
    path = (*service.path, "build", "dockerfile_inline")
    value = project.value(path)
    if value is None or not isinstance(value.data, str):
        return None
    place = project.origin(path).primary
    return _Written(place.file, value.data, place)


def _read(context: str, name: str) -> _Written | None:
    """The text of a regular file in the context that is small and is text."""
    path = inside(context, name)
    if path is None or not os.path.isfile(path):
        return None
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError:
        return None
    if len(content) > _LARGEST or b"\0" in content:
        return None
    return _Written(path, content.decode("utf-8", errors="replace").removeprefix("\ufeff"), None)


def _arguments(project: Project, service: Service) -> dict[str, SecretText | None]:
    """``build.args``; one without a value is not at hand."""
    value = project.value((*service.path, "build", "args"))
    return {name: SecretText(str(one.data)) if one.data is not None else None for name, one in value.items()} if value is not None else {}


def _elsewhere(project: Project, service: Service) -> frozenset[str]:
    """Names that ``additional_contexts`` gives another meaning."""
    value = project.value((*service.path, "build", "additional_contexts"))
    return frozenset(name.lower() for name, _ in value.items()) if value is not None else frozenset()


def _target(stages: list[Stage], wanted: object) -> Stage | None:
    """The stage that is built."""
    name = str(getattr(wanted, "data", None) or "").lower()
    if not name:
        return stages[-1] if stages else None
    found = next((stage for stage in reversed(stages) if stage.name == name), None)
    return found or (stages[int(name)] if name.isdigit() and int(name) < len(stages) else None)
