"""What is asked of a project several times in a row is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from batten.model import Project

T = TypeVar("T")


def kept_for_latest(function: Callable[[Project], T]) -> Callable[[Project], T]:
    """``function`` with its answers kept for the two projects that were asked about last, one before and one after; nobody may change an answer."""
    latest: list[tuple[Project, T]] = []

    @wraps(function)
    def remembered(project: Project) -> T:
        for known, answer in tuple(latest):
            if known is project:
                return answer
        answer = function(project)
        latest[:] = [(project, answer), *latest[:1]]
        return answer

    return remembered
