"""The assistant in an empty folder: from three example services to a compose and a stack file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.design import file
from batten.session import Session
from tests.tui.helping import WIDE, frame, press, settled
from tui.app import BattenApp
from tui.exporting import write
from wizards.plain import run_plain
from wizards.questions import Answer

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


def walk(session: Session, steps: Callable[[BattenApp, Pilot[Any]], Awaitable[None]]) -> BattenApp:
    """Open the assistant on a session, take some steps, and give the app as they left it."""

    async def run() -> BattenApp:
        app = BattenApp(session)
        async with app.run_test(size=WIDE) as pilot:
            await settled(app, pilot)
            await steps(app, pilot)
            return app

    return asyncio.run(run())


async def typed(app: BattenApp, pilot: Pilot[Any], *keys: str) -> None:
    """Press keys one after the other, and wait once at their end."""
    await pilot.press(*keys)
    await settled(app, pilot)


class TestAnEmptyFolder:
    def test_begins_with_an_example_that_is_changed_by_keys(self, tmp_path: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "n")
            assert "An example: a front door, an application, its database." in frame(app)
            await press(app, pilot, "x")
            assert set(app.session.project.services) == {"app", "db"}
            await press(app, pilot, "x", "x")
            assert set(app.session.project.services) == {"db"}, "the last one stays"
            await press(app, pilot, "u", "u")
            assert set(app.session.project.services) == {"proxy", "app", "db"}

        walk(both(tmp_path), look)

    def test_takes_services_that_are_typed_and_fills_in_what_is_known(self, tmp_path: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "n", "c")
            await typed(app, pilot, *"db", "tab", *"postgres:16")
            assert "POSTGRES_PASSWORD=db_password" in frame(app)
            await press(app, pilot, "enter")
            assert set(app.session.project.services) == {"db"}
            assert app.session.design.services["db"].volumes == {"db-data": "/var/lib/postgresql/data"}
            await press(app, pilot, "a")
            await typed(app, pilot, *"shop", "tab", *"shop:1", "tab", *"80:8080", "tab", *"db", "enter")
            assert app.session.design.services["shop"].needs == ("db",)
            await press(app, pilot, "end", "enter")
            await typed(app, pilot, "tab", *",443:8443", "enter")
            assert app.session.design.services["shop"].ports == ("80:8080", "443:8443")
            assert len(app.session.past) == 4, "each box is one decision"

        walk(both(tmp_path), look)

    @pytest.mark.parametrize(
        ("keys", "trouble"),
        [
            (("B", "tab", "x"), "cannot be the name of a service"),
            (("b", "tab"), "is not the name of an image"),
            (("b", "tab", "x", "tab", "h"), "is not a port"),
            (("b", "tab", "x", "tab", "tab", "z"), "which is no service here"),
            (("b", "tab", "x", "tab", "tab", "tab", "1", "equals_sign", "a"), "cannot be the name of a variable"),
            (("a", "p", "p", "tab", "x"), "there is a service 'app' already"),
        ],
    )
    def test_what_does_not_fit_is_said_in_the_box_and_nothing_is_lost(self, tmp_path: Path, keys: tuple[str, ...], trouble: str) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session
            await press(app, pilot, "n", "a")
            await typed(app, pilot, *keys, "enter")
            assert trouble in " ".join(frame(app).replace("│", "").split())
            assert "A new service" in frame(app)
            await press(app, pilot, "escape")
            assert app.session is before

        walk(both(tmp_path), look)

    def test_a_plain_terminal_gives_the_same_files(self, tmp_path: Path) -> None:
        given: dict[str, Answer] = {
            "services.add.3": "cache redis:7-alpine",
            "services.app.needs": ("db", "cache"),
            "services.proxy.ports": "8080:80",
            "services.cache.volumes": "nothing",
        }

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "n", "enter")
            await typed(app, pilot, "tab", "ctrl+u", *"8080:80", "enter")
            await press(app, pilot, "a")
            await typed(app, pilot, *"cache", "tab", *"redis:7-alpine", "tab", "tab", "tab", "tab", "ctrl+u", "enter")
            await press(app, pilot, "down", "enter")
            await typed(app, pilot, "tab", "tab", *",cache", "enter")

        def session(folder: str) -> Session:
            (tmp_path / folder / "shop").mkdir(parents=True)
            return Session.begin(tmp_path / folder / "shop")

        app = walk(session("screens"), look)
        by_hand = run_plain(session("plain"), ask=lambda question: given.get(question.id, question.default), say=lambda _: None)
        by_file = tmp_path / "answers.yaml"
        by_file.write_text(json.dumps(given))
        from_file = run_plain(session("file"), answers=by_file, say=lambda _: None)
        designs = {file.dump(one.design) for one in (app.session, by_hand, from_file)}
        assert len(designs) == 1

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
