"""Annotations for GitHub: one command a finding, and no text that becomes a command of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from batten.errors import InputError
from batten.model import EnginePlace, Span
from batten.report.findings import Exposure, Reviewed
from batten.report.github import as_github
from batten.review.finding import Rule, Severity
from batten.review.runner import review
from tests.support import project_of

if TYPE_CHECKING:
    import pytest

FOLDER = Path(__file__).parent.parent / "goldens" / "review"


def reviewed(tmp_path: Path) -> Reviewed:
    project = project_of((FOLDER / "compose.yaml").read_text(), tmp_path, _dot_env="DB_PASSWORD=canary-4711\n")
    return Reviewed(project, review(project), Exposure(4, 12, 3))


class TestTheWholeText:
    """Compared with tests/goldens/review/review.github."""

    def test_is_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shop = reviewed(tmp_path)
        monkeypatch.chdir(tmp_path / "shop")
        golden = (FOLDER / "review.github").read_text(encoding="utf-8")
        assert golden.count("::error ") > 2
        assert as_github([shop]) == golden
        assert "4711" not in golden


class TestCommands:
    def test_leave_out_what_is_suppressed_or_only_good_to_know(self, tmp_path: Path) -> None:
        shop = reviewed(tmp_path)
        annotated = [one for one in shop.findings if one.suppressed is None and one.severity is not Severity.INFO]
        assert as_github([shop]).count("\n::") + 1 == len(annotated)
        assert "host-network" not in as_github([shop])

    def test_are_one_line_each_whatever_the_text(self, tmp_path: Path) -> None:
        hostile = Rule("x.some_rule", Severity.HIGH).finding(
            EnginePlace("container/x", "a"), "a\n::error::b, c: d%", "e\r\n::stop-commands::x", service="s,t:u"
        )
        lines = as_github([reviewed(tmp_path)._replace(findings=(hostile,))]).splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("::error title=some-rule (high) s%2Ct%3Au%3A a�%3A%3Aerror%3A%3Ab%2C c%3A d%25::container/x a%0Ae�%0A::stop-commands::x%0A")

    def test_tell_what_was_not_read(self) -> None:
        error = InputError("the key 'x' is already defined.", hint="Remove one.", span=Span("a.yaml", 0, 1, 3, 7))
        assert as_github([], [error]) == "::error file=a.yaml,line=3,col=7,title=batten could not read this::the key 'x' is already defined. Remove one.\n"

    def test_of_nothing_are_none(self, tmp_path: Path) -> None:
        assert as_github([]) == ""
        assert re.fullmatch(r"review of shop: nothing found\n", as_github([reviewed(tmp_path)._replace(findings=())]))
