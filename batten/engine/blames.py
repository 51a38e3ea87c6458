"""A complaint with the service that has it, a Change that may have caused it, and which Changes touch what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from batten.knowledge.complaints import Complaint
from batten.model import Change


class Grievance(NamedTuple):
    """A complaint of a service."""

    service: str
    complaint: Complaint
    line: str
    """The line itself, as it was printed; empty where it was not read in a log."""


class Blame(NamedTuple):
    """A Change that may have caused a grievance."""

    change: Change
    why: str
    """One sentence."""
    weight: int
    """Up to 100."""


class Changes(NamedTuple):
    """The Changes that were applied."""

    all: Sequence[Change]

    def of(self, service: str, key: str) -> Iterator[Change]:
        """Those at or below a key of a service."""
        return (one for one in self.all if one.path[:3] == ("services", service, key))

    def secrets(self, service: str) -> Iterator[Change]:
        """Those that move a service's credentials."""
        return (one for one in self.all if one.decision.startswith(f"secrets.{service}."))
