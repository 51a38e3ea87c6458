"""Names and values from strangers: shown as they are, without any power."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.tui.helping import NARROW, WIDE, frame, opened, press

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
KEYS = (
    *"1234567890",
    *"2ke",
    "escape",
    "escape",
    *"3",
    "down",
    "enter",
    "escape",
    "e",
    "escape",
    *"4oe",
    "escape",
    "down",
    "right",
    "5",
    "down",
    "down",
    "enter",
    "escape",
)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_every_screen_shows_them_harmlessly(tmp_path: Path, size: tuple[int, int]) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)

    async def walk() -> list[str]:
        seen = []
        async with opened(tmp_path / "compose.yaml", size) as (app, pilot):
            for key in (*KEYS, "6", "v", "v", "v", "v", "e", "escape", "question_mark", "escape", "ctrl+p", "escape"):
                await press(app, pilot, key)
                seen.append(frame(app))
            assert app.is_running
        return seen

    text = "\n".join(asyncio.run(walk()))
    assert "[@click=app.quit]nginx[/]" in text
    assert "\x1b" not in text
    assert "\x07" not in text
    for value in ("hunter2", "abcdefgh", "pass-word-77", "zzzz-zzzz"):
        assert value not in text


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


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_long_names_of_many_services(tmp_path: Path, size: tuple[int, int]) -> None:
    services = "".join(f'  {"n" * 480}-{number}: {{image: "x/{number}"}}\n' for number in range(57))
    (tmp_path / "compose.yaml").write_text(f"services:\n{services}")

    async def walk() -> list[str]:
        seen = []
        async with opened(tmp_path / "compose.yaml", size) as (app, pilot):
            for key in ("3", "down", "pagedown", "4", "o", "pagedown", "right", "home"):
                await press(app, pilot, key)
                seen.append(frame(app))
        return seen

    for text in asyncio.run(walk()):
        assert all(cell_len(line) <= size[0] for line in text.splitlines())
        assert "q quit" in text.splitlines()[-1]


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
