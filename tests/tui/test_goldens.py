"""The main screens as reviewed frames, in a small terminal and in a large one."""

from __future__ import annotations

import asyncio
import pkgutil
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.screen import ModalScreen

import assets
from tests.tui.helping import GOLDENS, NARROW, WIDE, frame, matches_golden, opened, press
from tui import screens
from tui.walk import HOST_STOPS, STOPS

SCREENS = {
    "start": (),
    "review": ("2", "down"),
    "tiers": ("3", "right", "down", "down"),
    "connections": ("4",),
    "networks": ("5", "down"),
    "secrets": ("6", "down"),
    "published": ("7", "down"),
    "privileges": ("8",),
    "firewall": ("9", "down"),
    "sockets": ("9", "n"),
    "mtls": ("9", "n", "n"),
    "target": ("9", "n", "n", "n"),
    "export": ("0",),
    "files": ("0", "f", "down", "down", "down", "down", "down"),
    "themes": ("2", "o", "o", "down"),
    "search": ("o", "slash", "d", "b"),
    "map": ("5", "v"),
    "left": ("1", "v"),
    "explain": ("6", "down", "e"),
    "keys": ("2", "question_mark"),
    "choosing": ("7", "down", "enter"),
    "picking": ("5", "down", "down", "enter"),
    "safe": ("1", "a"),
    "leaving": ("3", "greater_than_sign", "q"),
}
WIDE_KEYS = {"map": ("5",), "left": ("2", "v", "v")}
"""Where the large terminal shows a view by itself."""
BOXES = {
    "Confirm": "leaving",
    "Typing": "doors/host-typing",
    "Choosing": "choosing",
    "Picking": "picking",
    "Telling": "explain",
    "Files": "files",
    "AskingPath": "doors/doors-path",
    "ServiceForm": "doors/service-form",
}
"""Kinds of boxes, and the frame in which each is seen."""
SIZES = {"80x24": NARROW, "160x45": WIDE}


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], str]]:
    """Every screen in both sizes, from one walk for each size."""
    with pytest.MonkeyPatch.context() as patch:
        shop = Path(shutil.copytree(assets.path("demo/shop"), tmp_path_factory.mktemp("demo") / "shop"))
        patch.chdir(shop)
        seen: dict[tuple[str, str], str] = {}
        for size in SIZES:
            patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
            seen |= asyncio.run(walk(shop / "compose.yaml", size))
        yield seen


async def walk(compose: Path, size: str) -> dict[tuple[str, str], str]:
    """Go to every screen in turn, and back to nothing open after each."""
    seen = {}
    async with opened(compose, SIZES[size]) as (app, pilot):
        for name, keys in SCREENS.items():
            await press(app, pilot, *(WIDE_KEYS.get(name, keys) if size == "160x45" else keys))
            seen[name, size] = frame(app)
            await press(app, pilot, "escape", "home")
    return seen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_reviewed(name: str, size: str, frames: dict[tuple[str, str], str]) -> None:
    text = frames[name, size]
    assert text.count("\n") == SIZES[size][1]
    assert all(cell_len(line) <= SIZES[size][0] for line in text.splitlines())
    matches_golden(f"{name}-{size}", text)


def test_the_goldens_hold_something() -> None:
    files = sorted(GOLDENS.glob("*.txt"))
    assert [file.stem for file in files] == sorted(f"{name}-{size}" for name in SCREENS for size in SIZES)
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert len(text.split()) > 30, file.name
        assert "Winkle" not in text
        assert "kelp-lantern" not in text


def test_every_stop_of_every_walk_has_one() -> None:
    reviewed = {path.stem for path in GOLDENS.rglob("*.txt")}
    missing = [
        (stop.name, size)
        for stop in (*STOPS, *HOST_STOPS)
        for size in SIZES
        if not any(name.startswith(stop.name) and name.endswith(size) for name in reviewed)
    ]
    assert not missing, "walk there in SCREENS, write it, look at it"


def test_every_kind_of_box_has_one() -> None:
    for module in pkgutil.iter_modules(screens.__path__):
        import_module(f"tui.screens.{module.name}")
    kinds = {kind.__name__ for kind in _below(ModalScreen) if kind.__module__.startswith("tui.screens.") and not _below(kind)}
    assert kinds == set(BOXES)
    assert all((GOLDENS / f"{name}-{size}.txt").is_file() for name in BOXES.values() for size in SIZES)


def _below(kind: type[Any]) -> set[type[Any]]:
    """Every class that builds on one."""
    direct = set(kind.__subclasses__())
    return direct.union(*map(_below, direct))
