"""Steps at a screen that needs an engine, from opening the demo there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import Screen

from tests.tui.acting import Acting
from tests.tui.helping import NARROW, Walk, frame, opened, settled
from tui.app import BattenApp
from tui.screens.live import LiveScreen
from tui.screens.stages import Stage

if TYPE_CHECKING:
    from textual.pilot import Pilot

Shown = TypeVar("Shown", bound=Screen[Any])


def walk(demo: Path, stop: str, running: Acting, steps: Walk, size: tuple[int, int] = NARROW) -> None:
    """Open the demo at a stop and take the steps."""

    async def run() -> None:
        async with opened(demo / "compose.yaml", size, running=running) as (app, pilot):
            await until(pilot, lambda: bool(app.picture.strategies))
            app.switch_mode(stop)
            await looked(app, pilot)
            await steps(app, pilot)

    asyncio.run(run())


async def looked(app: BattenApp, pilot: Pilot[Any]) -> None:
    """Wait until a screen that needs an engine knows whether there is one."""
    await until(pilot, lambda: isinstance(app.screen, LiveScreen) and app.screen.stage is not Stage.LOOKING)
    await settled(app, pilot)


def at(app: BattenApp, kind: type[Shown]) -> Shown:
    """The screen that is to be seen, which has to be one of a kind."""
    assert isinstance(app.screen, kind)
    return app.screen


async def until(pilot: Pilot[Any], reached: Callable[[], bool]) -> None:
    """Let the app run until something is so."""
    for _ in range(100):
        await pilot.pause(0.05)
        if reached():
            return
    raise TimeoutError


async def steady(app: BattenApp, pilot: Pilot[Any]) -> str:
    """What is on the screen once nothing moves there any more, keys at the bottom included."""
    before = ""
    for _ in range(100):
        await pilot.pause(0.15)
        if (now := frame(app)) == before and now.splitlines()[-1].strip():
            return now
        before = now
    raise TimeoutError
