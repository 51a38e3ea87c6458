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
from batten.engine import leftovers, netns
from batten.engine.beside import Beside
from batten.engine.endpoint import Endpoint
from batten.engine.opening import byte_order, prepare, usual_image
from batten.engine.protocol import Engine
from batten.engine.sampling import Sampler
from batten.engine.tally import Tally
from batten.engine.views import Views
from batten.engine.windows import Windows
from batten.model import Project

SHARE = 0.02
"""The part of one processor that looking may take; on a machine with very many connections the looks come less often."""
_OTHERWISE = "Name one that is there with --probe-image, or run it as root on the engine's host."
_LIFETIME, _ENDLESS = 300, 86_400
"""Seconds that probe containers live longer than is watched, and where that has no end."""
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
    project: Project,
    engine: Engine,
    *,
    seconds: float | None = None,
    interval: float | None = None,
    wait: Callable[[float], object] = time.sleep,
    views: Views | None = None,
) -> Generator[Look]:
    """Watch a project. The first look comes at once; closing the iterator gives everything back.

    Args:
        project: whose services are watched, by its name on the engine.
        engine: where it runs.
        seconds: for how long; without end where None.
        interval: seconds from look to look; what suits the views where None.
        wait: how to wait between two looks; where it returns something true, such as ``threading.Event.wait`` does, watching ends.
        views: how to look, closed in the end; where None, as root on the engine's host, which has to be this machine.

    Raises:
        EngineError: at the first look, nothing of the project runs or it cannot be looked at; at any later one, the engine does not answer any more. What
            was seen until then is in the last look.
    """
    source = views or Windows(engine)
    interval = interval or source.interval
    with closing(Sampler(project, engine, source)) as sampler:
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


def views_of(engine: Engine, where: Endpoint, *, image: str = "", pull: bool = False, seconds: float | None = None) -> Views:
    """The way to look at an engine's containers: as root on its host, else by probe containers.

    Args:
        engine: which one.
        where: how it is reached.
        image: of the probe containers; where it is named, they are used in any case.
        pull: whether the engine may pull it.
        seconds: for how long is watched; without end where None.

    Raises:
        EngineError: there is no way; the image is not there or cannot be pulled.
    """
    leftovers.remove(engine.keeper, leftovers.is_leftover)
    if not image and where.local and netns.possible(engine.containers()):
        return Windows(engine)
    image = image or usual_image()
    prepare(engine.keeper, image, pull=pull, otherwise=_OTHERWISE)
    return Beside(engine, image, byte_order(engine), _LIFETIME + int(_ENDLESS if seconds is None else seconds))
