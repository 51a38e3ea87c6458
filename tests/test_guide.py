"""The guide to the assistant keeps up with it: a section for each step, and no picture that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tui.walk import HOST_STOPS, STOPS

DOCS = Path(__file__).parent.parent / "docs"
GUIDE = (DOCS / "guide.md").read_text()


class TestGuide:
    @pytest.mark.parametrize("title", [stop.title for stop in STOPS])
    def test_every_step_of_a_project_has_a_section(self, title: str) -> None:
        assert f"\n## {title}\n" in GUIDE

    @pytest.mark.parametrize("title", [stop.title for stop in HOST_STOPS if stop.step is not None])
    def test_every_step_of_a_host_is_told_of(self, title: str) -> None:
        section = GUIDE.partition("\n## This host\n")[2].partition("\n## ")[0]
        assert f"**{title}**" in section

    def test_every_picture_is_there_and_none_is_left_over(self) -> None:
        shown = set(re.findall(r"\]\((tour/[a-z-]+\.svg)\)", GUIDE))
        assert shown == {f"tour/{file.name}" for file in (DOCS / "tour").glob("*.svg")}

    def test_no_picture_calls_anybody(self) -> None:
        for picture in DOCS.rglob("*.svg"):
            assert not re.search(r"url\(\s*['\"]?http|href=['\"]http|@import", picture.read_text()), picture
