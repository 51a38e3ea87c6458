"""Which findings the review shows, and in which order: functions of what was found, of the filter and of what was typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from batten.review.finding import Finding
from wizards.themes import THEMES, theme_of

Group = Sequence[Finding]
"""The findings of one rule about one service."""

SEVERITY, SERVICE, THEME = ORDERS = ("severity", "service", "theme")
"""What the list can be ordered by."""
ALL = "all"
STATES = (ALL, "open", "mended", "kept")
"""What the list can be narrowed to."""


@dataclass(frozen=True)
class Shown:
    """What the user wants to see."""

    order: str = SEVERITY
    state: str = ALL

    def reordered(self) -> Shown:
        """The next order."""
        return replace(self, order=_next(ORDERS, self.order))

    def refiltered(self) -> Shown:
        """The next filter."""
        return replace(self, state=_next(STATES, self.state))


def arranged(groups: Sequence[Group], shown: Shown, state: Callable[[Group], str]) -> list[Group]:
    """The groups that are shown, in their order; those that nothing tells apart stay as they were, the worst first."""
    kept = [group for group in groups if shown.state in (ALL, state(group))]
    return sorted(kept, key=lambda group: _rank(group[0], shown.order))


def heading(finding: Finding, order: str) -> str:
    """The theme of a finding where the list is ordered by it; empty otherwise."""
    return theme_of(finding.rule).name if order == THEME else ""


def _rank(finding: Finding, order: str) -> tuple[int, str]:
    if order == THEME:
        theme = theme_of(finding.rule)
        return THEMES.index(theme) if theme in THEMES else len(THEMES), ""
    if order == SERVICE:
        return int(finding.service is None), finding.service or ""
    return 0, ""


def _next(words: Sequence[str], word: str) -> str:
    return words[(words.index(word) + 1) % len(words)]
