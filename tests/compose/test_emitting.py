"""Fresh text means what it was made from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from batten.compose import discover, load_project
from batten.compose.emitting import emit
from batten.errors import InputError
from batten.hardening import first_difference
from batten.model import Project
from tests.support import project_of

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "compose" / "projects").glob("*/compose.y*ml"))
COMPOSE = shutil.which("docker-compose", path=str(Path(sys.executable).parent)) or shutil.which("docker-compose")

HOSTILE = """
services:
  a:
    image: x
    command: ["sh", "-c", "echo $$HOME: # {not} [flow], 'quoted' \\"twice\\" & *x\\n\\ttab"]
    environment:
      {YES: "yes", NUMBER: "0777", EMPTY: "", NOTHING: , DOLLAR: "a$$b", COLON: "a: b", HASH: "a #b", STAR: "*x", AT: "@daily", TICK: "`x`", PERCENT: "%x",
       UNI: "é\\u2028\\u0085\\x7f"}
    labels: {"traefik.http.routers.x.rule": "Host(`x`) && Path(`/`)"}
    ports: ["127.0.0.1:80:80", "53:53/udp", "9000-9002:9000-9002"]
    deploy: {resources: {limits: {cpus: "0.5", memory: 1g}}}
    healthcheck: {test: "true", interval: 90s}
"""


def again(project: Project, folder: Path, text: str) -> Project:
    """What the text means in a folder of its own."""
    folder.mkdir()
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    return load_project([folder / "compose.yaml"], environ={}, project_name=project.name)


class TestAProject:
    def test_with_hostile_texts_comes_back(self, tmp_path: Path) -> None:
        project = project_of(HOSTILE, tmp_path)
        found = again(project, tmp_path / "fresh", emit(project.tree.plain()))
        assert first_difference(project.tree.plain(), found.tree.plain()) is None

    def test_the_shop_comes_back(self, demo: Path, tmp_path: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        found = again(project, tmp_path / "fresh", emit(project.tree.plain()))
        assert first_difference(project.tree.plain(), found.tree.plain()) is None

    @pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.parent.name)
    def test_of_each_kind_comes_back(self, file: Path, tmp_path: Path) -> None:
        try:
            project = load_project(discover(file.parent), environ={"HOME": "/root"})
        except InputError:
            pytest.skip("it is there to be refused")
        found = again(project, tmp_path / "fresh", emit(project.tree.plain()))
        assert first_difference(project.tree.plain(), found.tree.plain()) is None

    @pytest.mark.skipif(COMPOSE is None, reason="docker-compose is not installed")
    def test_means_the_same_to_the_reference(self, tmp_path: Path) -> None:
        project = project_of(HOSTILE, tmp_path)
        (tmp_path / "fresh").mkdir()
        (tmp_path / "fresh" / "compose.yaml").write_text(emit(project.tree.plain()), encoding="utf-8")
        run = subprocess.run([str(COMPOSE), "config", "--format", "json"], cwd=tmp_path / "fresh", capture_output=True, check=True)
        service = json.loads(run.stdout.decode().replace("$$", "$"))["services"]["a"]
        assert service["environment"] == project.tree.plain()["services"]["a"]["environment"]
        assert service["command"] == project.tree.plain()["services"]["a"]["command"]


class TestComments:
    def test_stand_above_their_entry(self) -> None:
        text = emit({"services": {"db": {"image": "postgres:17"}}}, {("services", "db"): "keeps the orders\nof the shop"})
        assert text == "services:\n  # keeps the orders\n  # of the shop\n  db:\n    image: postgres:17\n"
