"""The state of the assistant: every decision can be undone and redone, and nothing is worked out twice."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import Design, file
from batten.errors import DesignError
from batten.model import Risk
from batten.session import Outcome, Session, autosave_path


@pytest.fixture
def session(demo: Path) -> Session:
    """A session on the demo."""
    return Session.open([demo / "compose.yaml"], environ={})


class TestDecisions:
    def test_undo_and_redo(self, session: Session) -> None:
        empty = session.decide(Design(), "start anew")
        assert empty.design == Design()
        assert [decision.label for decision in empty.past] == ["start anew"]
        back = empty.undo()
        assert back.design == session.design
        assert back.redo().design == Design()
        assert back.redo().undo().design == session.design

    def test_the_same_design_is_no_decision(self, session: Session) -> None:
        assert session.decide(session.design, "nothing") is session

    def test_a_new_decision_forgets_what_was_undone(self, session: Session) -> None:
        other = session.decide(Design(), "one").undo().decide(Design(consents=("networks",)), "two")
        assert other.future == ()
        assert other.redo() is other

    def test_there_is_nothing_before_the_first_and_behind_the_last(self, session: Session) -> None:
        assert session.undo() is session
        assert session.redo() is session


class TestOutcomes:
    def test_are_worked_out_once(self, session: Session) -> None:
        assert session.outcome() is session.outcome(Risk.CHECK)
        assert session.outcome().hardening is session.outcome().hardening
        assert session.outcome(Risk.SAFE) is not session.outcome()

    def test_belong_to_their_design(self, session: Session) -> None:
        first = session.outcome()
        other = session.decide(Design(), "nothing at all")
        assert other.outcome() is not first
        assert other.outcome().hardening.changes == ()
        assert session.outcome() is first

    def test_follow_the_accepted_risk(self, session: Session) -> None:
        careful = session.accepting(Risk.SAFE)
        assert len(careful.outcome().hardening.changes) < len(session.outcome().hardening.changes)

    def test_fewer_findings_and_paths_afterwards(self, session: Session) -> None:
        outcome = session.outcome()
        left = [finding for finding in outcome.findings_after if finding.suppressed is None]
        assert len(left) < len(outcome.findings_before)
        assert len(outcome.reach_after.service_paths) < len(outcome.reach_before.service_paths)


class TestFiles:
    def test_the_design_beside_the_project_is_taken(self, demo: Path) -> None:
        (demo / "batten.yaml").write_text(file.dump(Design(consents=("networks",))))
        assert Session.open([demo / "compose.yaml"], environ={}).design.consents == ("networks",)

    def test_a_design_that_makes_no_sense_is_said(self, demo: Path) -> None:
        (demo / "batten.yaml").write_text("version: 9\n")
        with pytest.raises(DesignError):
            Session.open([demo / "compose.yaml"], environ={})

    def test_reload_reads_the_files_and_keeps_the_design(self, session: Session, demo: Path) -> None:
        decided = session.decide(Design(), "nothing")
        text = (demo / "compose.yaml").read_text()
        (demo / "compose.yaml").write_text(text.replace("redis:7-alpine", "redis:8-alpine"))
        again = decided.reload()
        assert again.project.services["cache"].image == "redis:8-alpine"
        assert again.design == Design()
        assert [decision.label for decision in again.past] == ["nothing"]

    def test_autosave_is_private_and_holds_no_values(self, session: Session) -> None:
        saved = session.decide(replace(session.design, consents=("networks",)), "consent").autosave()
        path = autosave_path(session.project)
        assert saved.saved
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert "kelp-lantern" not in path.read_text()
        assert file.read(path).consents == ("networks",)

    def test_two_projects_of_one_name_are_saved_apart(self, session: Session, demo: Path, tmp_path: Path) -> None:
        other = tmp_path / "other" / "shop"
        other.mkdir(parents=True)
        (other / "compose.yaml").write_text("services:\n  a: {image: a}\n")
        assert autosave_path(Session.open([other / "compose.yaml"], environ={}).project) != autosave_path(session.project)


class TestWhatIsKept:
    def test_the_project_as_it_is_is_worked_out_once_for_decisions_that_change_nothing_about_it(self, demo: Path) -> None:
        session = Session.open([demo / "compose.yaml"])
        after = session.decide(replace(session.design, secrets=()), "secrets")
        assert after.outcome().findings_before is session.outcome().findings_before
        assert after.outcome().reach_before is session.outcome().reach_before

    def test_another_tier_is_another_view_of_it(self, demo: Path) -> None:
        session = Session.open([demo / "compose.yaml"])
        before = session.outcome().findings_before
        after = session.decide(replace(session.design, tiers={}), "tiers")
        assert after.outcome().findings_before is not before
        assert after.outcome().findings_before == Outcome(after.project, after.design, after.accept).findings_before
