"""The predictor against every measured row. The folder with the measurements is named by BATTEN_FACTS."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.reach_facts import Comparison, report

FACTS = os.environ.get("BATTEN_FACTS", "")


@pytest.mark.skipif(not FACTS, reason="BATTEN_FACTS names no folder with measurements")
class TestMeasurements:
    def test_every_row_that_was_measured_is_predicted(self) -> None:
        outcome = Comparison(Path(FACTS)).run()
        assert outcome.rows > 18_000
        assert outcome.compared > 17_500
        assert not outcome.wrong, report(outcome)

    def test_all_answers_but_a_few_are_of_the_right_kind(self) -> None:
        outcome = Comparison(Path(FACTS)).run()
        assert outcome.same_kind / outcome.compared > 0.98
