"""``batten verify`` on a real engine: green where the project runs as it says, and the right pair named where something was changed by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import ROOT, Result
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine

pytestmark = pytest.mark.engine

SHAPES = ("internal_backend", "shared_namespace", "through_the_host", "host_network")
_FOLDER = Path(__file__).parent / "shapes"
SHOP = """
name: quay
services:
  web: {image: "nginx:1.27", ports: ["8093:80"], networks: [front]}
  api: {image: "example.org/api:1", expose: ["8080"], networks: [front, back]}
  db: {image: "postgres:16", networks: [back]}
networks:
  front:
  back: {internal: true}
"""


def on_host(engine: Engine, *arguments: object) -> Result:
    """Run batten as root on the engine's host: in its network and with its processes as it numbers them."""
    own = ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh")
    command = ("nsenter", f"--net=/proc/{engine.pid}/ns/net", f"--pid=/proc/{engine.pid}/ns/pid", *own, sys.executable, "-m", "batten", "verify")
    env = {**os.environ, **engine.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, *map(str, arguments)], env=env, capture_output=True, text=True, timeout=120, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def put(folder: Path, text: str) -> Path:
    """A compose file in a folder."""
    file = folder / "compose.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def quay(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small project that runs."""
    file = put(tmp_path_factory.mktemp("verify") / "quay", SHOP)
    with Stack(engine, [file]):
        yield file


def differing(found: Any) -> set[tuple[str, str]]:
    """The pairs that differ."""
    return {(pair["from"], pair["to"]) for pair in found["pairs"] if pair["state"] == "differs"}


class TestAsItIs:
    @pytest.mark.parametrize("name", SHAPES)
    def test_is_as_predicted(self, engine: Engine, tmp_path: Path, name: str) -> None:
        file = tmp_path / name / "compose.yaml"
        file.parent.mkdir()
        shutil.copy(_FOLDER / f"{name}.yaml", file)
        with Stack(engine, [file]):
            result = on_host(engine, file, "--format", "json")
        assert result.code == 0, result.out + result.err
        assert any(pair["found"] for pair in result.json["pairs"])

    def test_is_drawn(self, engine: Engine, quay: Path) -> None:
        result = on_host(engine, quay)
        assert result.code == 0, result.out + result.err
        print(result.out)
