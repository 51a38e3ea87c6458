"""The main screens as reviewed frames, in a small terminal and in a large one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.helping import GOLDENS, NARROW, WIDE, frame, matches_golden, opened, press

SCREENS = {
    "start": (),
    "review": ("2", "down"),
    "tiers": ("3", "down", "down", "down"),
    "networks": ("4", "down"),
    "secrets": ("5", "down"),
    "published": ("6", "down"),
    "privileges": ("7",),
    "export": ("8",),
    "safe": ("a",),
    "map": ("4", "v"),
    "left": ("1", "v"),
    "explain": ("5", "down", "e"),
    "keys": ("2", "question_mark"),
    "choosing": ("6", "down", "enter"),
    "picking": ("4", "down", "down", "enter"),
}
WIDE_KEYS = {"map": ("4",), "left": ("2", "v", "v")}
"""Where the large terminal shows a view by itself."""
SIZES = {"80x24": NARROW, "160x45": WIDE}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_reviewed(name: str, size: str, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)

    async def look() -> str:
        async with opened(demo / "compose.yaml", SIZES[size]) as (app, pilot):
            await press(app, pilot, *(WIDE_KEYS.get(name, SCREENS[name]) if size == "160x45" else SCREENS[name]))
            return frame(app)

    text = asyncio.run(look())
    assert text.count("\n") == SIZES[size][1]
    assert all(len(line) <= SIZES[size][0] for line in text.splitlines())
    matches_golden(f"{name}-{size}", text)


def test_the_goldens_hold_something() -> None:
    files = sorted(GOLDENS.glob("*.txt"))
    assert [file.stem for file in files] == sorted(f"{name}-{size}" for name in SCREENS for size in SIZES)
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert len(text.split()) > 30, file.name
        assert "Winkle" not in text
        assert "kelp-lantern" not in text
