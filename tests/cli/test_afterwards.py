"""What follows the questions of the plain mode."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batten.cli import afterwards, parsing
from batten.design import file
from batten.design.sections.observed import Observations, Sighting, Watch
from batten.session import Session
from wizards.learning import learn
from wizards.questions import Answer, Question


class Answering:
    """Gives written answers, the default where none is left, and remembers what was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, question: Question) -> Answer:
        """The next one."""
        self.asked.append(question.id)
        return self._answers.pop(0) if self._answers and question.id in ("next", "time") else question.default


def options(*arguments: object) -> argparse.Namespace:
    """What the wizard was called with."""
    return parsing.parser_of("wizard").parse_args([*map(str, arguments), "--plain"])


@pytest.fixture
def shop(demo: Path) -> Session:
    return Session.open([demo / "compose.yaml"])


def test_the_design_is_printed_by_default(shop: Session, demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert afterwards.follow(shop, options(demo), Answering()) == 0
    assert capsys.readouterr().out == file.dump(shop.design)


def test_without_an_engine_it_says_so_and_asks_again(shop: Session, demo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{demo}/nobody.sock")
    answering = Answering("verify", "observe", "2m", "print")
    assert afterwards.follow(shop, options(demo), answering) == 0
    out, err = capsys.readouterr()
    assert answering.asked == ["next", "next", "time", "next"]
    assert err.count("there is no engine") == 2
    assert out == file.dump(shop.design)


def test_what_was_seen_is_taken_in_and_what_is_open_is_asked(
    shop: Session, demo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
    seen = Observations((Sighting(("web",), ("cache",), ("6379/tcp",), 4, now, now),), (Watch(600, frozenset(shop.project.services)),))
    called: list[list[str]] = []

    def watch(name: str, arguments: list[str]) -> int:
        called.append([name, *arguments])
        path = Path(arguments[arguments.index("--output") + 1])
        path.write_text(file.dump(learn(Session(shop.project, file.read(path)), seen).design))
        return 0

    monkeypatch.setattr(parsing, "run", watch)
    answering = Answering("observe", "2m", "print")
    assert afterwards.follow(shop, options(demo, "--profile", "x", "-p", "shop"), answering) == 0
    assert called[0][:3] == ["observe", "--for", "2m"]
    assert called[0][-6:] == ["--profile", "x", "--project-name", "shop", "--", str(demo)]
    assert answering.asked[:2] == ["next", "time"]
    assert "connections.worker" in answering.asked
    assert "6379/tcp" in capsys.readouterr().out


def test_the_design_goes_along_to_be_applied(shop: Session, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decided = shop.decide(shop.design.leaving_out("privileges.web", "it complained"), "left out")
    taken = []

    def apply(name: str, arguments: list[str]) -> int:
        taken.append((name, Path(arguments[1]).read_text(), arguments[2:4]))
        return 1

    monkeypatch.setattr(parsing, "run", apply)
    assert afterwards.follow(decided, options(demo, "--accept", "safe"), Answering("apply")) == 1
    assert taken == [("apply", file.dump(decided.design), ["--accept", "safe"])]
