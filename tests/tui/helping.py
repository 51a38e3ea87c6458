"""What the tests of the screens share: an app on a project, its screen as text, and goldens."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.worker import WorkerCancelled

from batten.session import Session
from tests.tui.acting import GONE, Acting
from tui.app import BattenApp

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.running import Running

Walk = Callable[[BattenApp, "Pilot[Any]"], Awaitable[None]]
GOLDENS = Path(__file__).parent.parent / "goldens" / "tui"
NARROW, WIDE = (80, 24), (160, 45)


def frame(app: BattenApp) -> str:
    """What is on the screen, as text; the one place that looks below Textual's public surface."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips()) + "\n"


@asynccontextmanager
async def opened(
    compose: Path, size: tuple[int, int] = NARROW, *, running: Running | None = None, notifications: bool = False
) -> AsyncIterator[tuple[BattenApp, Pilot[int]]]:
    """The assistant on a compose file, everything worked out; with an engine that is only played, else with none."""
    app = BattenApp(Session.open([compose]), running or Acting(GONE))
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def press(app: BattenApp, pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, each after everything before it has come to rest."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


async def settled(app: BattenApp, pilot: Pilot[Any]) -> None:
    """Wait until nothing is being worked out; what was left off for something newer is not waited for."""
    with suppress(WorkerCancelled):
        await app.workers.wait_for_complete()
    await pilot.pause()


def matches_golden(name: str, text: str) -> None:
    """Compare a frame with the reviewed one; ``BATTEN_GOLDENS=write`` writes it anew, to be looked at before it is committed."""
    path = GOLDENS / f"{name}.txt"
    if os.environ.get("BATTEN_GOLDENS") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def walk(demo: Path, steps: Walk, size: tuple[int, int] = NARROW, *, notifications: bool = False) -> BattenApp:
    """Open the demo, take the steps, and give the app as they left it."""

    async def run() -> BattenApp:
        async with opened(demo / "compose.yaml", size, notifications=notifications) as (app, pilot):
            await steps(app, pilot)
            return app

    return asyncio.run(run())


async def type_text(app: BattenApp, pilot: Pilot[Any], text: str) -> None:
    """Replace what stands in the input by a text, and take it."""
    await press(app, pilot, "end", "ctrl+u")
    named = {"/": "slash", ".": "full_stop", "-": "minus", " ": "space", "_": "underscore"}
    await pilot.press(*(named.get(one, one) for one in text), "enter")
    await settled(app, pilot)
