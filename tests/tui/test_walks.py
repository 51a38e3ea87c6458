"""Whole walks by keys alone, through every step to files: the reference takes them, and the plain mode makes the same ones of the same answers."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

import assets
from batten.compose import load_project
from batten.compose.discovery import discover
from batten.design import file
from batten.session import Session
from bench.reference import ask, program
from tests.cli.calling import call, snapshot
from tests.tui.acting import GONE, Acting
from tests.tui.helping import NARROW, frame, press, settled, type_text
from tui.app import BattenApp
from tui.walk import START
from wizards.plain import run_plain
from wizards.questions import Answer, Question, Step, decide, decide_all

if TYPE_CHECKING:
    from textual.pilot import Pilot

OWN = Path(__file__).parent.parent / "fixtures" / "walks"
CORPUS = Path(os.environ.get("BATTEN_CORPUS", "")) / "projects"
FOREIGN = ("docker__awesome-compose--nginx-golang-mysql-compose", "n8n-io__n8n-hosting--docker-compose-withPostgresAndWorker-docker-compose")
DECIDING = {
    "review": ("down", "l", "down", "k"),
    "tiers": ("right", "greater_than_sign"),
    "connections": ("o", "enter"),
    "networks": ("down", "right"),
    "target": (),
}
"""Keys that decide something in a step; in the others they are those of ``USUAL``."""
USUAL = ("down", "right")


class Notes:
    """Writes down what is answered on the screens, as an answers file for the plain mode has it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answers: dict[str, Answer] = {}
        for place in ("step", "review"):
            monkeypatch.setattr(f"tui.screens.{place}.decide", self.decide)
        monkeypatch.setattr("tui.screens.connections.decide_all", self.decide_all)

    def decide(self, session: Session, step: Step, question: Question, answer: Answer) -> Session:
        """As the screens decide, written down where it was a decision."""
        after = decide(session, step, question, answer)
        if after is not session:
            self.answers[question.id] = answer
        return after

    def decide_all(self, session: Session, step: Step, answers: Iterable[tuple[Question, Answer]], words: str) -> Session:
        """The same for several answers at once."""
        given = list(answers)
        self.answers |= {question.id: answer for question, answer in given if answer != question.default}
        return decide_all(session, step, given, words)

    def as_file(self, path: Path) -> Path:
        """The answers as a file."""
        path.write_text(yaml.safe_dump({id: list(answer) if isinstance(answer, tuple) else answer for id, answer in self.answers.items()}))
        return path


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    """What is answered in this test."""
    return Notes(monkeypatch)


def compose_of(name: str, tmp_path: Path) -> Path:
    """The compose file of a copy of a project."""
    home = Path(str(assets.path("demo/shop"))) if name == "shop" else OWN / name if (OWN / name).is_dir() else CORPUS / name
    if not home.is_dir():
        pytest.skip("BATTEN_CORPUS names no folder with it")
    copy = Path(shutil.copytree(home, tmp_path / "project" / name))
    return next(path for path in sorted(copy.rglob("*compose.y*ml")))


def walked(compose: Path, keys_at: Callable[[str], Sequence[str]], into: Path | None) -> tuple[list[str], Session]:
    """Walk through a project with keys at each step, and export it into a folder where one is named; gives the steps and the session."""

    async def run() -> tuple[list[str], Session]:
        app = BattenApp(Session.open([compose]), Acting(GONE))
        async with app.run_test(size=NARROW) as pilot:
            await settled(app, pilot)
            assert app.current_mode == START.name
            steps = [step async for step in through(app, pilot, keys_at)]
            if into is not None:
                await press(app, pilot, "x")
                await type_text(app, pilot, str(into))
                assert app.exported, frame(app)
            return steps, app.session

    return asyncio.run(run())


async def through(app: BattenApp, pilot: Pilot[Any], keys_at: Callable[[str], Sequence[str]]) -> AsyncIterator[str]:
    """From the first screen to the last by ``n``; what asks for a text gets one, other boxes are closed."""
    await press(app, pilot, "n")
    while app.current_mode != "export":
        await press(app, pilot, *keys_at(app.current_mode))
        while app.screen.is_modal:
            if "Why is it kept" in frame(app):
                await type_text(app, pilot, "known to us")
            else:
                await press(app, pilot, "escape")
        yield app.current_mode
        await press(app, pilot, "n")


@pytest.mark.parametrize("name", ["shop", "journal", "metering", *FOREIGN])
def test_by_keys_to_files_that_the_reference_takes_and_the_plain_mode_writes_too(name: str, tmp_path: Path, notes: Notes) -> None:
    compose, out = compose_of(name, tmp_path), tmp_path / "out"
    original = snapshot(compose.parent)
    steps, session = walked(compose, lambda step: DECIDING.get(step, USUAL), out)
    assert {"review", "tiers", "networks", "privileges"} <= set(steps)
    assert len(session.past) >= len({id.partition(".")[0] for id in notes.answers}) >= 4, "something was decided in most steps"
    assert snapshot(compose.parent) == original
    by_keys = snapshot(out)
    reference = program()
    if reference is not None:
        model, complaint = ask(reference, out, [], {})
        assert model is not None, complaint
        assert set(model["services"]) == set(load_project(discover(out), environ={}).services)
    shutil.rmtree(out)
    answers = notes.as_file(tmp_path / "answers.yaml")
    assert run_plain(Session.open([compose]), answers=answers).design == session.design
    done = call("wizard", compose, "--answers", answers, "-o", out)
    assert done.code == 0, done.err
    assert snapshot(out) == by_keys


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", ["shop", "journal"])
def test_any_keys_come_to_what_the_same_answers_come_to(name: str, seed: int, tmp_path: Path, notes: Notes) -> None:
    dice = random.Random(seed)
    compose = compose_of(name, tmp_path)

    def thrown(step: str) -> list[str]:
        down, turn = dice.randint(0, 6), dice.choice(("right", "left"))
        return ["down"] * min(down, 2) + ["greater_than_sign"] if step == "tiers" else ["down"] * down + [turn]

    session = walked(compose, thrown, None)[1]
    by_answers = run_plain(Session.open([compose]), ask=lambda one: notes.answers.get(one.id, one.default), say=lambda line: None)
    assert notes.answers
    assert file.dump(by_answers.design) == file.dump(session.design)
