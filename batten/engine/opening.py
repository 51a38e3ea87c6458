"""A comparison with the engine at hand, from the design to the vantage: what ``batten verify``, ``apply`` and the assistant's screen begin with."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from batten.design import Design, file
from batten.design.sidecars import needed
from batten.engine import leftovers, netns
from batten.engine.endpoint import Endpoint
from batten.engine.keeping import Keeper
from batten.engine.netns import Namespaces
from batten.engine.probes import IMAGE, Probes, Site
from batten.engine.protocol import Engine, Workload
from batten.engine.tables import Order
from batten.engine.vantage import Pace, Vantage
from batten.engine.verifying import LIMIT, RATE, Verifying
from batten.errors import EngineError
from batten.hardening import harden
from batten.inference.evidence import needed_connections
from batten.model import Project
from batten.reach import Reach, predict

_BIG = frozenset({"s390x", "ppc64", "mips", "mips64"})
"""Machines with the high byte first, as ``docker info`` calls them (uname(2))."""
_LIFETIME, _SLOWEST = 300, 3
"""Seconds that a probe container lives at least, and how much longer than their pace all questions may take."""
_ANOTHER = "Name one that is there with --probe-image, or compare the networks alone with --no-connect."
_MISSING = "Get it with 'docker pull {image}', or let batten do that with --pull. {otherwise}"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a comparison is to be made."""

    connect: bool = True
    """Whether connections are opened and names looked up; otherwise memberships alone are compared."""
    probe_image: str = ""
    """The image of probe containers. Where it is named, they are used even where batten could enter the namespaces itself."""
    pull: bool = False
    """Whether that image may be pulled."""
    limit: int = LIMIT
    rate: float = RATE


@contextmanager
def opened(where: Endpoint, wanted: tuple[Project, Design | None], wishes: Wishes | None = None) -> Iterator[Verifying]:
    """A comparison that can be measured while the context lasts.

    Args:
        where: the engine.
        wanted: a project, and the design that says what it should be like; None where it should be as its files are.
        wishes: how; as everybody has it where None.

    Raises:
        EngineError: the engine cannot be asked.
    """
    from batten.engine import docker_sdk

    with docker_sdk.connected(where, docker_sdk.TIMEOUT) as engine:
        version = engine.about().version
        yield verifying(engine, where, version, prediction(*wanted, version), wishes or Wishes())


def prediction(project: Project, design: Design | None, version: str) -> tuple[Project, Reach]:
    """The project as it should be, and who should reach whom in it on an engine of that version.

    Without a design that is the project as its files are; of the design beside them, if there is one, only who needs whom is taken.
    """
    if design is None:
        beside = project.directory / file.NAME
        known = needed(project, file.read(beside)) if beside.is_file() else needed_connections(project)
        return project, predict(project, engine=version, connections=known)
    after = harden(project, design).after
    return after, predict(after, engine=version, connections=needed(after, design))


def verifying(engine: Engine, where: Endpoint, version: str, wanted: tuple[Project, Reach], wishes: Wishes) -> Verifying:
    """A comparison by an engine that is connected already."""

    def enter(running: Sequence[Workload]) -> Vantage:
        pace = Pace(wishes.rate)
        leftovers.remove(engine.keeper, leftovers.is_leftover)
        if not wishes.probe_image and where.local and netns.possible(running):
            return Namespaces(pace)
        image = wishes.probe_image or usual_image()
        prepare(engine.keeper, image, pull=wishes.pull)
        lifetime = _LIFETIME + int(_SLOWEST * wishes.limit / wishes.rate)
        return Probes(Site(engine.keeper, engine.containers, image, byte_order(engine), lifetime), uuid4().hex[:12], pace)

    return Verifying(*wanted, engine, version, enter if wishes.connect else None, limit=wishes.limit)


def usual_image(environ: Mapping[str, str] | None = None) -> str:
    """The image of probe containers where none is named: that of the environment (the process's own where None), for the assistant too."""
    return (os.environ if environ is None else environ).get("BATTEN_PROBE_IMAGE") or IMAGE


def byte_order(engine: Engine) -> Order:
    """The order of bytes on the engine's host; raises EngineError."""
    return "big" if engine.about().info.get("Architecture") in _BIG else "little"


def prepare(keeper: Keeper, image: str, *, pull: bool, otherwise: str = _ANOTHER) -> None:
    """Have the image; raises EngineError, which says what to do ``otherwise``."""
    if keeper.has(image):
        return
    if not pull:
        raise EngineError(
            f"the image {image} for the probe containers is not on the engine.", hint=_MISSING.format(image=shlex.quote(image), otherwise=otherwise)
        )
    said = keeper.pull(image)
    if said or not keeper.has(image):
        raise EngineError(f"the image {image} cannot be pulled: {said or 'the engine gives no reason'}.", hint=otherwise)
