"""Names and values from strangers: shown as they are, without any power."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from batten.session import Session
from tests.tui.acting import GONE, Acting
from tests.tui.helping import NARROW, WIDE, frame, opened, press, settled
from tui.app import BattenApp
from tui.walk import STOPS

if TYPE_CHECKING:
    from textual.pilot import Pilot

COMPOSE = r"""
name: shop
services:
  a:
    image: "[@click=app.quit]nginx[/]"
    ports: ["5432:5432"]
    environment:
      "[/x]PASSWORD": "hunter2-hunter2"
      "[@click=app.quit]TOKEN": "abcdefgh-12345678"
      DB_URL: "postgres://u:pass-word-77@b.c_d-e:5432/[b]x"
    networks: [front]
    labels: {"[red]label": "\e[31mred\e]0;title\a"}
  b.c_d-e:
    image: "postgres:16[b=c]"
    command: ["\e[2J", "[/]"]
    environment: {POSTGRES_PASSWORD: "[bold]pass-word-77"}
    networks: [front]
  "1abc":
    image: "[/x]"
    environment: {"A\e[31mSECRET_KEY": "zzzz-zzzz-zzzz"}
    networks: [front]
networks:
  front: {}
"""
SECRETS = ("hunter2", "abcdefgh", "pass-word-77", "zzzz-zzzz")
FOLDER = "[@click=app.quit]x[b]\u202elive\x1b[31m"
"""What a stranger may call a folder, and with it a project and every place in its files."""
POWERS = ("\x1b", "\x07", "\u202e", "\u2066", "\r")
"""What a terminal would act upon."""
KEYS = ("down", "enter", "escape", "e", "escape")
"""What is pressed at every stop: keys that open boxes, and the one that closes them."""
MORE = ("v", "v", "v", "escape", "question_mark", "escape", "k", "escape", "slash", "x", "escape", "ctrl+p", "escape")
"""What opens what is the same everywhere; pressed in the review."""


async def seen_everywhere(app: BattenApp, pilot: Pilot[Any], keys: Sequence[str] = KEYS) -> AsyncIterator[str]:
    """Every frame of every stop of the walk, with the same keys at each, and of the doors."""
    for stop in STOPS:
        await app.switch_mode(stop.name)
        await settled(app, pilot)
        yield frame(app)
        for key in (*keys, *(MORE if keys == KEYS and stop.name == "review" else ())):
            await press(app, pilot, key)
            yield frame(app)
        assert app.is_running
        while app.screen.is_modal:
            await press(app, pilot, "escape")
    await press(app, pilot, "ctrl+o")
    yield frame(app)


def is_sound(text: str, size: tuple[int, int]) -> bool:
    """Whether a frame fills the terminal, holds nothing that the terminal would act upon, and no secret."""
    lines = text.splitlines()
    fits = len(lines) == size[1] and all(cell_len(line) <= size[0] for line in lines)
    return fits and not any(power in text for power in POWERS) and not any(value in text for value in SECRETS)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_every_screen_shows_them_harmlessly(tmp_path: Path, size: tuple[int, int]) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / "compose.yaml").write_text(COMPOSE)

    async def walk() -> list[str]:
        async with opened(folder / "compose.yaml", size, notifications=True) as (app, pilot):
            return [text async for text in seen_everywhere(app, pilot, KEYS if size == NARROW else ("enter",))]

    frames = asyncio.run(walk())
    assert all(is_sound(text, size) for text in frames)
    text = "\n".join(frames)
    assert "[@click=app.quit]nginx[/]" in text
    assert "[/x]PASSWORD" in text


def test_every_screen_of_a_project_without_services(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx, profiles: [dev]}}\n")

    async def walk() -> list[str]:
        session = Session.open([tmp_path / "compose.yaml"], profiles=["prod"])
        assert not session.project.services
        app = BattenApp(session, Acting(GONE))
        async with app.run_test(size=NARROW, notifications=True) as pilot:
            await settled(app, pilot)
            return [text async for text in seen_everywhere(app, pilot, ("enter",))]

    assert all(is_sound(text, NARROW) for text in asyncio.run(walk()))


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_every_screen_of_many_services_with_long_names(tmp_path: Path, size: tuple[int, int]) -> None:
    long = "n" * 480
    services = "".join(
        f"  {long}-{number}: {{image: 'x/{long}:{number}', ports: ['{8000 + number}:80'], environment: {{{long}_PASSWORD: hunter2-hunter2}}, "
        f"networks: [{'m' * 500}], depends_on: [{long}-0]}}\n"
        for number in range(1, 57)
    )
    text = f"services:\n  {long}-0: {{image: redis, volumes: ['/var/run/docker.sock:/var/run/docker.sock']}}\n{services}networks: {{{'m' * 500}: {{}}}}\n"
    (tmp_path / "compose.yaml").write_text(text)

    async def walk() -> list[str]:
        async with opened(tmp_path / "compose.yaml", size) as (app, pilot):
            return [text async for text in seen_everywhere(app, pilot, ("enter",) if size == NARROW else ())]

    assert all(is_sound(text, size) for text in asyncio.run(walk()))


def test_a_click_on_them_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)

    async def click() -> None:
        async with opened(tmp_path / "compose.yaml", WIDE) as (app, pilot):
            await press(app, pilot, "3")
            lines = frame(app).splitlines()
            row = next(index for index, line in enumerate(lines) if "[@click=app.quit]nginx" in line)
            for column in range(lines[row].index("[@click"), lines[row].index("[/]")):
                await pilot.click(offset=(column, row))
            assert app.is_running
            assert app.current_mode == "tiers"

    asyncio.run(click())


def test_a_hostile_error_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx, ports: ['80:80']}}\n")

    async def fail() -> None:
        async with opened(tmp_path / "compose.yaml") as (app, pilot):
            await press(app, pilot, "0", "x", "end", "ctrl+u")
            name = tmp_path / "[@click=app.quit]x[" / "y"
            name.parent.write_text("in the way")
            for letter in str(name):
                app.screen.query_one("Input").insert_text_at_cursor(letter)  # type: ignore[attr-defined]
            await press(app, pilot, "enter")
            assert "Nothing was written" in frame(app)
            assert "[@click=app.quit]x[" in frame(app).replace("\n", "").replace("│", "").replace(" ", "")

    asyncio.run(fail())
