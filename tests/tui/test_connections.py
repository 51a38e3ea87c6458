"""The matrix: connections are added and taken away by a key, each with one undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.design import file
from batten.design.sections.observed import Observations, Watch
from batten.session import Session
from tests.tui.helping import WIDE, frame, press, walk
from tui.app import BattenApp
from tui.screens.connections import ConnectionsScreen
from wizards.connections import ADDED, DROPPED
from wizards.learning import learn
from wizards.plain import run_plain

if TYPE_CHECKING:
    from textual.pilot import Pilot


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def held(app: BattenApp) -> set[tuple[str, str]]:
    """The pairs that the design holds."""
    return {(one.source, one.target) for one in app.session.design.connections}


async def go(app: BattenApp, pilot: Pilot[Any], source: str, target: str) -> None:
    """Put the cursor onto a pair by arrows."""
    screen = app.screen
    assert isinstance(screen, ConnectionsScreen)
    services = screen._matrix.services
    await press(app, pilot, "home")
    row, column = services.index(source) - screen.cursor.row, services.index(target) - screen.cursor.column
    await pilot.press(*["down" if row > 0 else "up"] * abs(row), *["right" if column > 0 else "left"] * abs(column))
    await pilot.pause()
    assert screen._matrix.pair(screen.cursor) == (source, target)


class TestAConnectionThatIsMissing:
    def test_is_added_by_a_key_and_taken_back_by_another(self, demo: Path) -> None:
        async def add(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4")
            await go(app, pilot, "web", "cache")
            assert "enter: say that it is needed" in frame(app)
            await press(app, pilot, "enter")
            assert ("web", "cache") in held(app)
            assert "said by you" in frame(app)
            await press(app, pilot, "u")
            assert ("web", "cache") not in held(app)
            await press(app, pilot, "ctrl+r", "enter")
            assert ("web", "cache") not in held(app), "the same key takes it away"

        walk(demo, add, WIDE)


class TestAConnectionThatTheFilesShow:
    def test_goes_only_after_a_word(self, demo: Path) -> None:
        async def drop(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4")
            await go(app, pilot, "api", "db")
            await press(app, pilot, "enter")
            assert "Not needed any more?" in frame(app)
            await press(app, pilot, "escape")
            assert ("api", "db") in held(app)
            await press(app, pilot, "enter", "x")
            assert ("api", "db") not in held(app)
            assert "taken away by you" in frame(app)
            await press(app, pilot, "enter")
            assert ("api", "db") in held(app)

        walk(demo, drop, WIDE)


class TestConnectionsThatWereNeverSeen:
    def test_go_by_one_key_and_come_back_by_another(self, demo: Path) -> None:
        async def close(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4", "c")
            assert ("worker", "api") in held(app), "nothing was watched"
            app.take(learn(app.session, Observations(watches=(Watch(7200, frozenset(app.session.project.services)),))))
            await pilot.pause()
            await go(app, pilot, "worker", "api")
            await press(app, pilot, "c")
            assert ("worker", "api") not in held(app)
            assert "not seen in 2 hours of watching" in frame(app)
            await press(app, pilot, "u")
            assert ("worker", "api") in held(app)

        walk(demo, close, WIDE)


class TestOneDesignByEveryDoor:
    def test_keys_and_plain_answers_come_to_the_same_design(self, demo: Path) -> None:
        async def both(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4")
            await go(app, pilot, "web", "cache")
            await press(app, pilot, "enter")
            await go(app, pilot, "api", "db")
            await press(app, pilot, "enter", "x")

        given = {ADDED: "web -> cache", DROPPED: "api -> db"}
        by_hand = run_plain(Session.open([demo / "compose.yaml"]), ask=lambda one: given.get(one.id, one.default), say=lambda _: None)
        assert file.dump(walk(demo, both, WIDE).session.design) == file.dump(by_hand.design)
