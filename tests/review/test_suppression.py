"""Suppressions: comments and entries of the design, what they are about, and what they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.model import Span
from batten.review.finding import Finding, Ignore
from batten.review.runner import review
from batten.review.suppression import find_suppressions
from tests.support import project_of

PRIVILEGED = """services:
  a:
    image: example.org/a:1
    {above}
    privileged: true {beside}
    cap_drop: [ALL]
"""


def privileged(text: str, tmp_path: Path, *keeps: Ignore) -> Finding:
    findings = [finding for finding in review(project_of(text, tmp_path), keeps=keeps) if finding.rule == "privileged"]
    assert len(findings) == 1
    return findings[0]


class TestComment:
    @pytest.mark.parametrize(
        ("above", "beside"),
        [
            ("", "# batten: ignore privileged -- needs every device"),
            ("", "#batten:ignore privileged -- needs every device"),
            ("", "# batten: ignore host-network, privileged -- needs every device"),
            ("# batten: ignore privileged -- needs every device", ""),
            ("# batten: ignore privileged -- needs every device\n    # and another remark", "# and one more"),
        ],
    )
    def test_on_or_above_the_line_keeps_the_finding_with_its_reason(self, above: str, beside: str, tmp_path: Path) -> None:
        assert privileged(PRIVILEGED.format(above=above, beside=beside), tmp_path).suppressed == "needs every device"

    @pytest.mark.parametrize(
        ("above", "beside"),
        [
            ("", "# batten: ignore host-network -- another rule"),
            ("", "# batten: ignore privileged"),
            ("", "# batten: ignore -- everything"),
            ("# batten: ignore privileged -- not this line\n    hostname: between", ""),
            ('hostname: "# batten: ignore privileged -- a value"', ""),
            ("", "\n    # batten: ignore privileged -- below"),
        ],
    )
    def test_elsewhere_or_incomplete_changes_nothing(self, above: str, beside: str, tmp_path: Path) -> None:
        assert privileged(PRIVILEGED.format(above=above, beside=beside), tmp_path).suppressed is None

    def test_works_in_a_file_with_windows_line_ends_and_a_byte_order_mark(self, tmp_path: Path) -> None:
        text = PRIVILEGED.format(above="# batten: ignore privileged -- needs every device", beside="").replace("\n", "\r\n")
        assert privileged("\ufeff" + text, tmp_path).suppressed == "needs every device"

    def test_may_hold_dashes_hashes_and_commas_in_its_reason(self, tmp_path: Path) -> None:
        text = PRIVILEGED.format(above="", beside="# batten: ignore privileged -- see #12, host -- not guest")
        assert privileged(text, tmp_path).suppressed == "see #12, host -- not guest"

    def test_in_an_env_file_is_a_line_of_its_own(self, tmp_path: Path) -> None:
        env = "# batten: ignore secret-in-environment -- for development\nA=x # batten: ignore privileged -- a value as far as anybody knows\n"
        project = project_of("services: {a: {image: 'example.org/a:1', env_file: a.env}}", tmp_path, a_dot_env=env)
        assert [(found.place.line, found.target) for found in find_suppressions(project)] == [(1, 2)]

    def test_above_a_project_wide_key_is_about_the_project_wide_finding(self, tmp_path: Path) -> None:
        text = "# batten: ignore dangerous-capability -- a test bed\nservices:\n  a:\n    image: example.org/a:1\n"
        finding = next(found for found in review(project_of(text, tmp_path)) if found.rule == "dangerous-capability")
        assert finding.service is None
        assert finding.suppressed == "a test bed"


class TestEntryOfTheDesign:
    def test_keeps_the_finding_of_its_rule_and_service(self, tmp_path: Path) -> None:
        text = PRIVILEGED.format(above="", beside="")
        assert privileged(text, tmp_path, Ignore("privileged", "a", "a lab machine")).suppressed == "a lab machine"

    @pytest.mark.parametrize("keep", [Ignore("privileged", "b", "x"), Ignore("privileged", None, "x"), Ignore("host-network", "a", "x")])
    def test_says_nothing_about_others(self, keep: Ignore, tmp_path: Path) -> None:
        assert privileged(PRIVILEGED.format(above="", beside=""), tmp_path, keep).suppressed is None

    def test_with_a_name_that_is_no_rule_is_reported_where_it_stands(self, tmp_path: Path) -> None:
        where = Span("batten.yaml", 10, 20, 2, 3)
        project = project_of(PRIVILEGED.format(above="", beside=""), tmp_path)
        found = next(finding for finding in review(project, keeps=[Ignore("priviledged", "a", "typo", where)]) if finding.rule == "unknown-suppression")
        assert found.location == where
        assert "Did you mean privileged?" in found.message


def test_a_suppressed_finding_stays_in_the_list(tmp_path: Path) -> None:
    plain = review(project_of(PRIVILEGED.format(above="", beside=""), tmp_path))
    kept = review(project_of(PRIVILEGED.format(above="", beside="# batten: ignore privileged -- x"), tmp_path))
    assert [finding.rule for finding in plain] == [finding.rule for finding in kept]
