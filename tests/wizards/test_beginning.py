"""The steps for a project that begins, and for what it is written for."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from batten.errors import DesignError
from batten.session import Session
from tests.support import project_of
from wizards.plain import run_plain
from wizards.questions import Answer, Question, decide
from wizards.services import Services
from wizards.target import TargetStep


def empty(tmp_path: Path) -> Session:
    """A session in an empty folder."""
    return Session.begin(tmp_path)


def answered(session: Session, step: Services | TargetStep, id: str, answer: Answer) -> Session:
    """The session after one answer."""
    question = next(one for one in step.questions(session) if one.id == id)
    return decide(session, step, question, answer)


class TestServices:
    def test_are_asked_for_only_where_a_project_begins(self, tmp_path: Path) -> None:
        there = project_of("services: {a: {image: x}}", tmp_path)
        assert not Services().applies(Session.open([Path(there.files[0])]))
        (tmp_path / "empty").mkdir()
        assert Services().applies(empty(tmp_path / "empty"))

    def test_can_be_added_and_get_the_tier_of_their_image(self, tmp_path: Path) -> None:
        session = answered(empty(tmp_path), Services(), "services.add.3", "cache redis:7")
        session = answered(session, Services(), "services.app.needs", ("db", "cache"))
        assert set(session.project.services) == {"proxy", "app", "db", "cache"}
        assert str(session.design.tiers["cache"].tier) == "data"
        assert session.outcome().reach_after.between("app", "cache") is not None
        assert session.outcome().reach_after.between("proxy", "cache") is None

    def test_can_be_taken_away_with_what_needs_them(self, tmp_path: Path) -> None:
        session = answered(empty(tmp_path), Services(), "services.db.stay", "remove")
        assert set(session.project.services) == {"proxy", "app"}
        assert session.design.services["app"].needs == ()

    def test_get_ports_images_and_secrets(self, tmp_path: Path) -> None:
        session = empty(tmp_path)
        for id, answer in (
            ("services.app.image", "me/app:2"),
            ("services.app.ports", "8080:80, 9090:90/udp"),
            ("services.app.secrets", "TOKEN=token, DATABASE_PASSWORD=db_password"),
        ):
            session = answered(session, Services(), id, answer)
        app = session.design.services["app"]
        assert (app.image, app.ports, app.secrets) == ("me/app:2", ("8080:80", "9090:90/udp"), {"TOKEN": "token", "DATABASE_PASSWORD": "db_password"})
        assert answered(session, Services(), "services.app.ports", "nothing").design.services["app"].ports == ()

    @pytest.mark.parametrize(
        ("id", "answer"),
        [
            ("services.add.3", "onlyname"), ("services.add.3", "db redis:7"), ("services.add.3", "$(id) x"),
            ("services.app.image", "a b"), ("services.app.ports", "80;80"), ("services.app.secrets", "A B=c"),
        ],
    )  # fmt: skip
    def test_that_cannot_be_are_refused(self, tmp_path: Path, id: str, answer: str) -> None:
        with pytest.raises(DesignError):
            answered(empty(tmp_path), Services(), id, answer)

    def test_a_tier_that_was_decided_stays(self, tmp_path: Path) -> None:
        from wizards.tiers import Tiers

        session = empty(tmp_path)
        question = next(one for one in Tiers().questions(session) if one.subject == "app")
        session = decide(session, Tiers(), question, "ops")
        assert str(answered(session, Services(), "services.add.3", "cache redis:7").design.tiers["app"].tier) == "ops"

    def test_are_asked_one_by_one_on_a_plain_terminal(self, tmp_path: Path) -> None:
        asked: list[str] = []

        def ask(question: Question) -> Answer:
            asked.append(question.id)
            return "cache redis:7" if question.id == "services.add.3" else question.default

        session = run_plain(empty(tmp_path), ask=ask, say=lambda line: None)
        assert "services.cache.needs" in asked
        assert "services.add.4" in asked
        assert set(session.design.services) == {"proxy", "app", "db", "cache"}


class TestTarget:
    def test_of_compose_files_can_be_a_swarm_too(self, tmp_path: Path) -> None:
        session = answered(empty(tmp_path), TargetStep(), "target.kind", "both")
        assert (session.design.target.kind, session.design.target.stack_file, session.design.target.own_files) == ("both", True, True)
        session = answered(session, TargetStep(), "target.encrypted", "encrypted")
        stack = session.outcome().hardening.stack
        assert stack is not None
        assert all(network["driver_opts"] == {"encrypted": ""} for network in stack.model["networks"].values())
        assert not any("encrypted" in str(network) for network in session.outcome().hardening.after.tree.plain()["networks"].values())

    def test_of_a_stack_file_is_that_file_unless_a_fresh_one_is_wanted(self, tmp_path: Path) -> None:
        text = "services: {a: {image: x, deploy: {placement: {constraints: [node.role == manager]}}}}"
        session = Session.open([Path(project_of(text, tmp_path).files[0])])
        (question,) = TargetStep().questions(session)
        assert question.default == "own"
        fresh = answered(session, TargetStep(), "target.kind", "stack")
        assert fresh.design.target.stack_file
        assert answered(fresh, TargetStep(), "target.kind", "compose").design.target.own_files


class TestARealPrompt:
    def test_enter_keeps_the_whole_example(self, tmp_path: Path) -> None:
        session = Session.begin(tmp_path)
        with create_pipe_input() as keys:
            keys.send_text("\r" * 120)
            with create_app_session(input=keys, output=DummyOutput()):
                assert run_plain(session, say=lambda _: None) is session
