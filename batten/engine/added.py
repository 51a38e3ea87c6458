"""What only a hardened project has, and what goes again when it is taken back."""

from __future__ import annotations

from typing import NamedTuple

from batten.model import Project


class Added(NamedTuple):
    """What only the hardened project has, and goes."""

    services: frozenset[str] = frozenset()
    networks: frozenset[str] = frozenset()
    """By their keys."""

    @classmethod
    def of(cls, hardened: Project, old: Project) -> Added:
        """What ``hardened`` has and ``old`` has not."""
        return cls(frozenset(hardened.services) - frozenset(old.services), frozenset(hardened.networks) - frozenset(old.networks))

    def __or__(self, other: Added) -> Added:
        """Both together."""
        return Added(self.services | other.services, self.networks | other.networks)
