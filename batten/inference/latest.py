"""What is asked of a project several times in a row is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from batten.model import Project

T = TypeVar("T")


def kept_for_latest(function: Callable[[Project], T]) -> Callable[[Project], T]:
    """``function`` with its answer kept for the project that was asked about last; nobody may change that answer."""
    latest: list[tuple[Project, T]] = []

    @wraps(function)
    def remembered(project: Project) -> T:
        if not latest or latest[0][0] is not project:
            latest[:] = [(project, function(project))]
        return latest[0][1]

    return remembered
