"""The demo with real servers on a real engine: hardened it serves as before, and what a wrong design breaks is found, named and taken back."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batten.compose import discover, load_project
from batten.design import file
from batten.design.proposal import propose
from tests.cli.calling import ROOT, Result
from tests.engine import servers
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine, compose_program
from tests.engine.planted import FAULTS, Fault, meddling
from tests.engine.servers import Shop
from tests.engine.shapes import CHOICE
from tests.engine.test_observe import observe
from tests.engine.test_verify import as_there

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop as its files are, running, with a visitor."""
    if absent := servers.missing():
        go_without(f"not installed: {', '.join(absent)}")
    servers.make_images(engine)
    servers.open_for_mail(engine)
    running = Shop(engine, servers.copy_demo(tmp_path_factory.mktemp("servers")))
    try:
        running.up()
        with servers.traffic(running):
            yield running
    finally:
        running.down()


def batten(shop: Shop, *arguments: object, path: Path | None = None) -> Result:
    """Run batten as root on the engine's host; where ``path`` is given, its programs come first."""
    command = as_there(shop.engine, sys.executable, "-m", "batten", *map(str, arguments))
    places = [*([str(path)] if path else []), str(Path(compose_program() or "docker-compose").parent), shop.engine.environment["PATH"]]
    env = {**os.environ, **shop.engine.environment, "PYTHONPATH": str(ROOT), "PATH": ":".join(places)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file below a folder, batten's own notes left out."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {name: (path.stat().st_mode, path.read_bytes()) for path in found if not (name := str(path.relative_to(folder))).startswith(".batten/")}


@pytest.fixture(scope="class")
def applied(shop: Shop) -> Iterator[Any]:
    """What ``batten apply`` says; taken back afterwards."""
    shop.order("cod")
    before = files_of(shop.folder)
    result = batten(shop, "apply", shop.folder, "--yes", "--format", "json")
    assert result.code == 0, result.err
    yield result.json
    undone = batten(shop, "undo", shop.folder, "--yes")
    assert undone.code == 0, undone.err
    assert files_of(shop.folder) == before
    assert "cod" in shop.order("sole")


class TestApplied:
    def test_it_is_verified(self, applied: Any) -> None:
        assert (applied["outcome"], applied["troubles"], applied["suspects"]) == ("applied", [], [])
        assert applied["verification"]["differs"] is False
        assert any(pair["found"] for pair in applied["verification"]["pairs"])

    def test_a_request_goes_through_all_of_it(self, shop: Shop, applied: Any) -> None:
        told = json.loads(shop.order("plaice"))
        assert {"cod", "plaice"} <= set(told["orders"])
        assert "plaice" in shop.ask("/")

    def test_orders_are_mailed_to_somebody_outside(self, shop: Shop, applied: Any) -> None:
        shop.order("smelt")
        assert shop.mailed("smelt")


class TestAPlantedFault:
    @pytest.mark.parametrize("name", FAULTS)
    def test_is_found_and_named_and_taken_back(self, shop: Shop, tmp_path: Path, name: str) -> None:
        fault = FAULTS[name]
        before = files_of(shop.folder)
        result = batten(shop, *planted(shop, tmp_path, fault), path=meddling(tmp_path / "bin", fault.meddle) if fault.meddle else None)
        assert result.code == 1, result.err
        told = result.json
        suspect = told["suspects"][0]
        assert suspect["id"] == fault.change, told["suspects"]
        assert re.search(fault.line, suspect["line"]), suspect
        assert told["outcome"] == "undone"
        assert files_of(shop.folder) == before
        assert name.split()[-1] in shop.order(name.split()[-1])


@pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="one change taken back alone, with BATTEN_ENGINE_SHAPES=all")
class TestOneChangeTakenBack:
    def test_leaves_the_rest_in_place(self, shop: Shop, tmp_path: Path) -> None:
        before = files_of(shop.folder)
        result = batten(shop, *planted(shop, tmp_path, FAULTS["a capability too few"]), "--on-trouble", "take-back")
        assert result.code == 1, result.err
        assert (result.json["outcome"], [one["change"] for one in result.json["taken_back"]]) == ("changed", ["privileges.proxy.ALL"])
        assert "gurnard" in shop.order("gurnard")
        held = json.loads(shop.engine.docker("inspect", "shop-proxy-1", "shop-db-1"))
        assert [one["HostConfig"]["CapDrop"] for one in held] == [None, ["ALL"]]
        assert batten(shop, "undo", shop.folder, "--yes").code == 0
        assert files_of(shop.folder) == before


def planted(shop: Shop, tmp_path: Path, fault: Fault) -> list[object]:
    """The arguments that apply a design with a fault in it."""
    design = tmp_path / "planted.yaml"
    proposed = propose(load_project(discover(shop.folder)))
    design.write_text(file.dump(fault.design(proposed, whole=os.environ.get(CHOICE) == "all")))
    return ["apply", shop.folder, "--yes", "--design", design, "--format", "json"]


class TestWatched:
    def test_every_needed_connection_is_seen_and_nothing_else(self, shop: Shop) -> None:
        result = observe(shop.engine, shop.folder, "--for", "2m" if os.environ.get(CHOICE) == "all" else "10s", "--format", "json", "--no-save")
        assert result.code == 0, result.err
        found = {(one["from"], one["to"], *one["ports"]) for one in result.json["connections"]}
        assert {one for one in found if {*one[:2]} <= {*servers.SERVICES}} == {
            ("proxy", "web", "3000/tcp"),
            ("proxy", "api", "8055/tcp"),
            ("web", "api", "8055/tcp"),
            ("api", "db", "5432/tcp"),
            ("api", "cache", "6379/tcp"),
            ("worker", "db", "5432/tcp"),
            ("worker", "cache", "6379/tcp"),
        }
        assert {one for one in found if not {*one[:2]} <= {*servers.SERVICES}} <= {("host", "proxy", "80/tcp"), ("worker", "lan", "587/tcp")}
