"""What every test stands on: a quiet environment, a copy of the demo, and the same random examples each time."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

import assets

settings.register_profile("batten", deadline=None, derandomize=True)
settings.load_profile("batten")


@pytest.fixture(autouse=True)
def quiet_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests, and the tests out of the developer's state folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for name in [name for name in os.environ if name.startswith(("COMPOSE_", "DOCKER_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A copy of the demo shop that a test may change; its project name is ``shop`` as in the original."""
    return Path(shutil.copytree(assets.path("demo/shop"), tmp_path / "shop"))
