"""The predictor against every measured row. The folder with the measurements is named by BATTEN_FACTS."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.reach import predict
from bench.reach_facts import CONFIGS, FILES, Comparison, Row, left_out, report

FACTS = os.environ.get("BATTEN_FACTS", "")
ZONES = {
    "host": "host",
    "LAN client": "lan",
    "L2 neighbour": "lan",
    "segment machine": "lan",
    "outside": "internet",
}
# In these nobody tried the gateway of the source's own internal network, which is the one road that is left to it.
UNTRIED = {("09_host", "i", "h"), ("14_ipv6", "in6", "host"), ("14_ipv6", "in6", "web"), ("14_ipv6", "in6", "v4web")}


def pair(row: Row) -> tuple[str, str]:
    """The nodes between which a row was measured."""
    target = row.target.rpartition(" of ")[2].partition(":")[0].partition("/")[0].strip()
    target = "host" if target == "host service" else ZONES.get(target, target)
    return ZONES.get(row.source, row.source.partition(" (")[0]), target


def by_situation(rows: list[Row]) -> dict[tuple[str, str, str | None], list[Row]]:
    """Rows about pairs of nodes in scenarios of one project, by scenario, engine and setting."""
    found = defaultdict(list)
    for row in rows:
        about_pairs = row.protocol != "dns" and "only)" not in row.target and not left_out(row)
        if about_pairs and row.scenario not in FILES and not row.scenario.startswith("FW"):
            found[row.scenario, row.engine, row.config].append(row)
    return found


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

    def test_pairs_of_services_and_zones_are_open_just_where_some_road_was(self) -> None:
        wrong, pairs = [], 0
        for (scenario, engine, config), rows in by_situation(Comparison(Path(FACTS)).rows()).items():
            project = load_project([Path(FACTS) / "reach" / "scenarios" / f"{scenario}.yaml"])
            reach = predict(project, engine=engine, settings=CONFIGS[config])
            measured: dict[tuple[str, str], bool] = defaultdict(bool)
            for row in rows:
                measured[pair(row)] |= row.answer.is_open
            for (source, target), is_open in measured.items():
                if source != target and (is_open or (scenario, source, target) not in UNTRIED):
                    pairs += 1
                    if is_open is not (reach.between(source, target) is not None):
                        wrong.append((scenario, engine, config, source, target, is_open))
        assert pairs > 4000
        assert not wrong, "\n".join(map(str, wrong))
