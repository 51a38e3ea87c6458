"""Markdown for a pull request: a table that stays one, and text that does nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from batten.errors import InputError
from batten.model import EnginePlace
from batten.report.findings import Exposure, Reviewed
from batten.report.markdown import as_markdown
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
    """Compared with tests/goldens/review/review.md."""

    def test_is_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shop = reviewed(tmp_path)
        monkeypatch.chdir(tmp_path / "shop")
        golden = (FOLDER / "review.md").read_text(encoding="utf-8")
        assert golden.count("\n| ") > 4
        assert as_markdown([shop]) == golden
        assert "4711" not in golden


class TestTable:
    def test_has_a_row_for_what_stands(self, tmp_path: Path) -> None:
        shop = reviewed(tmp_path)
        rows = [line for line in as_markdown([shop]).splitlines() if line.startswith(("| critical", "| high", "| medium", "| low"))]
        assert len(rows) == sum(1 for one in shop.findings if one.suppressed is None and one.severity is not Severity.INFO)
        assert all(row.count("|") == 4 for row in rows)

    def test_stays_a_table_whatever_the_text(self, tmp_path: Path) -> None:
        hostile = Rule("x.some_rule", Severity.HIGH).finding(
            EnginePlace("container/`x`|y", "a"), "a | b\n| c", "<script>x</script> [x](javascript:y) @mara #1 `d|e` `", service="s`|t"
        )
        output = as_markdown([reviewed(tmp_path)._replace(findings=(hostile,))])
        row = next(line for line in output.splitlines() if line.startswith("| high"))
        assert row.count("|") == 4
        assert "<script>" not in row
        assert "[x](" not in row
        assert "@mara" not in row
        assert "`d¦e`" in row

    def test_is_not_there_without_findings(self, tmp_path: Path) -> None:
        output = as_markdown([reviewed(tmp_path)._replace(findings=())])
        assert output == "### shop: nothing found\n\n12 paths between services, 3 needed\n"


def test_what_was_not_read_is_said() -> None:
    assert as_markdown([], [InputError("there is <none>.", file="shop")]) == "### Not read\n\n- shop: there is &lt;none&gt;.\n"
