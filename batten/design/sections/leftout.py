"""Changes that are left out of a hardening although the rest of the design calls for them, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from batten.design.sections.reading import only, sequence, text
from batten.model import Change, Value


class LeftOut(NamedTuple):
    """One change, or all that belong to one decision."""

    change: str
    """The id of a change, or a decision."""
    reason: str

    def covers(self, change: Change) -> bool:
        """Whether ``change`` is left out by this."""
        return self.change in (change.id, change.decision)


def unit_of(change: Change) -> str:
    """What has to be left out together with a change: what a service loses stands for itself, as does a network's way out; other decisions are one piece."""
    alone = change.id.startswith("privileges.") or (change.id.startswith("networks.") and change.id.endswith(".internal"))
    return change.id if alone else change.decision


def dump(left_out: Sequence[LeftOut]) -> list[dict[str, str]]:
    """One entry a change or decision."""
    return [dict(one._asdict()) for one in left_out]


def load(value: Value) -> tuple[LeftOut, ...]:
    """Read back what ``dump`` wrote; raises DesignError where a reason is missing."""
    entries = [(item, dict(only(item, {"change", "reason"}, "left_out"))) for item in sequence(value, "left_out")]
    return tuple(LeftOut(text(entry.get("change"), "change", near=item), text(entry.get("reason"), "reason", near=item)) for item, entry in entries)
