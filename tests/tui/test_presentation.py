"""Words, rows and drawings, without an app."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from batten.errors import InputError
from batten.model import Risk, Span, Tier
from batten.session import Session
from tests.support import project_of
from tui.exporting import next_commands
from tui.picture import Picture, develop
from tui.presentation import bullet, choices, complaint, finding_row, fitted, opening, row, several, standing_line, words
from tui.scoresheet import Sheet
from tui.views import view
from tui.widgets.lines import Drawn, lines_of
from wizards.questions import Choice, Question


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    import shutil

    import assets

    shop = Path(shutil.copytree(assets.path("demo/shop"), tmp_path_factory.mktemp("demo") / "shop"))
    return list(develop(Session.open([shop / "compose.yaml"])))[-1]


class TestWords:
    @given(st.text(max_size=60), st.integers(1, 40))
    def test_any_text_fits_its_columns(self, text: str, width: int) -> None:
        assert cell_len(fitted(text, width)) == width

    @given(st.text(max_size=40))
    def test_no_text_has_power(self, text: str) -> None:
        shown = words(text)
        assert not shown.spans
        assert all(character.isprintable() for character in shown.plain)

    @given(st.lists(st.tuples(st.text(max_size=20), st.integers(1, 20)), min_size=1, max_size=5))
    def test_cells_stand_two_columns_apart(self, cells: list[tuple[str, int]]) -> None:
        line = row([(text, width, "") for text, width in cells])
        assert line.cell_length == sum(width for _, width in cells) + 2 * (len(cells) - 1)

    def test_numbers_and_nouns_agree(self) -> None:
        assert [several(1, "path"), several(2, "path"), several(0, "way out", "ways out")] == ["1 path", "2 paths", "0 ways out"]

    def test_further_lines_stand_below_the_first_word(self) -> None:
        assert bullet("one two three four five six seven", 22).plain == "· one two three four\n  five six seven"

    def test_a_complaint_names_the_place(self) -> None:
        error = InputError("this is no [b]port[/b].", hint="Write 80.", span=Span("/x/compose.yaml", 0, 1, 3, 7))
        assert complaint(error).plain == "/x/compose.yaml:3:7  this is no [b]port[/b]. Write 80."


class TestFigures:
    def test_before_and_after(self, picture: Picture) -> None:
        after = picture.after
        assert after is not None
        line = standing_line(picture, False, "saved").plain
        assert line.startswith(f"paths 42 → {len(after.reach.service_paths)} ({after.reach.needed} needed)")
        assert f"findings {len(picture.standing)} → {len(after.standing) + len(after.kept)} ({len(after.kept)} kept)" in line
        assert line.endswith("● saved")

    def test_while_they_are_being_worked_out(self, picture: Picture) -> None:
        assert "paths 42 → …" in standing_line(picture, True, "saving").plain
        assert "paths … → …" in standing_line(Picture(picture.session), False, "saved").plain

    def test_where_they_cannot_be_worked_out(self, picture: Picture) -> None:
        failed = Picture(picture.session, picture.findings, picture.reach, error=InputError("gone."))
        assert "paths 42 → ?" in standing_line(failed, False, "not saved").plain

    def test_what_is_left_to_the_user_is_told_apart(self, picture: Picture) -> None:
        shares = picture.shares
        assert shares is not None
        assert min(shares.safe, shares.check, shares.left) > 0, "the demo has some of each"
        text = opening(picture.session.project, picture).plain
        assert f"{shares.check} once you have looked at the change, {shares.left} by your own hand" in text


class TestRows:
    def test_severity_is_a_word(self, picture: Picture) -> None:
        for finding in picture.standing:
            assert finding_row(finding, 80).plain.startswith(finding.severity.upper())

    def test_choices_mark_the_one_that_holds(self) -> None:
        question = Question("q", "db", "?", "", (Choice("a", "one", "first"), Choice("b", "two", "second")), "b")
        assert choices(question, 40).plain.splitlines() == ["( )  one  first", "(•)  two  second"]

    def test_what_follows_from_a_choice_is_never_cut(self) -> None:
        question = Question("q", "db", "?", "", (Choice("a", "one", "first of all, and then some more"), Choice("b", "two", "second")), "b")
        assert choices(question, 30).plain.splitlines() == ["( )  one  first of all, and", "          then some more", "(•)  two  second"]

    def test_beside_a_long_choice_there_is_no_room(self) -> None:
        question = Question("q", "db", "?", "", (Choice("a", "one that is long", "first"), Choice("b", "two", "")), "b")
        assert choices(question, 30).plain.splitlines() == ["( )  one that is long", "       first", "(•)  two"]


TIERS = {"proxy": Tier.EDGE, "api": Tier.APP, "db": Tier.DATA}
TEXT = """
services:
  db: {image: x, networks: [back]}
  proxy: {image: x, networks: [front]}
  api: {image: x, networks: [front, back]}
networks: {front: {}, back: {internal: true}}
"""


class TestTheMap:
    def test_is_a_score_sheet(self, tmp_path: Path) -> None:
        drawn = Content("\n").join(Sheet(project_of(TEXT, tmp_path), TIERS, 40).lit()).plain
        assert [line.rstrip() for line in drawn.splitlines()] == [
            "      EDGE  APP  DATA",
            "      proxy api  db",
            "front ●─────●",
            "back        ●────● ⊘",
            "⊘ no way out to the internet (internal)",
        ]

    def test_breaks_into_systems_where_it_is_narrow(self, tmp_path: Path) -> None:
        text = "services: {" + ", ".join(f"service{number}: {{image: x}}" for number in range(12)) + "}"
        drawn = Content("\n").join(Sheet(project_of(text, tmp_path), {}, 40).lit()).plain
        assert all(cell_len(line) <= 40 for line in drawn.splitlines())
        assert drawn.count("default") == drawn.count("APP") > 1
        assert drawn.count("●") == 12


def text_of(drawn: Drawn) -> str:
    """A view as plain text."""
    return "\n".join(line.plain for line in lines_of(drawn))


class TestViews:
    @pytest.mark.parametrize("name", ["diff", "map", "left"])
    def test_show_no_secret(self, picture: Picture, name: str) -> None:
        text = text_of(view(name, picture, 80, "worker"))
        assert len(text) > 200
        assert not [value for value in ("Winkle", "kelp-lantern") if value in text]

    def test_the_map_says_how_far_an_intruder_gets(self, picture: Picture) -> None:
        assert "worker, if broken into, leads to" in text_of(view("map", picture, 80, "worker"))

    def test_an_error_takes_their_place(self, picture: Picture) -> None:
        failed = Picture(picture.session, picture.findings, picture.reach, error=InputError("gone.", file="x.yaml"))
        assert text_of(view("diff", failed, 80)).startswith("x.yaml  gone.")


class TestNextCommands:
    def test_start_and_check(self, picture: Picture) -> None:
        after = picture.after
        assert after is not None
        start, check = next_commands(after.hardening, Risk.CHECK)
        home = after.hardening.home
        assert (start, check) == (f"cd {home} && docker compose up -d", f"batten harden {home} --check")

    def test_what_was_not_accepted_is_not_missed(self, picture: Picture) -> None:
        assert picture.after is not None
        assert next_commands(picture.after.hardening, Risk.SAFE)[1].endswith(" --check --accept safe")

    def test_files_of_other_names_are_named_and_quoted(self, tmp_path: Path) -> None:
        folder = tmp_path / "my shop"
        folder.mkdir()
        (folder / "prod.yaml").write_text("services: {a: {image: nginx}}")
        hardening = Session.open([folder / "prod.yaml"]).outcome(Risk.CHECK).hardening
        assert next_commands(hardening, Risk.CHECK)[0] == f"cd '{folder}' && docker compose -f prod.yaml up -d"
