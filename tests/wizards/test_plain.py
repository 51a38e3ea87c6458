"""The plain mode: every question once, answered at a prompt or from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from batten.errors import BattenError, DesignError, InputError
from batten.session import Session
from wizards.plain import prompted, run_plain
from wizards.questions import Answer, Choice, Question
from wizards.steps import STEPS


@pytest.fixture
def shop(demo: Path) -> Session:
    return Session.open([demo / "compose.yaml"])


def silent(text: str) -> None:
    """Say nothing."""


class TestAskingInTurn:
    def test_every_open_question_comes_once(self, shop: Session) -> None:
        asked: list[str] = []

        def default(question: Question) -> Answer:
            asked.append(question.id)
            return question.default

        assert run_plain(shop, ask=default, say=silent) is shop
        wanted = [one.id for step in STEPS for one in step.questions(shop) if not one.settled]
        assert asked == wanted

    def test_an_answer_may_bring_a_question(self, shop: Session) -> None:
        answers = {"review.exposed-database.db": "keep", "review.exposed-database.db.reason": "the analysts"}
        after = run_plain(shop, ask=lambda question: answers.get(question.id, question.default), say=silent)
        assert [one.reason for one in after.design.keeps if one.rule == "exposed-database"] == ["the analysts"]

    def test_an_impossible_answer_is_asked_for_again(self, shop: Session) -> None:
        said: list[str] = []
        typed = iter(["office", "10.1.2.3"])
        after = run_plain(shop, ask=lambda one: next(typed) if one.id == "published.db.5432/tcp" else one.default, say=said.append)
        assert [one.address for one in after.design.published if one.service == "db"] == ["10.1.2.3"]
        assert any("'office' is not an address" in line for line in said)

    def test_each_step_says_what_it_is_good_for(self, shop: Session) -> None:
        said: list[str] = []
        run_plain(shop, ask=lambda question: question.default, say=said.append)
        assert [line for line in said if line.startswith("== ")] == [f"== {step.title}" for step in STEPS if step.applies(shop)]

    def test_the_user_may_stop(self, shop: Session) -> None:
        def stop(question: Question) -> Answer:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run_plain(shop, ask=stop, say=silent)


class TestAnswersFromAFile:
    def file(self, tmp_path: Path, text: str) -> Path:
        path = tmp_path / "answers.yaml"
        path.write_text(text)
        return path

    def test_they_are_taken_and_the_rest_stays_as_proposed(self, shop: Session, tmp_path: Path) -> None:
        text = "tiers.worker: job\nnetworks.edge-api.services: [proxy, web]\npublished.proxy.80/tcp: 127.0.0.1\nsecrets.db.POSTGRES_PASSWORD: keep\n"
        after = run_plain(shop, answers=self.file(tmp_path, text), say=silent)
        assert after.design.tiers["worker"].tier == "job"
        assert after.design.networks.networks["edge-api"].services == ("proxy", "web")
        assert [one.address for one in after.design.published if one.service == "proxy"] == ["127.0.0.1"]
        assert [one.how for one in after.design.secrets if one.service == "db"] == ["keep"]
        assert after.design.privileges == shop.design.privileges

    def test_the_same_in_another_order_changes_nothing(self, shop: Session, tmp_path: Path) -> None:
        assert run_plain(shop, answers=self.file(tmp_path, "networks.edge-api.services: [web, api, proxy]\n"), say=silent) is shop

    def test_it_equals_the_same_answers_at_a_prompt(self, shop: Session, tmp_path: Path) -> None:
        given = {"tiers.api": "data", "privileges.web": "nothing", "review.wildcard-port.dashboard": "leave"}
        text = "".join(f"{id}: {value}\n" for id, value in given.items())
        by_file = run_plain(shop, answers=self.file(tmp_path, text), say=silent)
        by_hand = run_plain(shop, ask=lambda question: given.get(question.id, question.default), say=silent)
        assert by_file.design == by_hand.design

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            ("tiers.db: cellar\n", ":1:11", "'cellar' is not an answer"),
            ("tiers.db: data\ntiers.nobody: app\n", ":2:15", "no question 'tiers.nobody' is asked"),
            ("published.db.5432/tcp: office\n", ":1:24", "is not an address"),
            ("tiers.db: {a: 1}\n", ":1:11", "an answer is a text"),
            ("- tiers.db\n", ":1:1", "a mapping from question to answer"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place(self, shop: Session, tmp_path: Path, text: str, place: str, message: str) -> None:
        with pytest.raises(DesignError) as raised:
            run_plain(shop, answers=self.file(tmp_path, text), say=silent)
        assert f"answers.yaml{place}" in str(raised.value)
        assert message in str(raised.value)

    def test_a_missing_file_is_an_error(self, shop: Session, tmp_path: Path) -> None:
        with pytest.raises(InputError):
            run_plain(shop, answers=tmp_path / "nowhere.yaml", say=silent)

    def test_a_file_that_is_not_yaml_is_an_error(self, shop: Session, tmp_path: Path) -> None:
        with pytest.raises(BattenError):
            run_plain(shop, answers=self.file(tmp_path, "a: [\n"), say=silent)


class Prompt:
    """Stands in for a questionary prompt."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def unsafe_ask(self) -> Any:
        """The answer."""
        return self.value


class TestPrompts:
    """Questions as questionary gets them; its own drawing is not ours to test."""

    @pytest.fixture
    def shown(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        import questionary

        seen: dict[str, Any] = {"answers": []}

        def prompt(title: str, **options: Any) -> Prompt:
            seen.update(title=title, **options)
            return Prompt(seen["answers"].pop(0))

        fake = ModuleType("questionary")
        for name in ("select", "checkbox", "text"):
            setattr(fake, name, prompt)
        fake.Choice = questionary.Choice  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "questionary", fake)
        return seen

    def question(self, **changes: Any) -> Question:
        parts: dict[str, Any] = dict(
            id="t.db", subject="db", prompt="What?", why="Because.", choices=(Choice("a", "first"), Choice("b", "second")), default="b"
        )
        return Question(**{**parts, **changes})

    def test_one_of_several(self, shown: dict[str, Any]) -> None:
        shown["answers"] = ["a"]
        assert prompted(self.question()) == "a"
        assert (shown["title"], shown["default"]) == ("db · What? (Because.)", "b")

    def test_any_number(self, shown: dict[str, Any]) -> None:
        shown["answers"] = [["a", "b"]]
        assert prompted(self.question(several=True, default=("a",))) == ("a", "b")
        assert [box.checked for box in shown["choices"]] == [True, False]

    def test_a_text(self, shown: dict[str, Any]) -> None:
        shown["answers"] = ["the analysts"]
        assert prompted(self.question(choices=(), free="a reason", default="")) == "the analysts"

    def test_something_else_than_the_choices(self, shown: dict[str, Any]) -> None:
        shown["answers"] = ["\0other", "10.0.0.1"]
        assert prompted(self.question(free="another address")) == "10.0.0.1"

    def test_strange_names_have_no_power(self, shown: dict[str, Any]) -> None:
        shown["answers"] = ["a"]
        prompted(self.question(subject="\x1b[31mdb\x07"))
        assert shown["title"].isprintable()
