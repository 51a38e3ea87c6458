"""Colours, ASCII and the clipboard: changed at any moment, remembered for the next time."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.session import state_folder
from tests.tui.helping import WIDE, frame, opened, press, settled, walk
from tui.app import BattenApp
from tui.looks import _PLAIN, THEMES, Looks, remember, remembered
from tui.screens.telling import Telling

if TYPE_CHECKING:
    from textual.pilot import Pilot

Walk = Callable[[BattenApp, "Pilot[Any]"], Awaitable[None]]


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TERM", "xterm-256color")


async def command(app: BattenApp, pilot: Pilot[Any], words: str) -> None:
    """Choose a command from the palette by its words."""
    await press(app, pilot, "ctrl+p")
    await pilot.press(*("space" if letter == " " else letter for letter in words))
    await pilot.pause(0.4)
    await press(app, pilot, "enter")
    await settled(app, pilot)


class TestThemes:
    @pytest.mark.parametrize(("words", "theme"), [("colours light", "batten-light"), ("own on dark", "ansi-dark"), ("own on light", "ansi-light")])
    def test_are_chosen_from_the_palette_and_remembered(self, demo: Path, words: str, theme: str) -> None:
        async def choose(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert app.theme == "batten"
            await command(app, pilot, words)
            assert app.theme == theme
            await press(app, pilot, *"2345")

        async def again(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert app.theme == theme

        walk(demo, choose)
        assert stat.S_IMODE((state_folder() / "looks.json").stat().st_mode) == 0o600
        walk(demo, again)

    def test_without_colours_nothing_but_the_colours_is_gone(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2")
            seen.append(frame(app))

        seen: list[str] = []
        walk(demo, look)
        monkeypatch.setenv("NO_COLOR", "1")
        assert walk(demo, look).no_color
        assert seen[0] == seen[1]

    @pytest.mark.parametrize("text", ["", "[]", '{"theme": 1}', '{"theme": "loud", "ascii": "yes"}', "[" * 100_000])
    def test_what_cannot_be_read_is_the_usual(self, text: str) -> None:
        state_folder().mkdir(parents=True)
        (state_folder() / "looks.json").write_text(text)
        assert remembered() == Looks()

    def test_every_theme_has_its_words(self) -> None:
        assert len(set(THEMES.values())) == len(THEMES) == 4


class TestAscii:
    def test_every_screen_is_drawn_with_it_alone(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            for keys in (*"1234567890", "v", "v", "question_mark", "escape", "e", "escape", "ctrl+o"):
                await press(app, pilot, keys)
                strange = {letter for letter in frame(app) if not letter.isascii()}
                assert not strange, (keys, strange)

        remember(Looks(ascii=True))
        walk(demo, look, WIDE)

    def test_it_is_as_wide_as_before(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "5")
            before = frame(app)
            await command(app, pilot, "ascii alone")
            after = frame(app)
            assert [len(line) for line in before.splitlines()] == [len(line) for line in after.splitlines()]
            assert not before.isascii()
            assert after.isascii()
            await command(app, pilot, "as unicode")
            assert frame(app) == before

        walk(demo, look)
        assert json.loads((state_folder() / "looks.json").read_text())["ascii"] is False

    def test_a_console_without_lines_gets_it_by_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "linux")
        assert remembered().ascii

    def test_each_sign_is_one_letter(self) -> None:
        assert all(len(plain) == 1 and plain.isascii() for plain in _PLAIN.values())


class TestTheClipboard:
    def test_the_next_commands_are_taken_along(self, demo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)

        async def go() -> BattenApp:
            async with opened(demo / "compose.yaml") as (app, pilot):
                await press(app, pilot, "a", "x", "enter")
                assert isinstance(app.screen, Telling)
                assert "c: copy the commands" in frame(app)
                await press(app, pilot, "c")
                return app

        commands = asyncio.run(go()).clipboard.splitlines()
        assert commands[0].endswith("docker compose up -d")
        assert any("--check" in one for one in commands)
