"""The design that lies beside a project, for commands that only look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batten.model import Connection, Project

if TYPE_CHECKING:
    from batten.design import Design

NAME = "batten.yaml"
"""As ``batten.design.file`` has it. Loading that costs a tenth of a review, so it is loaded only where there is a design."""


def saved(project: Project) -> Design | None:
    """The design beside the project's compose file, if there is one; raises InputError or DesignError."""
    path = project.directory / NAME
    if not path.is_file():
        return None
    from batten.design import file

    return file.read(path)


def needed(project: Project, design: Design) -> tuple[Connection, ...]:
    """Who needs whom by a design, sidecars included."""
    from batten.design import sidecars

    return sidecars.needed(project, design)
