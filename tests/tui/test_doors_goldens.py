"""The doors, a host's walk and a project that begins, as reviewed frames in a small terminal and in a large one."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

import assets
from batten.session import host as sessions
from tests.tui.helping import GOLDENS, NARROW, WIDE, frame, matches_golden, press, settled
from tui.app import BattenApp
from tui.hosting import Heard

SCREENS = {
    "doors": (),
    "doors-keys": ("question_mark",),
    "doors-path": ("o", "ctrl+u", "c"),
    "host-start": ("h",),
    "host-tls": ("2", "right", "down"),
    "host-typing": ("enter",),
    "host-daemon": ("u", "3", "down"),
    "host-firewall": ("4", "down"),
    "host-swarm": ("5", "right", "down"),
    "host-export": ("u", "0"),
    "host-files": ("v", "v"),
    "services": ("ctrl+o", "b", "enter"),
    "service-form": ("end", "enter", "tab", "tab"),
}
SIZES = {"80x24": NARROW, "160x45": WIDE}


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], str]]:
    """Every screen in both sizes, from one walk for each size."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        shutil.copytree(assets.path("demo/shop"), home / "shop")
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patch.setattr(sessions, "DAEMON_JSON", str(home / "nowhere/daemon.json"))
        patch.setattr(sessions, "ways_out", lambda: ("eth0",))
        patch.setattr(socket, "gethostname", lambda: "lantern")
        patch.setattr("tui.screens.host_start.hear", lambda: Heard(silence="there is no engine at unix:///var/run/docker.sock."))
        patch.chdir(home / "shop")
        yield {key: text for size in SIZES for key, text in asyncio.run(walk(home, size)).items()}


async def walk(home: Path, size: str) -> dict[tuple[str, str], str]:
    """Go to every screen in turn; what is open is closed after each, but for what the next one stands on."""
    seen = {}
    app = BattenApp(None)
    async with app.run_test(size=SIZES[size]) as pilot:
        await settled(app, pilot)
        for name, keys in SCREENS.items():
            await press(app, pilot, *keys)
            seen[name, size] = frame(app)
            if name not in ("doors", "host-tls", "host-export", "services"):
                await press(app, pilot, "escape")
    return seen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SCREENS)
def test_the_screen_is_as_reviewed(name: str, size: str, frames: dict[tuple[str, str], str]) -> None:
    text = frames[name, size]
    assert text.count("\n") == SIZES[size][1]
    assert all(cell_len(line) <= SIZES[size][0] for line in text.splitlines())
    matches_golden(f"doors/{name}-{size}", text)


def test_the_goldens_hold_something() -> None:
    files = sorted((GOLDENS / "doors").glob("*.txt"))
    assert [file.stem for file in files] == sorted(f"{name}-{size}" for name in SCREENS for size in SIZES)
    assert all(len(file.read_text(encoding="utf-8").split()) > 30 for file in files)
