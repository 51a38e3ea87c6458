"""``batten observe`` on projects of many shapes: what they are labelled to need is found, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from batten.design.proposal import propose
from batten.model import Project, Service
from bench import label_designs, labels
from tests.engine.bench import ZONES
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.shapes import dialled_ports
from tests.engine.test_observe import FULL, Pair, doubtful, ended, observe, observing, seen

pytestmark = pytest.mark.engine

_FOLDER = Path(__file__).parent / "shapes"
SHAPES = [[path.stem] for path in sorted(_FOLDER.glob("*.yaml"))] if FULL else [["shared_namespace", "host_network"]]
"""Those that are up together."""
OUTSIDE = frozenset(ZONES)


CORPUS = os.environ.get("BATTEN_CORPUS", "")
"""A folder with projects that are labelled by hand."""
PORT = 7000


class TestShapes:
    """Small projects whose stand-ins ask what the shapes say that they need, every other second."""

    def test_show_nearly_all_that_is_labelled_and_nothing_else(self, engine: Engine, tmp_path: Path, show_table: Callable[[str], None]) -> None:
        lines, found, labelled = ["observed in each shape: pairs that are labelled, and found, and more"], 0, 0
        for name, needs, data in (one for names in SHAPES for one in watched_shapes(engine, names, tmp_path)):
            sure, unsure = seen(data), doubtful(data)
            there = {pair for pair in needs if pair in sure or any(pair[0] in sources and pair[1] in targets for sources, targets in unsure)}
            more = {pair for pair in sure - needs if OUTSIDE.isdisjoint(pair)}
            lines.append(f"{name:20} {len(there)} of {len(needs)}, {len(there - sure)} of them not certain; {len(more)} more")
            found, labelled = found + len(there), labelled + len(needs)
            assert not more, f"{name}: {sorted(more)}"
        show_table("\n".join([*lines, f"{'all':20} {found} of {labelled} ({found / labelled:.1%})"]))
        assert found >= 0.95 * labelled, lines


def watched_shapes(engine: Engine, names: Sequence[str], folder: Path) -> Iterator[tuple[str, set[Pair], Mapping[str, Any]]]:
    """For each of some shapes that are up together: the pairs that its programs ask, and what was seen of it."""
    with ExitStack() as up:
        labelled = {name: shape_up(engine, name, folder, up) for name in names}
        how = ("--for", "20s" if FULL else "5s", "--interval", "1s", "--format", "json")
        watching = {name: up.enter_context(observing(engine, folder / name / "compose.yaml", *how)) for name in names}
        results = {name: ended(process) for name, process in watching.items()}
    for name, result in results.items():
        assert result.code == 0, result.err
        yield name, labelled[name], json.loads(result.out.replace('"lan"', '"internet"'))


def shape_up(engine: Engine, name: str, folder: Path, up: ExitStack) -> set[Pair]:
    """Bring a shape up, and return the pairs that its programs ask."""
    path = folder / name / "compose.yaml"
    path.parent.mkdir()
    shutil.copy(_FOLDER / f"{name}.yaml", path)
    needs: Mapping[str, Mapping[str, str]] = yaml.safe_load(path.read_text())["x-needs"]
    for other in [one for one in (_FOLDER / "beside" / f"{name}.yaml",) if one.exists()]:
        up.enter_context(Stack(engine, [other]))
    dials = {source: list(some.values()) for source, some in needs.items() if source not in OUTSIDE}
    stack = up.enter_context(Stack(engine, [path], ports=dialled_ports(needs), dials=dials))
    return {(source, answering(stack, target, needs[source][target])) for source in dials.keys() & stack.services for target in needs[source]}


def answering(stack: Stack, target: str, dialled: str) -> str:
    """Whose stand-in listens where ``target`` is dialled: of services in one namespace the first that has the port answers for the others."""
    port = int(dialled.removesuffix("/udp").rpartition(":")[2])
    mates = [one for one in stack.containers() if target in stack.homes and one.home == stack.homes[target]]
    having = [one.service for one in mates if port in (*one.listeners.tcp, *one.listeners.udp)]
    return target if target in having or not having else having[0]


@pytest.mark.skipif(not (FULL and CORPUS), reason="BATTEN_CORPUS names no folder with labelled projects, or not everything is to be measured")
class TestLabelledProjects:
    """Projects of many people, rebuilt with stand-ins that ask what a person says that they need."""

    def test_are_seen_through_and_cut_as_closely_as_they_can_be(self, engine: Engine, tmp_path: Path, show_table: Callable[[str], None]) -> None:
        lines, found, labelled, kept = ["observed in each labelled project within ten seconds"], 0, 0, label_designs.Kept()
        for label, project in labels.projects(Path(CORPUS)):
            needs = {(source, target) for source, target, *_ in label["connections"]}
            sure = {pair for pair in seen(rebuilt(engine, project, needs, tmp_path / label["slug"])) if OUTSIDE.isdisjoint(pair)}
            assert sure <= needs, label["slug"]
            closed = label_designs.measure(label, project, label_designs.seen(project, propose(project), sure))
            lines.append(f"{label['slug'][:40]:40} {len(sure)} of {len(needs)}; {closed}")
            found, labelled, kept = found + len(sure), labelled + len(needs), kept.plus(closed)
        show_table("\n".join([*lines, f"{'all':40} {found} of {labelled} ({found / labelled:.1%}); {kept}"]))
        assert found >= 0.95 * labelled, lines
        assert kept.closed == kept.closable > 0


def rebuilt(engine: Engine, project: Project, needs: Set[Pair], folder: Path) -> Mapping[str, Any]:
    """What is seen of a project's services on its networks, while each asks those that it needs."""
    services = {name: rebuilt_service(one) for name, one in project.services.items()}
    networks = {key: {"internal": network.internal} for key, network in project.networks.items() if network.used}
    folder.mkdir()
    path = folder / "compose.yaml"
    path.write_text(yaml.safe_dump({"name": "rebuilt", "services": services, "networks": networks}))
    dials = {source: [f"{target}:{PORT}" for one, target in sorted(needs) if one == source] for source, _ in needs}
    with Stack(engine, [path], ports={target: {PORT} for _, target in needs}, dials=dials):
        result = observe(engine, path, "--for", "10s", "--format", "json", "--no-save")
    assert result.code == 0, result.err
    data: Mapping[str, Any] = result.json
    return data


def rebuilt_service(one: Service) -> Mapping[str, Any]:
    """A service that is nothing but a place in networks."""
    return {"image": "rebuilt:1", **({"network_mode": one.network_mode} if one.network_mode else {"networks": list(one.networks)})}
