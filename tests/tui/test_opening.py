"""How the assistant opens: its first frame needs the project alone, and all else comes while that is seen."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.errors import DesignError
from batten.session import Session
from tests.tui.helping import frame, settled
from tui.app import BattenApp, run_on
from tui.screens.opening import OpeningScreen

ROOT = Path(__file__).parent.parent.parent


def frames(app: BattenApp, *keys: str) -> list[str]:
    """What is seen first, and what is seen when all is worked out; keys are pressed while the first frame stands."""

    async def run() -> list[str]:
        async with app.run_test(size=(80, 24)) as pilot:
            first = frame(app)
            if isinstance(app.screen, OpeningScreen):
                app.screen.typed += keys
            for _ in range(2):
                await settled(app, pilot)
            return [first, frame(app)]

    return asyncio.run(run())


class TestTheFirstFrame:
    def test_tells_the_project_before_its_design_is_loaded(self, demo: Path) -> None:
        app = BattenApp(load_project([demo / "compose.yaml"]))
        first, last = frames(app)
        assert "shop has 7 services" in first
        assert "…" in first
        assert "What stands open" in last

    def test_becomes_the_same_start_as_with_a_session(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"])
        assert frames(BattenApp(project))[-1] == frames(BattenApp(Session.open([demo / "compose.yaml"])))[-1]

    def test_loses_no_key(self, demo: Path) -> None:
        app = BattenApp(load_project([demo / "compose.yaml"]))
        assert "▶3 Tiers" in frames(app, "3")[-1]

    def test_loads_neither_the_steps_nor_the_design(self) -> None:
        script = "import sys, tui.app; print([name for name in sys.modules if name.split('.')[0] in ('wizards', 'generators') or name == 'batten.design'])"
        run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        assert run.stdout.strip() == "[]"


class TestADesignThatCannotBeRead:
    def test_ends_the_assistant_with_the_word_on_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx}}\n")
        (tmp_path / "batten.yaml").write_text("version: 1\ntiers: 7\n")
        app = BattenApp(load_project([tmp_path / "compose.yaml"]))
        frames(app)
        assert isinstance(app.trouble, DesignError)
        monkeypatch.setattr(BattenApp, "run", lambda self: setattr(self, "trouble", app.trouble))
        with pytest.raises(DesignError):
            run_on(load_project([tmp_path / "compose.yaml"]))
