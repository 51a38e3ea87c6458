"""A real engine takes the seccomp profiles of which we say that it does, and refuses the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batten.review.filters import complaint
from tests.engine.dockerd import Engine
from tests.engine.images import INSIDE, make_stand_ins
from tests.review.profiles import REFUSED, TAKEN

pytestmark = pytest.mark.engine

_ALL = os.environ.get("BATTEN_ENGINE_SHAPES") == "all"
_SOME = ("nothing", "one call", "archMap", "argument", "condition", "any case", "no JSON", "default", "name and names", "architecture", "caps text", "notify")
_NAMES = [*TAKEN, *REFUSED] if _ALL else _SOME


@pytest.fixture(scope="module")
def image(engine: Engine) -> str:
    make_stand_ins(engine, ["filtered"], ["filtered:1"])
    return "filtered:1"


@pytest.mark.parametrize("name", _NAMES)
def test_the_engine_agrees(engine: Engine, image: str, tmp_path: Path, name: str) -> None:
    text = TAKEN.get(name) or REFUSED[name]
    (tmp_path / "profile.json").write_text(text)
    try:
        engine.docker("run", "--rm", "--network", "none", "--security-opt", f"seccomp={tmp_path}/profile.json", image, INSIDE, "true")
        refused = ""
    except RuntimeError as error:
        refused = str(error)
    assert bool(refused) is bool(complaint(text)), refused or complaint(text)
