"""What the parts of a translation have in common: what is translated, from where and for which engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from batten.compose.stack.losses import Ledger
from batten.errors import BattenError

Plain: TypeAlias = dict[str, Any]
"""A mapping of the resolved tree as plain data."""

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?\Z")
LONGEST = 64
"""Characters in the name of a secret or config (swarmkit ``api/validation``, ``manager/controlapi``)."""
_DNS = re.compile(r"[A-Za-z0-9](?:[-_]*[A-Za-z0-9]+)*\Z")
_LONGEST_DNS = 63
"""What a service or network of a swarm can be called (tried on 20.10.24: "name must be valid as a DNS name component", "63 characters or fewer")."""
_FOR_VERSION = 5
"""Characters for ``_v1`` and its successors."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One translation."""

    tree: Plain
    home: Path
    """The folder of the stack file."""
    engine: tuple[int, ...] = ()
    """Version of the engine; empty for what all of them take."""
    encrypted: frozenset[str] = frozenset()
    """Networks that are to be encrypted between nodes."""
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def project(self) -> str:
        """The project's name, which becomes the stack's."""
        return str(self.tree["name"])

    def networks(self) -> Mapping[str, Plain]:
        """The project's networks."""
        return self.tree.get("networks") or {}

    def since(self, *version: int) -> bool:
        """Whether the engine is known to be that new."""
        return bool(self.engine) and self.engine >= version


def external_name(project: str, key: str) -> str:
    """The name under which the first version of a secret or config is kept by the swarm; a long one is cut, and told apart by a digest.

    Raises:
        BattenError: a swarm would refuse it.
    """
    base = f"{project}_{key}"
    if len(base) > LONGEST - _FOR_VERSION:
        base = f"{base[: LONGEST - _FOR_VERSION - 9]}_{sha256(base.encode()).hexdigest()[:8]}"
    if not _NAME.match(base):
        raise BattenError(
            f"the swarm takes no secret or config called '{base}'.", hint="Use letters, digits, '.', '_' and '-', and begin with a letter or a digit."
        )
    return f"{base}_v1"


def fits(name: str) -> bool:
    """Whether a service or network of a swarm can have that name, the stack's own in front of it included."""
    return len(name) <= _LONGEST_DNS and bool(_DNS.match(name))


def fitted(name: str, room: int = _LONGEST_DNS) -> str:
    """A name of at most ``room`` characters that a swarm takes, readable as far as it goes, and told apart by a digest."""
    digest = sha256(name.encode()).hexdigest()[:8]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[: max(room - 9, 0)].strip("-")
    return f"{readable}-{digest}" if readable else digest


def said(value: Any) -> bool:
    """Whether a value says anything."""
    return value is not None and value != {} and value != []
