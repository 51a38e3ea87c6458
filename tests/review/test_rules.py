"""Every rule against its fixtures: the marked lines must be found, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batten.model import Project, Span
from batten.review import catalogue
from batten.review.finding import Finding
from batten.review.runner import review
from tests.support import project_of

FIXTURES = Path(__file__).parent.parent / "fixtures" / "rules"
CASES = sorted(FIXTURES.glob("*/*.yaml"))
MARK = re.compile(r"# <- fires(?: (info|low|medium|high|critical))?\s*$")
CANARY = "4711"
"""A part of every secret in the fixtures."""


def load(case: Path, tmp_path: Path) -> Project:
    env = case.with_suffix(".env")
    files = {"_dot_env": env.read_text()} if env.exists() else {}
    return project_of(case.read_text(), tmp_path, **files)


def marked(case: Path) -> dict[int, str | None]:
    """The marked lines and the severity that is asked for there."""
    lines = enumerate(case.read_text().splitlines(), start=1)
    return {number: found[1] for number, line in lines if (found := MARK.search(line))}


def findings_of(case: Path, tmp_path: Path) -> list[Finding]:
    return [finding for finding in review(load(case, tmp_path)) if finding.rule == case.parent.name]


def line_of(finding: Finding) -> int:
    assert isinstance(finding.location, Span)
    assert finding.location.file.endswith("compose.yaml")
    return finding.location.line


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
class TestFixture:
    def test_is_marked_where_the_rule_fires(self, case: Path, tmp_path: Path) -> None:
        expected = marked(case)
        findings = findings_of(case, tmp_path)
        assert sorted({line_of(finding) for finding in findings}) == sorted(expected)
        severities = {line_of(finding): finding.severity.value for finding in findings}
        assert severities == {line: wanted or severities[line] for line, wanted in expected.items()}

    def test_is_marked_if_and_only_if_its_name_says_so(self, case: Path) -> None:
        assert bool(marked(case)) is case.stem.startswith("fires")
        assert case.stem.startswith(("fires", "silent"))

    def test_gives_sentences_without_secrets(self, case: Path, tmp_path: Path) -> None:
        for finding in findings_of(case, tmp_path):
            assert CANARY not in repr(finding)
            assert not finding.title.endswith(".")
            assert finding.message.endswith((".", "?"))


@pytest.mark.parametrize("rule", catalogue.names())
def test_every_rule_is_tried_both_ways_at_least_twice(rule: str) -> None:
    names = [path.stem for path in (FIXTURES / rule).glob("*.yaml")]
    assert sum(name.startswith("fires") for name in names) >= 2
    assert sum(name.startswith("silent") for name in names) >= 2


def test_every_folder_of_fixtures_is_that_of_a_rule() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(catalogue.names())
