"""The assistant in an empty folder: from three example services to a compose and a stack file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.session import Session
from tests.tui.helping import WIDE, frame, press, settled
from tui.app import BattenApp
from tui.exporting import write

if TYPE_CHECKING:
    from textual.pilot import Pilot


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def both(tmp_path: Path) -> Session:
    """A session in an empty folder that writes for Compose and for a swarm."""
    folder = tmp_path / "shop"
    folder.mkdir()
    session = Session.begin(folder)
    return session.decide(replace(session.design, target=session.design.target.towards("both")), "both")


def walk(session: Session, steps: Callable[[BattenApp, Pilot[Any]], Awaitable[None]]) -> None:
    """Open the assistant on a session and take some steps."""

    async def run() -> None:
        app = BattenApp(session)
        async with app.run_test(size=WIDE) as pilot:
            await settled(app, pilot)
            await steps(app, pilot)

    asyncio.run(run())


class TestAnEmptyFolder:
    def test_begins_with_the_services(self, tmp_path: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "n")
            assert "Is proxy (nginx:1.27-alpine) wanted?" in frame(app)
            await press(app, pilot, "right")
            assert set(app.session.project.services) == {"app", "db"}
            await press(app, pilot, "u")
            assert set(app.session.project.services) == {"proxy", "app", "db"}

        walk(both(tmp_path), look)

    def test_takes_a_service_that_is_typed(self, tmp_path: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "n", "end", "enter")
            assert "NAME IMAGE" in frame(app)

        walk(both(tmp_path), look)

    def test_says_at_the_export_what_a_swarm_does_not_honour(self, tmp_path: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0")
            assert "stack.yaml" in frame(app)
            app.screen.query_one("#preview").scroll_end(animate=False)
            await pilot.pause()
            assert "Said in other words in the stack file" in frame(app)

        walk(both(tmp_path), look)

    def test_gives_what_can_be_run_both_ways(self, tmp_path: Path) -> None:
        written = write(both(tmp_path), tmp_path / "out")
        assert {"compose.yaml", "stack.yaml"} <= set(written.files)
        assert any("docker stack deploy" in command for command in written.commands)
        assert any(command.endswith("docker compose up -d") for command in written.commands)
