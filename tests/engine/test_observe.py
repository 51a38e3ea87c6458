"""``batten observe`` on a real engine: what really connects is found, by the right names and in the right direction, and nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import assets
from batten.design import file
from batten.model import EvidenceKind
from tests.cli.calling import ROOT, Result
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.doorway import Doorway
from tests.engine.images import INSIDE, tools_archive
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import as_there, call_there, namespaces

pytestmark = pytest.mark.engine

FULL = os.environ.get(CHOICE) == "all"
SHOP: Mapping[str, Sequence[str]] = {
    "proxy": ["web:3000", "api:8055"],
    "web": ["api:8055"],
    "api": ["db:5432", "cache:6379"],
    "worker": ["db:5432", "cache:6379"],
}
"""What the programs of the demo shop ask."""
Pair = tuple[str, str]


def ports(dials: Mapping[str, Sequence[str]]) -> dict[str, set[int]]:
    """What each service is asked at."""
    found: dict[str, set[int]] = {}
    for host, _, port in (there.partition(":") for some in dials.values() for there in some):
        found.setdefault(host, set()).add(int(port))
    return found


def pairs(dials: Mapping[str, Sequence[str]]) -> set[Pair]:
    """Who asks whom, of names and ports."""
    return {(source, there.partition(":")[0]) for source, some in dials.items() for there in some}


@contextmanager
def observing(engine: Engine, *arguments: object, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Batten while it watches, as root on the engine's host."""
    command = as_there(engine, sys.executable, "-m", "batten", "observe", *map(str, arguments))
    env = {**os.environ, **engine.environment, "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str], timeout: float = 240) -> Result:
    """What came of it."""
    out, err = process.communicate(timeout=timeout)
    return Result(process.returncode, out, err)


def wait_for_pairs(process: subprocess.Popen[str], count: int) -> None:
    """Until that many pairs were told; after half a minute it has been ended."""
    assert process.stderr is not None
    limit = threading.Timer(30, process.kill)
    limit.start()
    told = 0
    while told < count and (line := process.stderr.readline()):
        told += "→" in line
    limit.cancel()
    assert told == count


def observe(engine: Engine, *arguments: object, **environment: str) -> Result:
    """Watch from beginning to end."""
    with observing(engine, *arguments, **environment) as process:
        return ended(process)


def seen(data: Mapping[str, Any]) -> set[Pair]:
    """The pairs that were certainly seen."""
    return {(one["from"], one["to"]) for one in data["connections"] if isinstance(one["from"], str) and isinstance(one["to"], str)}


def doubtful(data: Mapping[str, Any]) -> list[tuple[set[str], set[str]]]:
    """Those where it could not be told who of several it was."""
    ends = [
        ({one["from"]} if isinstance(one["from"], str) else set(one["from"]), {one["to"]} if isinstance(one["to"], str) else set(one["to"]))
        for one in data["connections"]
    ]
    return [(sources, targets) for sources, targets in ends if len(sources) + len(targets) > 2]


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo shop, its programs asking each other every other second."""
    folder = tmp_path_factory.mktemp("observe") / "shop"
    shutil.copytree(str(assets.path("demo/shop")), folder)
    (folder / ".env").write_text((folder / ".env").read_text() + "HTTP_PORT=8088\n")
    with Stack(engine, [folder / "compose.yaml"], ports=ports(SHOP), dials=SHOP) as stack:
        yield stack


@pytest.fixture
def compose(shop: Stack) -> Iterator[Path]:
    """The shop's file, with no design beside it before and after."""
    path = shop.file
    yield path
    (path.parent / file.NAME).unlink(missing_ok=True)


class TestTheDemo:
    def test_shows_every_needed_connection_and_nothing_else(self, engine: Engine, compose: Path, show_table: Callable[[str], None]) -> None:
        before = namespaces(engine)
        result = observe(engine, compose, "--for", "2m" if FULL else "6s", "--format", "json")
        assert result.code == 0, result.err
        assert seen(result.json) == pairs(SHOP)
        assert doubtful(result.json) == []
        assert {tuple(one["ports"]) for one in result.json["connections"]} == {("3000/tcp",), ("8055/tcp",), ("5432/tcp",), ("6379/tcp",)}
        assert all(one["times"] > 1 for one in result.json["connections"])
        assert namespaces(engine) == before
        self.teaches_the_design(engine, compose)
        cost = result.json["cost"]
        show_table(f"observe: {cost['looks']} looks at 7 services, {1000 * cost['cpu_seconds'] / cost['looks']:.1f} ms of processor time each")

    def teaches_the_design(self, engine: Engine, compose: Path) -> None:
        """What was seen is in the design that was written, and what is seen later is added."""
        design = file.read(compose.parent / file.NAME)
        kinds = {(one.source, one.target): one.evidence[0].kind for one in design.connections}
        assert {pair for pair, kind in kinds.items() if kind is EvidenceKind.OBSERVED} == pairs(SHOP)
        assert kinds["worker", "api"] is EvidenceKind.ORDERED
        assert observe(engine, compose, "--for", "1s", "--interval", "0.5s").code == 0
        again = file.read(compose.parent / file.NAME)
        assert again.observed.seconds("worker", "api") > design.observed.seconds("worker", "api") >= 5


TRACKING = """
from batten.engine.connections import tracks
from batten.engine.tracking import tracked
told, written = {one[:4] for one in tracked()}, {one[:4] for one in tracks(open("/proc/net/nf_conntrack").read())}
print(len(told & written), len(told ^ written))
"""


@pytest.mark.skipif(not Path("/proc/net/nf_conntrack").exists(), reason="this kernel is built without the file")
class TestTheKernelsTracking:
    def test_is_the_same_over_netlink_as_in_the_file(self, engine: Engine, shop: Stack) -> None:
        command = as_there(engine, sys.executable, "-c", TRACKING)
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60, check=True)
        same, other = map(int, done.stdout.split())
        assert same > 5 and other <= 2, "one may begin or be forgotten between the two"


class TestWhatChangesMeanwhile:
    def test_is_followed(self, engine: Engine, shop: Stack, compose: Path) -> None:
        """A restart, another address that a stranger had meanwhile, and a second replica."""
        before = address(engine, "shop-db-1")
        with observing(engine, compose, "--for", "20s", "--interval", "0.5s", "--format", "json", "--no-save") as process:
            time.sleep(2)
            engine.docker("stop", "-t", "0", "shop-db-1", "shop-cache-1")
            engine.docker("run", "-d", "--name", "squatter", "--network", "shop_default", "--entrypoint", INSIDE, "redis:7-alpine", "sleep", "1000")
            engine.docker("start", "shop-cache-1", "shop-db-1")
            shop._compose("up", "--detach", "--no-build", "--no-recreate", "--scale", "worker=2", "worker")
            result = ended(process)
        after = address(engine, "shop-db-1")
        engine.docker("rm", "-f", "squatter", "shop-worker-2")
        assert before != after
        assert result.code == 0, result.err
        assert seen(result.json) == pairs(SHOP)
        assert not (compose.parent / file.NAME).exists()


def address(engine: Engine, container: str) -> str:
    """Where a container is now."""
    return engine.docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container).strip()


class TestAnEarlyEnd:
    def test_by_the_user_keeps_what_was_seen(self, engine: Engine, compose: Path) -> None:
        with observing(engine, compose, "--for", "10m", "--interval", "1s", "--format", "json") as process:
            wait_for_pairs(process, len(pairs(SHOP)))
            os.kill(int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]), signal.SIGINT)
            result = ended(process, 20)
        assert result.code == 0, result.err
        assert seen(result.json) == pairs(SHOP)
        assert result.json["complete"] is False
        assert file.read(compose.parent / file.NAME).observed.sightings

    def test_by_an_engine_that_is_gone_keeps_it_too(self, engine: Engine, compose: Path, tmp_path: Path) -> None:
        door = Doorway(Path(f"{engine.folder}/docker.sock"), tmp_path / "door.sock")
        with door, observing(engine, compose, "--for", "10m", "--interval", "1s", DOCKER_HOST=f"unix://{door.path}") as process:
            wait_for_pairs(process, len(pairs(SHOP)))
            door.close()
            result = ended(process, 30)
        assert result.code == 2
        assert "until the engine was gone" in " ".join(result.out.split())
        assert "worker → db: 5432/tcp" in result.out
        assert "there is no engine" in result.err or "lost" in result.err


class TestWhatCannotBeWatched:
    def test_a_project_that_does_not_run(self, engine: Engine, compose: Path) -> None:
        result = observe(engine, compose, "--project-name", "other")
        assert (result.code, result.out) == (2, "")
        assert "nothing of a project named 'other' runs" in result.err

    def test_containers_whose_processes_are_not_here_without_an_image_for_probes(self, engine: Engine, compose: Path) -> None:
        result = call_there(engine, "observe", compose)
        assert (result.code, result.out) == (2, "")
        assert "the image busybox for the probe containers is not on the engine" in result.err

    def test_an_engine_that_is_not_there(self, engine: Engine, compose: Path) -> None:
        result = call_there(engine, "observe", compose, host="tcp://127.0.0.1:1")
        assert (result.code, result.out) == (2, "")
        assert "nothing listens at tcp://127.0.0.1:1" in result.err


class TestFromElsewhere:
    def test_probe_containers_find_the_same_and_are_gone_afterwards(self, engine: Engine, compose: Path) -> None:
        engine.docker("import", "-", "tools:1", given=tools_archive())
        before = namespaces(engine)
        result = call_there(engine, "observe", compose, "--probe-image", "tools:1", "--for", "5s", "--interval", "2s", "--format", "json", "--no-save")
        assert result.code == 0, result.err
        assert seen(result.json) == pairs(SHOP)
        assert engine.docker("ps", "-a", "-q", "--filter", "label=batten.probe") == ""
        assert namespaces(engine) == before
