"""What every remedy can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from batten.design import Design
from batten.model import Project
from batten.review.finding import Finding


class Remedy(ABC):
    """How one section mends the findings of one rule about one service."""

    stake: ClassVar[str]
    """What could stop working, where something that the files do not show depends on what is changed; a sentence."""

    @abstractmethod
    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        """Whether the design mends them."""

    @abstractmethod
    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        """The design that mends them."""

    @abstractmethod
    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        """The design that leaves things as they are."""
