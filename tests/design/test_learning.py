"""What was seen on a running engine becomes evidence, what was never seen a question; nothing is closed by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batten.design import Design, file
from batten.design.learning import cut_off, learned, length, unseen, ways_out
from batten.design.proposal import propose
from batten.design.rewriting import rewritten
from batten.design.sections.networks import Networks, PlannedNetwork
from batten.design.sections.observed import LONG_ENOUGH, Observations, Sighting, Watch
from batten.errors import DesignError
from batten.model import Connection, Evidence, EvidenceKind, Project
from batten.session import Session
from tests.support import project_of
from wizards.connections import CLOSE, KEEP, UNSEEN, Connections, close_unseen
from wizards.questions import decide

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TEXT = """
services:
  web: {image: "example.org/web:1", ports: ["80:80"]}
  api: {image: "example.org/api:1", environment: {DB_HOST: db}}
  job: {image: "example.org/job:1"}
  db: {image: "postgres:16"}
"""


def sighting(source: str, target: str, *ports: str, times: int = 3) -> Sighting:
    """Some connections of a pair; ``a|b`` is one or the other."""
    return Sighting(tuple(source.split("|")), tuple(target.split("|")), ports or ("80/tcp",), times, THEN, THEN + timedelta(hours=1))


def seen(*sightings: Sighting, seconds: float = LONG_ENOUGH, services: str = "web api job db") -> Observations:
    """What was seen while some services ran."""
    return Observations(sightings, (Watch(seconds, frozenset(services.split())),))


@pytest.fixture
def harbour(tmp_path: Path) -> Project:
    """Two images of which nothing is known, one that names its database."""
    return project_of(TEXT, tmp_path)


def kinds(design: Design) -> dict[tuple[str, str], EvidenceKind]:
    """The strongest evidence of each connection between services."""
    return {(one.source, one.target): one.evidence[0].kind for one in design.connections if one.target != "internet"}


class TestEvidence:
    def test_that_was_seen_is_the_strongest(self, harbour: Project) -> None:
        before = propose(harbour)
        assert kinds(before)["api", "db"] is EvidenceKind.NAMED
        after = learned(before, harbour, seen(sighting("api", "db", "5432/tcp")))
        (one,) = [one for one in after.connections if (one.source, one.target) == ("api", "db")]
        assert one.evidence[0] == Evidence(EvidenceKind.OBSERVED, None, "seen 3 times at 5432/tcp, last on 2026-01-02")
        assert one.evidence[1].kind is EvidenceKind.NAMED

    def test_adds_what_no_file_shows(self, harbour: Project) -> None:
        assert ("db", "web") not in kinds(propose(harbour))
        after = learned(propose(harbour), harbour, seen(sighting("db", "web")))
        assert kinds(after)["db", "web"] is EvidenceKind.OBSERVED

    def test_takes_nothing_away(self, harbour: Project) -> None:
        before = propose(harbour)
        after = learned(before, harbour, seen(sighting("api", "db")))
        assert kinds(after).keys() == kinds(before).keys()

    def test_adds_up_over_several_times_of_watching(self, harbour: Project) -> None:
        once = learned(propose(harbour), harbour, seen(sighting("api", "db", "5432/tcp"), seconds=60))
        twice = learned(once, harbour, seen(sighting("api", "db", "5433/tcp"), seconds=30))
        assert twice.observed.of("api", "db") == sighting("api", "db", "5432/tcp", "5433/tcp", times=6)
        assert twice.observed.seconds("api", "db") == 90
        assert [one.kind for one in next(one for one in twice.connections if (one.source, one.target) == ("api", "db")).evidence].count(
            EvidenceKind.OBSERVED
        ) == 1

    def test_of_something_outside_is_a_way_out(self, harbour: Project) -> None:
        both = learned(propose(harbour), harbour, seen(sighting("db", "lan", "25/tcp"), sighting("db", "internet", "443/tcp")))
        assert ways_out(both) == {"db"}
        assert [one.evidence[0].text for one in both.connections if one.source == "db" and one.target == "internet"] == [
            "seen 3 times at 443/tcp, last on 2026-01-02"
        ]

    def test_is_none_where_it_is_not_certain_or_not_about_services(self, harbour: Project) -> None:
        after = learned(
            propose(harbour), harbour, seen(sighting("web|job", "db"), sighting("lan", "web"), sighting("api", "stranger"), sighting("api", "host"))
        )
        assert EvidenceKind.OBSERVED not in kinds(after).values()


class TestWhatWasNeverSeen:
    def asked(self, design: Design, project: Project) -> set[tuple[str, str]]:
        """The pairs that are proposed to be closed."""
        return {(one.connection.source, one.connection.target) for one in unseen(design, project)}

    def assumed(self, design: Design) -> set[tuple[str, str]]:
        """The pairs that are assumed."""
        return {pair for pair, kind in kinds(design).items() if kind is EvidenceKind.ASSUMED}

    def test_is_what_is_assumed_and_was_watched_for_long_enough(self, harbour: Project) -> None:
        design = learned(propose(harbour), harbour, seen(sighting("web", "api")))
        assert ("web", "api") in self.assumed(propose(harbour)) and len(self.assumed(propose(harbour))) > 4
        assert self.asked(design, harbour) == self.assumed(design)
        assert ("web", "api") not in self.asked(design, harbour)

    def test_is_nothing_after_a_short_time(self, harbour: Project) -> None:
        assert self.asked(learned(propose(harbour), harbour, seen(seconds=LONG_ENOUGH - 1)), harbour) == set()

    def test_is_nothing_of_a_service_that_did_not_run(self, harbour: Project) -> None:
        design = learned(propose(harbour), harbour, seen(services="web api db"))
        assert self.asked(design, harbour)
        assert not any("job" in pair for pair in self.asked(design, harbour))

    def test_is_nothing_that_may_have_been_seen(self, harbour: Project) -> None:
        design = learned(propose(harbour), harbour, seen(sighting("web|job", "db")))
        assert {("web", "db"), ("job", "db")}.isdisjoint(self.asked(design, harbour))

    def test_is_nothing_that_the_files_name(self, harbour: Project) -> None:
        assert ("api", "db") not in self.asked(learned(propose(harbour), harbour, seen()), harbour)


class TestTheStep:
    def session(self, project: Project, observations: Observations) -> Session:
        """A session that has learned."""
        return Session(project, learned(propose(project), project, observations))

    def test_says_for_how_long_it_was_not_seen_and_keeps_it(self, harbour: Project) -> None:
        session = self.session(harbour, seen(sighting("job", "db"), seconds=7200))
        (asked,) = [one for one in Connections().questions(session) if one.subject == "job"]
        assert set(asked.default) == {choice.value for choice in asked.choices}
        assert all(choice.hint.startswith("not seen in 2 hours of watching; ") for choice in asked.choices)
        assert "db" not in asked.default, "what was seen is no question any more"
        assert any(one.text.startswith("needs db: seen 3 times") for one in asked.evidence)

    def test_closes_all_of_it_in_one_decision_that_can_be_undone(self, harbour: Project) -> None:
        session = self.session(harbour, seen(sighting("web", "api")))
        closed = close_unseen(session)
        assert set(kinds(closed.design)) == {("web", "api"), ("api", "db")}
        assert {frozenset(one.services) for one in closed.design.networks.networks.values()} >= {frozenset({"web", "api"}), frozenset({"api", "db"})}
        assert closed.undo().design == session.design

    def test_asks_about_all_of_it_at_once(self, harbour: Project) -> None:
        session = self.session(harbour, seen(sighting("web", "api"), seconds=7200))
        first = Connections().questions(session)[0]
        assert (first.id, first.default) == (UNSEEN, KEEP)
        assert first.prompt == f"{len(unseen(session.design, harbour))} that are only assumed were not seen in 2 hours of watching. Close them?"
        assert "job -> db" in first.why
        assert decide(session, Connections(), first, KEEP) is session
        closed = decide(session, Connections(), first, CLOSE)
        assert closed.design == close_unseen(session).design
        assert UNSEEN not in {one.id for one in Connections().questions(closed)}

    def test_closes_nothing_where_nothing_was_watched(self, harbour: Project) -> None:
        session = self.session(harbour, Observations())
        assert close_unseen(session) is session


class TestNetworks:
    def test_that_would_cut_off_what_was_seen_are_told(self, harbour: Project) -> None:
        networks = Networks("least", {"a": PlannedNetwork(("web", "api")), "b": PlannedNetwork(("api", "db"), internal=True)})
        design = learned(Design(networks=networks), harbour, seen(sighting("web", "api"), sighting("web", "db"), sighting("db", "internet")))
        assert [(one.source, one.target) for one in cut_off(design, harbour)] == [("web", "db"), ("db", "internet")]

    def test_of_the_proposal_keep_what_was_seen_anyway(self, harbour: Project) -> None:
        assert cut_off(learned(propose(harbour), harbour, seen(sighting("api", "db"))), harbour) == ()


class TestTheFile:
    OBSERVED = seen(sighting("web|job", "db", "5432/tcp", "53/udp"), sighting("api", "db"))

    def test_keeps_it_all(self) -> None:
        design = Design(observed=self.OBSERVED)
        assert file.load(file.dump(design)).observed == self.OBSERVED

    def test_says_nothing_where_nothing_was_watched(self) -> None:
        assert "observed" not in file.dump(Design())

    @pytest.mark.parametrize(
        ("text", "line", "says"),
        [
            ("version: 1\nobserved:\n  seen: []\n", 3, "'seen' is not a key"),
            ("version: 1\nobserved:\n  watched:\n  - {seconds: soon, services: [a]}\n", 4, "whole number"),
            ("version: 1\nobserved:\n  connections:\n  - {from: a, to: b, times: 1, first: now, last: now}\n", 4, "must be a time"),
            ("version: 1\nobserved:\n  connections:\n  - {from: a, times: 1}\n", 4, "to is missing"),
        ],
    )
    def test_complains_with_the_place(self, text: str, line: int, says: str) -> None:
        with pytest.raises(DesignError, match=says) as raised:
            file.load(text)
        assert raised.value.span is not None and raised.value.span.line == line


HAND = """\
# Ours. Do not touch without asking.
version: 1

tiers:
  app: [api]   # the heart

# who talks
connections:
- {from: api, to: db, because: we know, evidence: declared}
# a remark inside
- {from: web, to: api, because: we know, evidence: declared}

# the rest
keeps:
- {rule: docker-socket, reason: "it's needed"}
"""


class TestRewriting:
    def test_leaves_everything_else_as_it_was(self, harbour: Project) -> None:
        design = learned(file.load(HAND), harbour, seen(sighting("api", "db", "5432/tcp")))
        text = rewritten(HAND, design, ("connections", "networks", "observed"))
        assert file.load(text).observed == design.observed
        assert kinds(file.load(text)) == {("api", "db"): EvidenceKind.OBSERVED, ("web", "api"): EvidenceKind.DECLARED}
        head, tail = HAND.index("connections:"), HAND.index("# the rest")
        assert text.startswith(HAND[:head]) and HAND[tail:] in text
        assert text.count("# who talks") == 1

    def test_replaces_what_it_wrote_itself(self, harbour: Project) -> None:
        once = learned(file.load(HAND), harbour, seen(sighting("api", "db")))
        text = rewritten(HAND, once, ("connections", "observed"))
        twice = learned(file.load(text), harbour, seen(sighting("api", "db")))
        again = rewritten(text, twice, ("connections", "observed"))
        assert file.load(again).observed.of("api", "db") == sighting("api", "db", times=6)
        assert again.count("observed:\n") == text.count("observed:\n") == 1

    def test_changes_nothing_where_nothing_is_new(self) -> None:
        assert rewritten(HAND, file.load(HAND), ("connections", "observed")) == HAND

    def test_refuses_a_text_in_which_it_cannot_find_its_place(self, harbour: Project) -> None:
        text = "{version: 1, keeps: []}\n"
        design = learned(file.load(text), harbour, seen(sighting("api", "db")))
        with pytest.raises(DesignError):
            rewritten(text, design, ("connections", "observed"))

    def test_of_a_fresh_design_is_the_design(self, harbour: Project) -> None:
        design = propose(harbour)
        after = learned(design, harbour, seen(sighting("db", "web")))
        assert file.load(rewritten(file.dump(design), after, ("connections", "observed"))) == file.load(file.dump(after))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 seconds"), (1, "1 second"), (119.9, "119 seconds"), (120, "2 minutes"), (7199, "119 minutes"), (7200, "2 hours"), (200_000, "2 days")],
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert length(seconds) == words


def test_a_connection_without_evidence_is_no_question(harbour: Project) -> None:
    design = replace(propose(harbour), connections=(Connection("web", "db", ()),), observed=seen())
    assert unseen(design, harbour) == ()
