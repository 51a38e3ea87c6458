"""Findings: what they cannot be made without, and in which order they come."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from batten.model import EnginePlace, Span
from batten.review.finding import Confidence, Finding, Rule, Severity
from batten.review.runner import review
from tests.support import project_of

RULE = Rule("batten.review.rules.some_rule", Severity.HIGH, ("CIS 5.5",))


class TestFinding:
    def test_cannot_be_made_without_a_place(self) -> None:
        nowhere: Any = None
        with pytest.raises(ValueError, match="some-rule has no location"):
            RULE.finding(nowhere, "title", "message")

    def test_takes_name_severity_and_references_from_its_rule(self) -> None:
        finding = RULE.finding(EnginePlace("container/db", "HostConfig.Privileged"), "title", "message")
        assert (finding.rule, finding.severity, finding.confidence, finding.references) == ("some-rule", Severity.HIGH, Confidence.HIGH, ("CIS 5.5",))

    def test_does_not_name_its_place_or_a_related_one_twice(self) -> None:
        here, there = Span("a", 0, 1, 1, 1), Span("a", 5, 6, 2, 1)
        assert RULE.finding(here, "t", "m", related=[here, there, there]).related == (there,)


def test_severities_have_an_order() -> None:
    assert sorted(Severity, key=lambda severity: severity.level) == ["info", "low", "medium", "high", "critical"]


MIXED = """services:
  b:
    image: example.org/b:1
    cap_add: [NET_ADMIN]
    privileged: true
  a:
    image: example.org/a:1
    network_mode: host
  # batten: ignore nothing-there -- x
"""


def test_a_review_lists_the_worst_first_and_then_by_place(tmp_path: Path) -> None:
    order: list[tuple[int, int]] = []
    findings: tuple[Finding, ...] = review(project_of(MIXED, tmp_path))
    for finding in findings:
        assert isinstance(finding.location, Span)
        order.append((-finding.severity.level, finding.location.line))
    assert order == sorted(order)
    assert len({severity for severity, _ in order}) >= 3


def test_a_review_says_the_same_thing_twice(tmp_path: Path) -> None:
    project = project_of(MIXED, tmp_path)
    assert review(project) == review(project)
