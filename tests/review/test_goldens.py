"""The whole output of a review for one fixture of every rule, compared with text that somebody has read.

``BATTEN_GOLDENS=write`` writes them anew, to be read before they are committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from batten.inference.evidence import needed_connections
from batten.reach import count_paths
from batten.report.findings import Exposure, Reviewed, as_text
from batten.review import catalogue
from batten.review.runner import review
from tests.support import project_of

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
GOLDENS = Path(__file__).parent.parent / "goldens" / "rules"


def case_of(rule: str) -> Path:
    """The first fixture in which the rule fires and that mounts nothing of a folder whose name is another one in every run."""
    return next(case for case in sorted((FIXTURES / rule).glob("fires*.yaml")) if '"./' not in case.read_text())


def output_of(case: Path, tmp_path: Path) -> str:
    env = case.with_suffix(".env")
    project = project_of(case.read_text(), tmp_path, **({"_dot_env": env.read_text()} if env.exists() else {}))
    connections = needed_connections(project)
    count = count_paths(project, connections)
    return as_text([Reviewed(project, review(project, connections=connections), Exposure(len(project.services), *count))])


@pytest.mark.parametrize("rule", catalogue.names())
def test_whole_output(rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    output = output_of(case_of(rule), tmp_path)
    golden = GOLDENS / f"{rule}.txt"
    if os.environ.get("BATTEN_GOLDENS") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(output, encoding="utf-8")
    assert output == golden.read_text(encoding="utf-8")
    assert f"  {rule}" in output


def test_every_golden_is_that_of_a_rule() -> None:
    assert sorted(path.stem for path in GOLDENS.glob("*.txt")) == sorted(catalogue.names())
