"""The files of an export, one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widgets import OptionList

from batten.session import Session
from tests.tui.helping import WIDE, frame, press, walk
from tui.app import BattenApp
from tui.file_views import listed
from tui.picture import develop

if TYPE_CHECKING:
    from textual.pilot import Pilot

VALUES = ("Winkle", "kelp-lantern")


class TestTheListOfFiles:
    def test_has_every_file_that_would_be_written_and_no_secret(self, demo: Path, tmp_path: Path) -> None:
        session = Session.open([demo / "compose.yaml"])
        after = list(develop(session))[-1].after
        assert after is not None
        files = listed(after)
        assert [one.path for one in files] == [*(one.path for one in after.hardening.rewritten.files), *(one.path for one in after.files)]
        text = "\n".join(one.content.plain for one in files)
        assert "+++ " in text
        assert "POSTGRES_PASSWORD_FILE" in text
        assert not [value for value in VALUES if value in text]

    def test_shows_each_under_the_cursor(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "f")
            assert "+++ " in frame(app)
            seen = []
            for index, _ in enumerate(app.screen.query_one(OptionList).options):
                seen.append(frame(app))
                assert app.screen.query_one(OptionList).highlighted == index
                await press(app, pilot, "down")
            assert any("is not shown. Mode 0" in text for text in seen)
            assert any("# Secrets to change" in text for text in seen)
            assert not any(value in text for value in VALUES for text in seen)
            await press(app, pilot, "space", "b", "escape")
            assert app.current_mode == "export"

        walk(demo, look, WIDE)

    def test_what_needs_a_look_is_said_before_files_are_changed(self, demo: Path) -> None:
        async def ask(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "i")
            assert "to be looked at first" in " ".join(frame(app).split())
            await press(app, pilot, "escape", "r", "i")
            assert "to be looked at first" not in " ".join(frame(app).split())

        walk(demo, ask, WIDE)
