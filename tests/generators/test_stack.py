"""Stack files, as Docker itself reads them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from batten.compose.stack import Loss, Stack
from batten.design.proposal import propose
from batten.hardening import Hardening, harden
from batten.knowledge.stack import Fate, topics
from bench import stacks
from bench.stacks import StackReader, unlisted, verdict, written
from generators import export, stack
from tests.support import project_of

SHAPES: Mapping[str, str] = {path.stem: path.read_text() for path in sorted((Path(__file__).parents[1] / "fixtures/stack").glob("*.yaml"))}
"""Projects called shop, each about something that a swarm sees otherwise."""


TO_BE_SEEN_TO = {name for name, row in topics().items() if row.fate == Fate.CHECK}


@pytest.fixture(scope="module")
def reader() -> StackReader:
    """Docker's own reading; without the program there is nothing to ask."""
    if shutil.which("docker") is None:
        if os.environ.get("BATTEN_ENGINE_REQUIRED") == "1":
            pytest.fail("no docker program here")
        pytest.skip("no docker program here")
    return StackReader()


def stacked(text: str, tmp_path: Path, kind: str = "stack", **files: str) -> Hardening:
    """A project with its proposed design, as a stack."""
    project = project_of(text, tmp_path, **files)
    design = propose(project)
    return harden(project, replace(design, target=design.target.towards(kind)), into=tmp_path / "out")


class TestDocker:
    @pytest.mark.parametrize("name", SHAPES)
    def test_takes_the_file_and_every_loss_is_listed(self, reader: StackReader, tmp_path: Path, name: str) -> None:
        assert verdict(stacked(SHAPES[name], tmp_path), tmp_path / "out", reader) == ""

    def test_takes_the_demo(self, reader: StackReader, demo: Path, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "batten", "harden", str(demo), "--target", "both", "-o", str(tmp_path / "out")], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / "out/secrets/stack.env").read_text().splitlines()[1:]
        environ = dict(line.split("=", 1) for line in lines)
        assert reader.complaint(tmp_path / "out/stack.yaml", environ) == ""
        assert "read secrets/stack.env first" in reader.complaint(tmp_path / "out/stack.yaml", {})


class TestTheCheckOfLosses:
    @pytest.mark.parametrize("name", ["bound", "confined", "mounted", "networked", "swarm"])
    def test_misses_none_that_is_not_listed(self, reader: StackReader, tmp_path: Path, name: str) -> None:
        hardening = stacked(SHAPES[name], tmp_path)
        file, environ = written(hardening, tmp_path / "out")
        printed = reader.model(file, environ)
        assert hardening.stack is not None
        silent = [loss for loss in hardening.stack.losses if not _caught_without(hardening, loss, printed)]
        assert {loss.topic for loss in silent} <= {"tmpfs.options"} | TO_BE_SEEN_TO, "these say more of what is there"

    def test_finds_a_value_that_was_changed(self, reader: StackReader, tmp_path: Path) -> None:
        hardening = stacked(SHAPES["plain"], tmp_path)
        printed = reader.model(*written(hardening, tmp_path / "out"))
        printed["services"]["web"]["image"] = "other"
        assert unlisted(hardening, printed) == ["services.web.image"]


def _caught_without(hardening: Hardening, loss: Loss, printed: Mapping[str, object]) -> bool:
    assert hardening.stack is not None
    others = tuple(one for one in hardening.stack.losses if one.path[: len(loss.path)] != loss.path and loss.path[: len(one.path)] != one.path)
    return bool(unlisted(replace(hardening, stack=Stack(hardening.stack.model, others)), printed))


class TestSecretValues:
    TEXT = """
name: shop
services:
  app:
    image: my/app
    environment: {API_TOKEN: tok-9917-swordfish, DATABASE_URL: 'postgres://u:pw-8841-marlin@db/x', EMPTY_TOKEN: ''}
    command: [run, --token, tok-9917-swordfish]
  db: {image: 'postgres:16', environment: {POSTGRES_PASSWORD: pw-8841-marlin}, labels: {note: "uses tok-9917-swordfish, $$5"}}
"""

    def test_are_in_no_stack_file(self, reader: StackReader, tmp_path: Path) -> None:
        hardening = stacked(self.TEXT, tmp_path)
        files = {file.path: file for file in stack.files(hardening)}
        text = files["stack.yaml"].content.decode()
        assert "swordfish" not in text
        assert "marlin" not in text
        assert (files["secrets/stack.env"].mode, files["secrets/stack.env"].sensitive) == (0o600, True)
        file, environ = written(hardening, tmp_path / "out")
        printed = reader.model(file, environ)["services"]
        assert printed["app"]["environment"]["API_TOKEN"] == "tok-9917-swordfish"
        assert printed["app"]["environment"]["DATABASE_URL"] == "postgres://u:pw-8841-marlin@db/x"
        assert printed["app"]["command"] == ["run", "--token", "tok-9917-swordfish"]
        assert printed["db"]["labels"]["note"] == "uses tok-9917-swordfish, $5"

    def test_of_a_service_with_another_name_are_hidden_too(self, tmp_path: Path) -> None:
        hardening = stacked("name: shop\nservices: {app.1: {image: my/app, environment: {API_TOKEN: short7}}}", tmp_path)
        (text,) = [file.content.decode() for file in stack.files(hardening) if file.path == "stack.yaml"]
        assert "short7" not in text
        assert "${STACK_API_TOKEN:?" in text

    def test_that_are_short_are_hidden_where_they_stand_alone(self, tmp_path: Path) -> None:
        text = "name: shop\nservices: {cache: {image: 'redis:7', command: [redis-server, --requirepass, pw7x]}}"
        (found,) = [file.content.decode() for file in stack.files(stacked(text, tmp_path)) if file.path == "stack.yaml"]
        assert "pw7x" not in found

    def test_come_back_whole_through_a_shell(self, tmp_path: Path) -> None:
        value = "a'b\"c$d`e`\\n ü\nsecond line"
        hardening = stacked(f"name: shop\nservices: {{app: {{image: my/app, environment: {{API_TOKEN: {json.dumps(value.replace('$', '$$'))}}}}}}}", tmp_path)
        written(hardening, tmp_path / "out")
        script = f'set -a; . "{tmp_path}/out/secrets/stack.env"; printf %s "$STACK_API_TOKEN"'
        assert subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout.decode() == value


class TestExporting:
    def test_a_stack_leaves_the_compose_files_out(self, tmp_path: Path) -> None:
        done = export(stacked(SHAPES["kept"], tmp_path, one="1", c="2"))
        assert {"stack.yaml", "docker-objects.sh", "configs/d", "README.md"} <= set(done.files)
        assert "compose.yaml" not in done.files

    def test_both_come_from_one_design(self, tmp_path: Path) -> None:
        done = export(stacked(SHAPES["ordered"], tmp_path, kind="both"))
        assert {"compose.yaml", "stack.yaml"} <= set(done.files)
        page = (done.folder / "README.md").read_text()
        assert "docker compose up -d" in page
        assert "docker stack deploy -c stack.yaml shop" in page

    def test_twice_writes_nothing_new(self, tmp_path: Path) -> None:
        export(stacked(SHAPES["kept"], tmp_path, kind="both", one="1", c="2"))
        assert export(stacked(SHAPES["kept"], tmp_path, kind="both", one="1", c="2")).files == ()

    def test_in_place_puts_the_stack_file_beside_the_others(self, tmp_path: Path) -> None:
        project = project_of(SHAPES["plain"], tmp_path)
        design = propose(project)
        done = export(harden(project, replace(design, target=design.target.towards("stack"))))
        assert "stack.yaml" in done.files
        assert "compose.yaml" not in done.files


@pytest.mark.skipif("BATTEN_CORPUS" not in os.environ, reason="BATTEN_CORPUS names no corpus")
class TestTheCorpus:
    def test_is_taken_by_docker_with_every_loss_listed(self, reader: StackReader, capsys: pytest.CaptureFixture[str]) -> None:
        assert stacks.main([os.environ["BATTEN_CORPUS"]]) == 0
        assert "losses listed and none besides" in capsys.readouterr().out
