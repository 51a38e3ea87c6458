"""What Linux capabilities allow, and how dangerous they are in a container."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple, cast

import assets

Danger = Literal["critical", "high", "medium", "low", "none"]


class CapabilityFacts(NamedTuple):
    """What is known of one capability."""

    name: str
    """In upper case without ``CAP_``."""
    default: bool
    """Whether Docker gives it to every container that does not drop it."""
    danger: Danger
    why: str
    """What somebody inside the container can do with it, one sentence."""


DEFAULT: frozenset[str] = frozenset(
    {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID"}
    | {"SYS_CHROOT"}
)
"""The fourteen capabilities of Docker's default set (moby, oci/caps/defaults.go)."""


def normalised(capability: str) -> str:
    """A capability's name as Docker understands it: upper case, without ``CAP_``."""
    return capability.strip().upper().removeprefix("CAP_")


def describe(capability: str) -> CapabilityFacts:
    """What is known of a capability; one that nobody described is said to be of medium danger."""
    name = normalised(capability)
    danger, why = _table().get(name, ("medium", "Nothing is known about this capability; the container has it for a reason that the file does not show."))
    return CapabilityFacts(name, name in DEFAULT, cast("Danger", danger), why)


def all_names() -> tuple[str, ...]:
    """Every capability that Linux has."""
    return tuple(sorted(name for name in _table() if name != "ALL"))


@cache
def _table() -> dict[str, tuple[str, str]]:
    rows = assets.load_yaml("capabilities.yaml")
    return {name: (danger, why) for danger, group in rows.items() for name, why in group.items()}
