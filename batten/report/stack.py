"""What a stack file loses, in words and as data; no secret's value is in either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from batten.compose.stack import Loss
from batten.knowledge.stack import Fate, Topic, topic

HEADINGS: Mapping[Fate, str] = {
    Fate.LOST: "A swarm does not honour",
    Fate.LEFT: "Left out of the stack file on purpose",
    Fate.CHECK: "To be there before the stack is deployed",
    Fate.MOVED: "Said in other words in the stack file",
}
"""What is said of each fate, the most important first."""


class Said(NamedTuple):
    """One topic and everything that it is about."""

    topic: Topic
    key: str
    """The key of the compose file, as people write it: ``security_opt``, ``ports``."""
    subjects: tuple[str, ...]
    """Services, networks, volumes, each with its detail."""

    @property
    def words(self) -> str:
        """What happens and what to do instead; our own words alone."""
        return " ".join(filter(None, [self.topic.what, self.topic.instead]))


def told(losses: Sequence[Loss]) -> Mapping[Fate, tuple[Said, ...]]:
    """Losses by fate and topic."""
    subjects: dict[str, dict[str, None]] = {}
    for loss in losses:
        subjects.setdefault(loss.topic, {})[_subject(loss)] = None
    found: dict[Fate, list[Said]] = {fate: [] for fate in HEADINGS}
    for name, about in subjects.items():
        row = topic(name)
        found[row.fate].append(Said(row, _key(name), tuple(filter(None, about))))
    return {fate: tuple(said) for fate, said in found.items() if said}


def _subject(loss: Loss) -> str:
    if len(loss.path) == 1:
        return loss.detail
    name = str(loss.path[1])
    return f"{name} ({loss.detail})" if loss.detail and loss.detail != name else name


def _key(name: str) -> str:
    """``ports.host_ip`` is about ``ports``; ``deploy.resources.devices`` is the key itself."""
    return name if name.startswith(("deploy.resources", "healthcheck.start")) else name.partition(".")[0]


def sentence(said: Said) -> str:
    """One topic on one line: the key, whom it is about, what happens, what to do instead."""
    about = f" ({', '.join(said.subjects)})" if said.subjects else ""
    return f"{said.key}{about}: {said.words}"


def losses_json(losses: Sequence[Loss]) -> list[dict[str, object]]:
    """One object a loss."""
    return [
        {
            "path": list(loss.path),
            "fate": str(topic(loss.topic).fate),
            "topic": loss.topic,
            "detail": loss.detail,
            "what": topic(loss.topic).what,
            "instead": topic(loss.topic).instead or None,
        }
        for loss in losses
    ]
