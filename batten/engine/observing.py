"""Watching a running project: who is connected to whom, look by look, without changing anything in it and without a word of its own.

Each look asks the engine once which containers run and reads the kernel's tables of their sockets from outside. Connections that came and went
between two looks are found too: the kernel remembers one that has ended for a minute at the side that ended it (TIME_WAIT is 60 seconds,
TCP_TIMEWAIT_LEN in Linux), and the host's tracking of connections remembers most others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple

from batten.design.sections.observed import Observations, Sighting
from batten.engine.protocol import Engine
from batten.engine.sampling import Sampler
from batten.engine.tally import Tally
from batten.model import Project

INTERVAL = 2.0
"""Seconds from look to look."""
SHARE = 0.05
"""The part of one processor that looking may take; on a machine with very many connections the looks come less often."""
_LONGEST = 20.0
"""Seconds between two looks at most, well below the minute that the kernel remembers a connection."""


class Look(NamedTuple):
    """What is known after one more look."""

    observations: Observations
    """Everything since watching began."""
    fresh: tuple[Sighting, ...]
    """Pairs that were seen for the first time in this look."""
    running: frozenset[str]
    """The services that were looked at."""
    number: int
    """Of the look, from 1."""
    elapsed: float
    """Seconds since watching began."""
    cost: float
    """Seconds of processor time that looking took so far."""
    pause: float
    """Seconds until the next look."""


def observe(
    project: Project, engine: Engine, *, seconds: float | None = None, interval: float = INTERVAL, wait: Callable[[float], object] = time.sleep
) -> Generator[Look]:
    """Watch a project. The first look comes at once; closing the iterator gives everything back.

    Args:
        project: whose services are watched, by its name on the engine.
        engine: where it runs: on this machine, where we are root.
        seconds: for how long; without end where None.
        interval: seconds from look to look.
        wait: how to wait between two looks; where it returns something true, such as ``threading.Event.wait`` does, watching ends.

    Raises:
        EngineError: at the first look, nothing of the project runs or it cannot be looked at; at any later one, the engine does not answer any more. What
            was seen until then is in the last look.
    """
    with closing(Sampler(project, engine)) as sampler:
        tally, begun, cost, number = Tally(), time.monotonic(), 0.0, 0
        while True:
            started, used = time.monotonic(), time.process_time()
            sample = sampler.sample()
            fresh = tally.add(sample, started, datetime.now(UTC))
            spent = time.process_time() - used
            cost, number, now = cost + spent, number + 1, time.monotonic()
            pause = min(max(interval - (now - started), spent / SHARE, 0.0), max(interval, _LONGEST))
            left = None if seconds is None else seconds - (now - begun)
            yield Look(tally.observations(), fresh, sample.services, number, now - begun, cost, pause)
            if (left is not None and left <= 0) or wait(pause if left is None else min(pause, left)):
                return
