"""What a review finds: severity, confidence, the place, what it means and how it can be mended."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from batten.model import Location, Risk, Span


class Severity(StrEnum):
    """What a finding means in this project, whatever our confidence in it."""

    INFO = "info"
    """Good to know; nobody gains anything by it."""
    LOW = "low"
    """Makes an intruder's next step a little easier."""
    MEDIUM = "medium"
    """Widens what an intruder reaches from a service that he has already broken into."""
    HIGH = "high"
    """One weakness away from the data or from the host: a guessed password, one service broken into."""
    CRITICAL = "critical"
    """Usable now by anyone who can reach the address, without a password."""

    @property
    def level(self) -> int:
        """0 for info up to 4 for critical."""
        return _SEVERITIES.index(self)


_SEVERITIES = list(Severity)


KNOWN = "it is in the baseline"
"""The reason for which a finding does not count that an earlier review had already."""


class Confidence(StrEnum):
    """How sure we are that a finding is what it says, whatever its severity."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Fix(NamedTuple):
    """What the assistant can do about a finding."""

    title: str
    """What is done, in the imperative and without a full stop."""
    risk: Risk
    section: str
    """The design section that mends it: ``secrets``, ``networks``, ``published``, ``privileges`` or ``sockets``."""


class _Finding(NamedTuple):
    rule: str
    severity: Severity
    confidence: Confidence
    location: Location
    """The primary place, where a suppression comment is looked for."""
    related: tuple[Location, ...]
    """Other places that shape it or that it is also about."""
    service: str | None
    """The service it is about; None where it is about the project."""
    title: str
    """One phrase without a full stop that does not repeat the service's name."""
    message: str
    """Why it matters here and what to do, in plain sentences without secret values."""
    fix: Fix | None
    references: tuple[str, ...]
    suppressed: str | None = None
    """The reason for which the user keeps it; None where it stands."""


class Finding(_Finding):
    """One thing an intruder could use, at one primary place; raises ValueError where there is none."""

    __slots__ = ()

    def __new__(cls, *fields: Any, **named: Any) -> Finding:
        """A finding; fields as above."""
        made = super().__new__(cls, *fields, **named)
        if not made.location:
            raise ValueError(f"a finding of {made.rule} has no location")
        return made

    @property
    def order(self) -> tuple[int, str, int, int, str]:
        """Sort key: the worst first, then by file and line; places in an engine go before files."""
        place = self.location
        where = (place.file, place.line, place.column) if isinstance(place, Span) else ("", 0, 0)
        return (-self.severity.level, *where, self.rule)


class Ignore(NamedTuple):
    """A finding that the user keeps on purpose, as the design file has it."""

    rule: str
    service: str | None
    """The service it is kept for; None for findings about the project as a whole."""
    reason: str
    where: Span | None = None
    """Where that was written, if in a file."""

    def covers(self, finding: Finding) -> bool:
        """Whether this is about ``finding``."""
        return self.rule == finding.rule and self.service == finding.service


class Rule(NamedTuple):
    """What is fixed about a rule; its page is its module's docstring, its name that of its file."""

    module: str
    """``__name__`` of the rule's module."""
    severity: Severity
    """The severity of its findings where nothing in the project makes them better or worse."""
    references: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The rule's name: its file's, with hyphens."""
        return self.module.rpartition(".")[2].replace("_", "-")

    def finding(
        self,
        location: Location,
        title: str,
        message: str,
        *,
        service: str | None = None,
        severity: Severity | None = None,
        confidence: Confidence = Confidence.HIGH,
        related: Sequence[Location] = (),
        fix: Fix | None = None,
    ) -> Finding:
        """A finding of this rule."""
        others = tuple(dict.fromkeys(place for place in related if place != location))
        return Finding(self.name, severity or self.severity, confidence, location, others, service, title, message, fix, self.references)
