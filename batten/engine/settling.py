"""Whether containers have come up: healthy where they have a healthcheck, else running for long enough; and what is wrong with those that have not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from batten.engine.grouping import COMPOSE_PROJECT, COMPOSE_SERVICE
from batten.engine.protocol import Workload

STEADY = 10.0
"""Seconds that a container without a healthcheck has to run without being started again."""
_RESTARTS = 3
"""From how many starts by the engine on a container is taken for one that restarts all the time."""
_ONE_OFF = "com.docker.compose.oneoff"


class Standing(NamedTuple):
    """How far a container has come."""

    service: str
    container: str
    """Its name."""
    text: str
    """In words: ``healthy``, ``running``, ``waiting for its healthcheck`` …"""
    settled: bool
    """Whether nothing more is waited for."""
    failed: bool = False


def members(containers: Iterable[Workload], project: str) -> list[Workload]:
    """The containers of a Compose project that stand for its services; none that somebody ran once by ``docker compose run``."""
    return [
        one
        for one in containers
        if one.labels.get(COMPOSE_PROJECT) == project and one.labels.get(COMPOSE_SERVICE) and one.labels.get(_ONE_OFF, "").lower() != "true"
    ]  # fmt: skip


class Watch:
    """Follows containers from one look to the next."""

    def __init__(self, down: Mapping[str, str], restarts: Mapping[str, int], clock: Callable[[], float] = time.monotonic) -> None:
        """What they are compared with.

        Args:
            down: services that were down before already, and how: ``exited with code 3``.
            restarts: id of a container → how often the engine had started it again by then.
            clock: seconds that only go forward.
        """
        self._down = down
        self._restarts = restarts
        self._clock = clock
        self._since: dict[tuple[str, int, int], float] = {}

    def look(self, containers: Iterable[Workload]) -> list[Standing]:
        """Where each container stands, by name."""
        now = self._clock()
        return [self._standing(one, now) for one in sorted(containers, key=lambda one: one.name)]

    def _standing(self, one: Workload, now: float) -> Standing:
        text, settled, failed = self._judged(one, now)
        service = one.labels.get(COMPOSE_SERVICE, one.name)
        if failed and self._down.get(service) == ended(one):
            return Standing(service, one.name, f"{text}, as before", settled=True)
        return Standing(service, one.name, text, settled or failed, failed)

    def _judged(self, one: Workload, now: float) -> tuple[str, bool, bool]:
        """In words, whether it has settled, whether it has failed."""
        state, condition = one.state, one.condition
        restarts = condition.restarts - self._restarts.get(one.id, 0)
        since = self._since.setdefault((one.id, one.pid, condition.restarts), now)
        if restarts >= _RESTARTS:
            return f"restarts all the time (exit code {condition.exit_code})", False, True
        if state == "running":
            return self._running(condition.health, now - since)
        if state == "exited" and condition.exit_code == 0:
            return "done", True, False
        if state in ("exited", "dead"):
            return ended(one), False, True
        if state == "created" and condition.error:
            return f"could not be started: {condition.error}", False, True
        return f"{state or 'not there'}", False, False

    def _running(self, health: str, seconds: float) -> tuple[str, bool, bool]:
        if health == "healthy":
            return "healthy", True, False
        if health == "unhealthy":
            return "unhealthy", False, True
        if health == "starting":
            return "waiting for its healthcheck", False, False
        return ("running", True, False) if seconds >= STEADY else ("running, not for long", False, False)


def ended(one: Workload) -> str:
    """How a container ended, in words that can be compared; empty where it runs or has done its work."""
    if one.state not in ("exited", "dead", "restarting") or (one.state == "exited" and one.condition.exit_code == 0):
        return ""
    return f"exited with code {one.condition.exit_code}" + (" for want of memory" if one.condition.oom_killed else "")
