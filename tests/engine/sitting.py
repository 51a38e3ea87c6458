"""Somebody sits at the assistant on the engine's host: opens a project at a stop, presses keys, and prints what is on the screen in the end.

``python -m tests.engine.sitting FILE STOP KEY…``. ``KEY+3`` looks on for three seconds after the key; after any other, it waits until a key is waited for.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batten.session import Session
from tests.tui.helping import frame
from tui.app import BattenApp
from tui.screens.apply import ApplyScreen
from tui.screens.live import LiveScreen
from tui.screens.stages import BUSY, Stage

if TYPE_CHECKING:
    from textual.pilot import Pilot

ROOM = (109, 44)
"""As much as there is without a pane beside it."""
PATIENCE = 90.0
"""Seconds for one key to have its effect."""


def waits(app: BattenApp) -> bool:
    """Whether it is somebody's turn to press a key."""
    screen = app.screen
    if not isinstance(screen, LiveScreen) or (isinstance(screen, ApplyScreen) and screen.progress.question is not None):
        return True
    return screen.stage not in (*BUSY, Stage.LOOKING)


async def rest(app: BattenApp, pilot: Pilot[Any]) -> None:
    """Wait until a key is waited for."""
    until = time.monotonic() + PATIENCE
    await pilot.pause(0.2)
    while not waits(app):
        if time.monotonic() > until:
            raise TimeoutError(frame(app))
        await pilot.pause(0.2)


async def sit(file: Path, stop: str, keys: list[str]) -> str:
    """The last screen."""
    app = BattenApp(Session.open([file]))
    async with app.run_test(size=ROOM) as pilot:
        await app.workers.wait_for_complete()
        app.switch_mode(stop)
        await rest(app, pilot)
        for key, _, seconds in (key.partition("+") for key in keys):
            await pilot.press(key)
            await (pilot.pause(float(seconds)) if seconds else rest(app, pilot))
        await pilot.pause(0.5)
        return frame(app)


if __name__ == "__main__":
    print(asyncio.run(sit(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])))
