"""Connections counted and told: each once, doubts settled where they can be, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batten.design.sections.observed import Observations, Watch
from batten.engine.flows import Flow, Key
from batten.engine.sampling import Sample
from batten.engine.tally import Tally
from batten.engine.vantage import Address
from batten.report.observation import Watched, observation_json, observation_text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def flow(number: int, source: str = "web", target: str = "db", *, over: bool = False, port: int = 5432, through_host: bool = False) -> Flow:
    """A connection from the ephemeral port ``number``."""
    key = Key(Address("172.20.0.2", number), Address("172.20.0.3", port), 0)
    return Flow(key, tuple(source.split("|")), tuple(target.split("|")), port, through_host, over)


def counted(*looks: Sequence[Flow], services: str = "web db") -> Observations:
    """What comes of some looks, a second apart."""
    tally = Tally()
    for number, flows in enumerate(looks):
        tally.add(Sample(flows, frozenset(services.split())), float(number), NOW + timedelta(seconds=number))
    return tally.observations()


class TestCounting:
    def test_counts_a_connection_once_however_often_it_is_seen(self) -> None:
        (one,) = counted([flow(1), flow(1)], [flow(1)], [flow(1), flow(2)]).sightings
        assert (one.pair, one.times, one.ports) == (("web", "db"), 2, ("5432/tcp",))
        assert (one.first, one.last) == (NOW, NOW + timedelta(seconds=2))

    def test_counts_one_with_the_same_ends_again_after_a_while(self) -> None:
        assert counted([], [flow(1)], *[[]] * 10, [flow(1)]).sightings[0].times == 2
        assert counted([], [flow(1)], [], [], [flow(1)]).sightings[0].times == 1, "tracking is read less often"

    def test_leaves_out_what_was_over_before_it_began(self) -> None:
        assert counted([flow(1, over=True)], [flow(1, over=True)]).sightings == ()
        assert counted([], [flow(1, over=True)]).sightings[0].times == 1
        assert counted([flow(1)]).sightings[0].times == 1

    def test_takes_the_view_that_knows_most(self) -> None:
        (one,) = counted([flow(1, "sidecar|web"), flow(1, "web")]).sightings
        assert one.sources == ("web",)

    def test_does_not_repeat_a_doubt_that_is_settled(self) -> None:
        assert [one.sources for one in counted([flow(1, "web")], [flow(2, "sidecar|web")]).sightings] == [("web",)]
        assert [one.sources for one in counted([flow(1, "web")], [flow(2, "sidecar|web", port=99)]).sightings] == [("web",), ("sidecar", "web")]

    def test_knows_the_hosts_hand_in_what_it_passes_on(self) -> None:
        passed = [flow(1, through_host=True), flow(2, "host")]
        assert [one.pair for one in counted(passed).sightings] == [("web", "db")]
        assert [one.pair for one in counted([flow(2, "host")]).sightings] == [("host", "db")]

    def test_tells_what_is_new(self) -> None:
        tally = Tally()
        news = [tally.add(Sample(flows, frozenset()), 0.0, NOW) for flows in ([flow(1)], [flow(2)], [flow(3, "api")])]
        assert [[one.pair for one in some] for some in news] == [[("web", "db")], [], [("api", "db")]]

    def test_knows_for_how_long_services_ran_together(self) -> None:
        tally = Tally()
        for second, services in enumerate(["web db", "web db", "web", "web", "web db", "web db"]):
            tally.add(Sample((), frozenset(services.split())), float(second), NOW)
        found = tally.observations()
        assert (found.seconds("web"), found.seconds("web", "db"), found.seconds("web", "other")) == (5, 2, 0)


def told(**fields: object) -> Watched:
    """The end of a time of watching."""
    looks = [flow(1), flow(2), flow(3, "sidecar|web", port=99), flow(4, "db", "internet", port=443)], [flow(5)]
    observations = replace(counted(*looks), watches=(Watch(600, frozenset({"web", "db"})),))
    usual = Watched("shop", "28.5.2", observations, 600.0, 300, 1.5, ("web", "db", "idle"), (), (), ())
    return usual._replace(**fields)  # type: ignore[arg-type]


class TestTheReport:
    def test_says_what_was_seen_and_what_it_cost(self) -> None:
        assert observation_text(told()) == TEXT

    def test_says_why_it_ended_early(self) -> None:
        assert observation_text(told(stopped="the engine was gone")).startswith("shop: seen in 10 minutes on Docker 28.5.2, until the engine was gone\n")

    def test_is_harmless_to_a_terminal(self) -> None:
        assert "\x1b" not in observation_text(told(observations=counted([flow(1, "we\x1b[31mb")])))

    def test_is_told_to_programs(self) -> None:
        data = observation_json(told())
        assert set(data) == {"schema_version", "project", "engine", "seconds", "complete", "connections", "unseen", "absent", "cost"}
        assert data["connections"][1] == {
            "from": ["sidecar", "web"], "to": "db", "ports": ["99/tcp"], "times": 1, "first": "2026-01-02T03:04:05Z", "last": "2026-01-02T03:04:05Z",
        }  # fmt: skip
        assert (data["complete"], data["absent"], data["cost"]) == (True, ["idle"], {"looks": 300, "cpu_seconds": 1.5, "share": 0.0025})


TEXT = """\
shop: seen in 10 minutes on Docker 28.5.2

Connections
  - sidecar or web → db: 99/tcp, once
  - web → db: 5432/tcp, 3 times

From and to outside
  - db → internet: 443/tcp, once

Not watched, since they did not run
  - idle

300 looks, 5 ms of processor time each, 0.2% of one processor.
"""
