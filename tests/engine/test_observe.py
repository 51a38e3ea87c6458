"""``batten observe`` on a real engine: what really connects is found, by the right names and in the right direction, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import assets
from tests.cli.calling import ROOT, Result
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import as_there

pytestmark = pytest.mark.engine

FULL = os.environ.get(CHOICE) == "all"
SHOP: Mapping[str, Sequence[str]] = {
    "proxy": ["web:3000", "api:8055"],
    "web": ["api:8055"],
    "api": ["db:5432", "cache:6379"],
    "worker": ["db:5432", "cache:6379"],
}
"""What the programs of the demo shop ask."""


def ports(dials: Mapping[str, Sequence[str]]) -> dict[str, set[int]]:
    """What each service is asked at."""
    found: dict[str, set[int]] = {}
    for host, _, port in (there.partition(":") for some in dials.values() for there in some):
        found.setdefault(host, set()).add(int(port))
    return found


def pairs(dials: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Who asks whom, of names and ports."""
    return {(source, there.partition(":")[0]) for source, some in dials.items() for there in some}


def observe(engine: Engine, *arguments: object, timeout: float = 180) -> Result:
    """Run batten as root on the engine's host."""
    command = as_there(engine, sys.executable, "-m", "batten", "observe", *map(str, arguments))
    env = {**os.environ, **engine.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=timeout, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def seen(result: Result) -> set[tuple[str, str]]:
    """The pairs of services that were seen."""
    return {(one["from"], one["to"]) for one in result.json["connections"]}


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo shop, its programs asking each other every other second."""
    folder = tmp_path_factory.mktemp("observe") / "shop"
    shutil.copytree(str(assets.path("demo/shop")), folder)
    (folder / ".env").write_text((folder / ".env").read_text() + "HTTP_PORT=8088\n")
    file = folder / "compose.yaml"
    with Stack(engine, [file], ports=ports(SHOP), dials=SHOP):
        yield file


class TestTheDemo:
    def test_shows_every_needed_connection_and_nothing_else(self, engine: Engine, shop: Path) -> None:
        result = observe(engine, shop, "--for", "2m" if FULL else "10s", "--format", "json")
        print(result.out, result.err)
        assert result.code == 0, result.err
        assert seen(result) == pairs(SHOP)
