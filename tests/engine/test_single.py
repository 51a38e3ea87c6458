"""The prediction for single probes, without an engine: what does not end as predicted must come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.probes import Measured
from tests.engine.questions import Probe
from tests.engine.single import Map, Oracle
from tests.support import project_of

COMPOSE = """
name: pair
services:
  a: {image: nginx, ports: ["8080:80"]}
  b: {image: redis, ports: ["127.0.0.1:6379:6379"], networks: [other]}
networks: {other: {}}
"""
PLACES = Map(gateways={"172.18.0.1": "pair_default", "172.19.0.1": "pair_other"}, containers={"172.18.0.2": "pair_default", "172.19.0.2": "pair_other"})
AS_PREDICTED = [
    ("lan", Probe("a", "published", "10.99.0.1", 8080, 80, ""), True),
    ("lan", Probe("b", "published", "10.99.0.1", 6379, 6379, ""), False),
    ("lan", Probe("b", "wire", "127.0.0.1", 6379, 6379, ""), False),
    ("b", Probe("a", "published", "172.18.0.1", 8080, 80, ""), True),
    ("b", Probe("a", "address", "172.18.0.2", 80, 80, ""), False),
    ("host", Probe("b", "address", "172.19.0.2", 4999, 4999, ""), True),
    ("a", Probe("host", "address", "172.18.0.1", 7000, 7000, ""), True),
    ("a", Probe("internet", "egress", "203.0.113.9", 80, 80, ""), True),
]


@pytest.fixture
def oracle(tmp_path: Path) -> Oracle:
    """Two services on two networks."""
    return Oracle([project_of(COMPOSE, tmp_path)], "28.5", PLACES)


@pytest.mark.parametrize(("source", "probe", "answered"), AS_PREDICTED)
def test_each_kind_of_probe_is_held_against_the_rules(oracle: Oracle, source: str, probe: Probe, answered: bool) -> None:
    assert oracle.wrong([Measured(source, probe, answered)]) == []
    assert len(oracle.wrong([Measured(source, probe, not answered)])) == 1
