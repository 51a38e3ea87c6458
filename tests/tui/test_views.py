"""What the decisions do is a key away on a small terminal, and closing it leaves everything as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.helping import NARROW, frame, opened, press


class TestViews:
    @pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "7", "0"])
    def test_a_view_that_is_closed_leaves_the_frame_as_it_was(self, demo: Path, key: str) -> None:
        async def run() -> tuple[str, str, str]:
            async with opened(demo / "compose.yaml", NARROW) as (app, pilot):
                await press(app, pilot, key)
                before = frame(app)
                await press(app, pilot, "v")
                view = frame(app)
                await press(app, pilot, "escape")
                return before, view, frame(app)

        before, view, after = asyncio.run(run())
        assert view != before
        assert after == before
