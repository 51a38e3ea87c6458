"""A moved secret is followed by its value: every other place where it still stands is told, and none of them shows it."""

from __future__ import annotations

from pathlib import Path

from batten.compose import load_project
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.secrets import remaining
from batten.model import Project
from tests.support import project_of

DATABASE = """
services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: {password}
  web:
    image: example.org/web:1
"""


def _told(project: Project) -> list[tuple[str, str, int]]:
    return [(one.secret, one.what, one.place.line) for one in remaining(project, propose(project))]


def _beside(password: str, more: str, tmp_path: Path, **files: str) -> list[tuple[str, str, int]]:
    return _told(project_of(DATABASE.format(password=password) + more, tmp_path, **files))


class TestWhereItStands:
    def test_another_variable_and_a_url(self, tmp_path: Path) -> None:
        more = "    environment:\n      PASS: correct-horse-7\n      DATABASE_URL: postgres://u:correct-horse-7@db/x\n"
        assert _beside("correct-horse-7", more, tmp_path) == [
            ("postgres_password", "the variable PASS of web", 10),
            ("postgres_password", "the variable DATABASE_URL of web", 11),
        ]

    def test_a_url_that_quotes_it(self, tmp_path: Path) -> None:
        more = "    environment: {DATABASE_URL: 'postgres://u:a%2Fb%40c7-d@db/x'}\n"
        assert _beside("a/b@c7-d", more, tmp_path) == [("postgres_password", "the variable DATABASE_URL of web", 9)]

    def test_a_command_a_label_a_healthcheck_and_a_comment(self, tmp_path: Path) -> None:
        more = (
            "    command: run --password correct-horse-7\n"
            "    labels: {note: correct-horse-7}\n"
            "    healthcheck:\n"
            "      test: check correct-horse-7 # is it correct-horse-7 still?\n"
        )
        assert [what for _, what, _ in _beside("correct-horse-7", more, tmp_path)] == [
            "the command of web",
            "the label note of web",
            "the healthcheck of web",
            "a comment in compose.yaml",
        ]

    def test_the_line_of_dot_env_that_it_comes_from(self, tmp_path: Path) -> None:
        assert _beside("${DB_PASS}", "", tmp_path, _dot_env="# mine\nDB_PASS=correct-horse-7\n") == [("postgres_password", "DB_PASS in .env", 2)]

    def test_the_password_of_a_url_that_moves(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        assert ("api_redis", "the command of cache") in {(secret, what) for secret, what, _ in _told(project)}


class TestWhatIsNoOtherPlace:
    def test_an_ordinary_word_is_only_found_as_a_password(self, tmp_path: Path) -> None:
        more = "    environment: {MODE: postgres, DATABASE_URL: 'postgres://postgres:postgres@db/x'}\n"
        assert [what for _, what, _ in _beside("postgres", more, tmp_path)] == ["the variable DATABASE_URL of web"]

    def test_what_moves_too_does_not_remain(self, tmp_path: Path) -> None:
        more = "  replica:\n    image: postgres:16\n    environment: {POSTGRES_PASSWORD: correct-horse-7}\n"
        assert _beside("correct-horse-7", more, tmp_path) == []

    def test_a_part_of_a_longer_word_is_another_word(self, tmp_path: Path) -> None:
        assert _beside("horse7", "    environment: {NAME: seahorse77}\n", tmp_path) == []

    def test_nothing_moves(self, tmp_path: Path) -> None:
        project = project_of(DATABASE.format(password="correct-horse-7"), tmp_path)
        assert remaining(project, Design()) == ()

    def test_no_message_holds_a_value(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        assert "kelp-lantern" not in repr(remaining(project, propose(project)))
