"""Small projects of our own in ``shapes/``, each shaped like something that people run: measured as they are and as hardened.

A shape says under ``x-needs`` what its programs dial. That is the truth about it, which batten is not told: ``SOURCE: {TARGET: HOST:PORT}``.
A file of the same name in ``shapes/beside`` is another project, which is up at the same time.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import yaml

from batten.compose import load_project
from batten.design.proposal import propose
from batten.hardening import harden
from batten.model import Project
from batten.reach import Reach, ReachPath, predict
from batten.reach.engines import choose
from batten.reach.landscape import survey
from batten.reach.paths import Listed
from batten.reach.roads import Roads
from batten.reach.situation import Situation
from generators import export
from tests.engine.bench import HOST_SIDE, ZONES
from tests.engine.comparison import Comparison, compare
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.probes import Measured, measure
from tests.engine.questions import Dials, Scene
from tests.engine.single import Map, Oracle

CHOICE: Final = "BATTEN_ENGINE_SHAPES"
"""The environment variable that names the shapes to measure, with spaces between them; ``all`` is every one."""
ORDINARY: Final = ("host_network", "internal_backend", "shared_namespace", "through_the_host")
_FOLDER: Final = Path(__file__).parent / "shapes"


@dataclass(frozen=True, slots=True)
class Run:
    """A shape on the engine, once."""

    project: Project
    rows: tuple[Measured, ...]
    comparison: Comparison
    anywhere: Comparison
    """The same measurement against what is predicted where the engine is not known."""
    singles: tuple[str, ...]
    """Single probes that did not end as predicted."""

    @property
    def dialled(self) -> list[Measured]:
        """What came of the shape's own needs."""
        return [row for row in self.rows if row.probe.road == "dialled"]

    @property
    def dead(self) -> list[str]:
        """Needs that nobody answered."""
        return [f"{row.source} → {row.probe.target} at {row.probe.host}:{row.probe.port}" for row in self.dialled if not row.open]


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape before and after."""

    name: str
    before: Run
    after: Run
    needs: Dials

    @property
    def opened(self) -> list[str]:
        """What is open after and was not before."""
        was = {(pair.source, pair.target): pair.measured for pair in self.before.comparison.pairs}
        return [str(pair) for pair in self.after.comparison.pairs if not pair.measured <= was.get((pair.source, pair.target), frozenset())]

    def line(self) -> list[str]:
        """Its line in the table."""
        cells = [self.name, str(len(self.before.project.services))]
        for run in (self.before, self.after):
            pairs = run.comparison.pairs
            equal = sum(1 for pair in pairs if pair.equal)
            alive = sum(1 for row in run.dialled if row.open)
            cells += [f"{equal} of {len(pairs)}", str(run.comparison.open(of_services=True)), f"{alive} of {len(run.dialled)}"]
        return cells


def chosen() -> list[str]:
    """The shapes that this test run measures."""
    names = os.environ.get(CHOICE, "").split() or list(ORDINARY)
    return sorted(path.stem for path in _FOLDER.glob("*.yaml")) if names == ["all"] else names


def measured(engine: Engine, name: str, folder: Path) -> Shape:
    """The shape ``name`` as it is, and as batten's own proposal hardens it."""
    file = folder / name / "compose.yaml"
    file.parent.mkdir()
    shutil.copy(_FOLDER / f"{name}.yaml", file)
    content: dict[str, Any] = yaml.safe_load(file.read_text())
    needs: Dials = content["x-needs"]
    project = load_project([file])
    hardened = harden(project, propose(project), into=folder / "out")
    export(hardened)
    beside = [path for path in (_FOLDER / "beside" / f"{name}.yaml",) if path.exists()]
    after = load_project([Path(path) for path in hardened.rewritten.request(project, folder / "out").paths])
    return Shape(name, _run(engine, project, beside, needs), _run(engine, after, beside, needs), needs)


def _run(engine: Engine, project: Project, beside: Sequence[Path], needs: Dials) -> Run:
    others = [load_project([path]) for path in beside]
    with ExitStack() as up:
        stacks = [up.enter_context(Stack(engine, [Path(file) for file in one.files], ports=dialled_ports(needs))) for one in (project, *others)]
        scene = Scene.of(*stacks, dials=needs)
        rows, places = measure(scene), Map.of(scene)
    known, unknown = (compare(together([project, *others], version), rows) for version in (engine.version, "any"))
    return Run(project, tuple(rows), known, unknown, tuple(Oracle([project, *others], engine.version, places).wrong(rows)))


def dialled_ports(needs: Dials) -> dict[str, set[int]]:
    """What each service listens on, since somebody dials it there; the host's own addresses have other numbers."""
    found: dict[str, set[int]] = defaultdict(set)
    for target, dialled in (need for dials in needs.values() for need in dials.items()):
        host, _, port = dialled.rpartition(":")
        if target not in ZONES and host not in HOST_SIDE and not port.endswith("/udp"):
            found[target].add(int(port))
    return found


def together(projects: Sequence[Project], engine: str) -> Reach:
    """The reach of several projects with services of different names on one engine, from one to the other too."""
    alone = [predict(project, engine=engine) for project in projects]
    across = tuple(_across(projects, engine))
    return alone[0]._replace(paths=Listed([*(path for reach in alone for path in reach.paths), *across]))


def _across(projects: Sequence[Project], engine: str) -> Iterator[ReachPath]:
    boxes = survey(projects).boxes
    finders = [Roads(Situation(row)) for row in choose(engine).rows]
    for (here, source), (there, target) in product(boxes, boxes):
        roads = [road for finder in finders for road in finder.between(boxes[here, source], boxes[there, target])] if here != there else []
        if roads:
            ports = () if any(not road.ports for road in roads) else tuple({port for road in roads for port in road.ports})
            yield ReachPath(source, target, ports, tuple(road.text for road in roads), None)
