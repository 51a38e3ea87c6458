"""Every shape as it runs is as predicted, asked as root on its host and from elsewhere through probe containers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.engine.compose import Stack
from tests.engine.dockerd import Engine
from tests.engine.images import tools_archive
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import on_host, put
from tests.engine.test_verify_probes import IMAGE, far

pytestmark = pytest.mark.engine

FOLDER = Path(__file__).parent / "shapes"
ALL = os.environ.get(CHOICE) == "all"
SHAPES = sorted(path.stem for path in FOLDER.glob("*.yaml")) if ALL else ["through_the_host"]


@pytest.mark.parametrize("name", SHAPES)
def test_is_as_predicted(engine: Engine, tmp_path: Path, name: str) -> None:
    """Nothing differs, and something is open."""
    file = put(tmp_path / name, (FOLDER / f"{name}.yaml").read_text())
    engine.docker("import", "-", IMAGE, given=tools_archive())
    with Stack(engine, [file]):
        near = on_host(engine, file, "--format", "json")
        other = far(engine, file, "--probe-image", IMAGE, "--format", "json") if ALL else near
    for result in (near, other):
        assert result.code == 0, result.out + result.err
        assert any(pair["found"] for pair in result.json["pairs"])
