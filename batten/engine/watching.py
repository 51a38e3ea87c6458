"""What the containers of a project have printed and how they are doing, read within limits of lines, bytes and time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from batten.engine.grouping import groups
from batten.engine.protocol import Engine, Workload
from batten.errors import EngineError

LINES, SIZE = 200, 64 * 1024
"""How many lines, and how many bytes of them, are read of each container."""
PATIENCE = 30.0
"""Seconds after which no further log is asked for."""
UP = "running"
_AGAIN = 3
"""From how many starts by the engine on a container that runs at this moment is taken for one that does not stay up."""


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """A project at one moment. Logs may hold anything, so nothing of them is in the ``repr``."""

    containers: Mapping[str, Sequence[Workload]] = field(default_factory=dict)
    """By service, whatever their state."""
    logs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By service: the last lines of all its containers, oldest first in each."""
    unread: Mapping[str, str] = field(default_factory=dict)
    """Services whose log could not be read, and why."""

    def __repr__(self) -> str:
        return f"Seen({len(self.containers)} services, {sum(map(len, self.logs.values()))} lines)"

    def up(self, service: str) -> bool:
        """Whether a service runs, all of its containers, and none is known to be unwell."""
        found = self.containers.get(service, ())
        return bool(found) and all(one.state == UP and not trouble(one) for one in found)

    def trouble(self, service: str) -> str:
        """What is wrong with a service, a phrase that follows its name; empty where nothing is, or where it does not run and need not."""
        return next((phrase for one in self.containers.get(service, ()) if (phrase := trouble(one))), "")


def trouble(one: Workload) -> str:
    """What is wrong with a container, likewise."""
    how = one.condition
    if one.state == "restarting" or (one.state == UP and how.restarts >= _AGAIN and how.health != "healthy"):
        return f"is started again and again (exit code {how.exit_code})"
    if one.state != UP:
        return "could not be started" if how.error else f"has ended with exit code {how.exit_code}" if how.exit_code else ""
    return "is not healthy" if how.health == "unhealthy" else ""


def look(project: str, engine: Engine, *, lines: int = LINES, size: int = SIZE, patience: float = PATIENCE) -> Seen:
    """What there is to see of a project now; nothing where the engine has no container of it.

    Args:
        project: its name on the engine.
        engine: where it runs.
        lines: how many lines of each container's log are read at most.
        size: how many bytes of them.
        patience: seconds after which no further log is asked for; every single question has the engine's own limit besides.

    Raises:
        EngineError: the engine does not answer. A log alone that cannot be read is none: it is in ``unread``.
    """
    until = time.monotonic() + patience
    group = next((one for one in groups(engine.containers(), None, ended=True) if one.name == project), None)
    members = group.members if group is not None else {}
    logs: dict[str, list[str]] = {name: [] for name in members}
    unread: dict[str, str] = {}
    for name, one in ((name, one) for name, found in members.items() for one in found):
        try:
            if time.monotonic() > until:
                raise EngineError(f"reading the logs took longer than {patience:g} seconds.")
            logs[name] += engine.log(one.id, lines, size)
        except EngineError as error:
            unread[name] = error.message
    return Seen(members, logs, unread)
