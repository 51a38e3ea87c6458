"""The review by keys: what is shown, in which order, and the way to the step that decides."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.model import Span
from batten.report.excerpt import Excerpts
from batten.review import catalogue
from batten.session import Session
from tests.support import project_of
from tests.tui.helping import NARROW, WIDE, frame, press, type_text, walk
from tui.app import BattenApp
from tui.findings import ORDERS, STATES, Shown, arranged
from tui.screens.explaining import marked
from tui.screens.questions import QuestionsScreen
from tui.widgets.question_list import QuestionList
from wizards.review import groups
from wizards.steps import STEPS
from wizards.themes import THEMES, theme_of

if TYPE_CHECKING:
    from textual.pilot import Pilot


def listed(app: BattenApp) -> list[str]:
    """The rows of the review with what becomes of each."""
    return [str(option.prompt) for option in app.screen.query_one(QuestionList).options]


class TestWhatIsShown:
    def test_only_what_is_in_one_state(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2")
            counts = {}
            for state in (*STATES, STATES[0]):
                rows = listed(app)
                assert rows, state
                assert state == "all" or all(f" {state}" in row for row in rows)
                counts[state] = len(rows)
                await press(app, pilot, "f")
            assert counts["all"] == counts["open"] + counts["mended"] + counts["kept"]

        walk(demo, turn, WIDE)

    def test_only_what_has_the_words(self, demo: Path) -> None:
        async def search(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2", "slash", *"console")
            assert [row.split()[1].partition(":")[0] for row in listed(app)] == ["dashboard"]
            assert "1 of 18" in frame(app)
            await press(app, pilot, "space", *"published")
            assert len(listed(app)) == 1
            await press(app, pilot, "enter", "k")
            assert "Why is it kept" in frame(app)
            await press(app, pilot, "escape", "escape")
            assert len(listed(app)) == 18

        walk(demo, search, WIDE)

    def test_every_list_of_questions_can_be_searched(self, demo: Path) -> None:
        async def search(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "6", "slash", *"smtp", "down")
            assert isinstance(app.screen, QuestionsScreen)
            question = app.screen.question()
            assert question is not None
            assert question.id == "secrets.worker.SMTP_PASSWORD"
            await press(app, pilot, "slash", *"nowhere")
            assert "0 of" in frame(app)
            await press(app, pilot, "escape")
            assert "answers that hold" in frame(app)

        walk(demo, search)


class TestTheOrder:
    @pytest.mark.parametrize("order", ORDERS)
    def test_everything_is_there_in_every_order(self, order: str, demo: Path) -> None:
        found = groups(Session.open([demo / "compose.yaml"]))
        assert sorted(map(str, arranged(found, Shown(order), lambda group: "open"))) == sorted(map(str, found))

    def test_services_and_themes_stand_together(self, demo: Path) -> None:
        found = groups(Session.open([demo / "compose.yaml"]))
        services = [group[0].service for group in arranged(found, Shown("service"), lambda group: "open")]
        assert [one for one in services if one] == sorted(one for one in services if one)
        assert services[-1] is None
        themes = [theme_of(group[0].rule).name for group in arranged(found, Shown("theme"), lambda group: "open")]
        assert list(dict.fromkeys(themes)) == [theme.name for theme in THEMES if theme.name in themes]

    def test_the_cursor_stays_on_its_finding(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2", "down", "down", "down", "down")
            assert isinstance(app.screen, QuestionsScreen)
            before = app.screen.question()
            for order in (*ORDERS[1:], ORDERS[0]):
                await press(app, pilot, "o")
                assert f"by {order}" in frame(app)
                after = app.screen.question()
                assert (before and before.id) == (after and after.id)

        walk(demo, turn)

    def test_every_rule_has_one_theme(self) -> None:
        rules = [rule for theme in THEMES for rule in theme.rules]
        assert sorted(rules) == sorted(catalogue.names())

    def test_every_theme_leads_to_a_step_that_there_is(self) -> None:
        assert {theme.step for theme in THEMES} - {""} <= {step.name for step in STEPS}


class TestTheWayToTheStep:
    @pytest.mark.parametrize(("words", "mode", "subject"), [("published database", "published", "db"), ("socket root", "sockets", "dashboard")])
    def test_leads_to_the_service_there(self, words: str, mode: str, subject: str, demo: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2", "slash", *("space" if one == " " else one for one in words), "enter", "g")
            assert app.current_mode == mode
            assert isinstance(app.screen, QuestionsScreen)
            assert app.screen.subject() == subject

        walk(demo, go)

    def test_is_not_there_where_no_step_decides(self, demo: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2", "slash", *"digest", "enter", "g")
            assert app.current_mode == "review"
            assert "its step" not in frame(app)

        walk(demo, go)


class TestKeeping:
    def test_without_a_reason_nothing_is_decided(self, demo: Path) -> None:
        async def keep(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session
            await press(app, pilot, "2", "down", "k", "escape")
            assert app.session is before

        walk(demo, keep)

    def test_is_one_decision(self, demo: Path) -> None:
        async def keep(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session.design
            await press(app, pilot, "2", "down", "k")
            await type_text(app, pilot, "the auditors know")
            assert [one.label for one in app.session.past] == ["api: kept"]
            await press(app, pilot, "k")
            assert "the auditors know" in frame(app), "the reason can be changed"
            await press(app, pilot, "escape", "u")
            assert app.session.design == before

        walk(demo, keep)


class TestTheMark:
    @pytest.mark.parametrize("width", [40, 76, 160])
    def test_stands_below_the_words_that_are_meant(self, width: int, tmp_path: Path) -> None:
        project = project_of(f"services:\n  a: {{labels: {{x: {'y' * 90}}}, image: nginx}}\n", tmp_path)
        origin = project.origin(("services", "a", "image")).primary
        assert isinstance(origin, Span)
        *_, line, mark = [one.plain for one in marked(Excerpts(project, ()), origin, width)]
        assert max(len(line), len(mark)) <= width
        start = mark.index("~")
        assert line[start : start + mark.count("~")] == "nginx"


def test_the_review_fits_a_small_terminal(demo: Path) -> None:
    async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
        await press(app, pilot, "2", "down")
        assert "k keep it, with a reason" in frame(app), "the ways to go are in sight"

    walk(demo, look, NARROW)
