"""``batten reach`` in each of its forms, now and with a design."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.calling import call


@pytest.fixture
def design(demo: Path, tmp_path: Path) -> Path:
    """The proposed design of the demo, in a file that does not lie beside it."""
    path = tmp_path / "design.yaml"
    assert call("design", demo, "-o", path).code == 0
    return path


class TestText:
    def test_tells_how_far_an_intruder_gets(self, demo: Path) -> None:
        out = call("reach", demo).out
        assert "who can reach whom" in out
        assert "\nRoads to the data\n  db: internet → db (published 5432 on every host address)\n" in out

    def test_with_a_design_tells_what_he_loses(self, demo: Path, design: Path) -> None:
        out = call("reach", demo, "--design", design).out
        assert "  db from the internet and the lan: 1 step → " in out
        assert "\nbefore: a service gets to 6.0 others itself" in out


class TestPictures:
    def test_svg_is_one_file_of_xml(self, demo: Path) -> None:
        result = call("reach", demo, "--format", "svg")
        assert (result.code, result.err) == (0, "")
        assert ElementTree.fromstring(result.out).tag == "{http://www.w3.org/2000/svg}svg"
        assert "dashboard" in result.out

    def test_mermaid_is_a_flowchart(self, demo: Path) -> None:
        result = call("reach", demo, "--format", "mermaid")
        assert (result.code, result.err) == (0, "")
        assert result.out.startswith("flowchart LR\n")
        assert '["dashboard"]' in result.out

    @pytest.mark.parametrize("form", ["svg", "mermaid"])
    def test_with_a_design_both_states_are_drawn(self, demo: Path, design: Path, form: str) -> None:
        now, both = call("reach", demo, "--format", form), call("reach", demo, "--format", form, "--design", design)
        assert both.code == 0
        assert both.out.count("dashboard") > now.out.count("dashboard")
        assert "before" in both.out
        assert "internal" in both.out
