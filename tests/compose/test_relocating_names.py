"""The project keeps its name in another folder, so that its volumes and networks are the same ones; its files keep theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.compose.splicing import MASK
from tests.compose.edited import block, moved, text_of, written
from tests.compose.relocated import moved_to
from tests.support import project_of

SERVICE = "services:\n  a:\n    image: a\n"


class TestTheName:
    @pytest.mark.parametrize(
        ("text", "first_lines"),
        [
            (SERVICE, ["name: shop", "", "services:"]),
            ("# mine\n" + SERVICE, ["name: shop", "", "# mine"]),
            ("# mine\n---\n" + SERVICE, ["# mine", "---", "name: shop"]),
            ("%YAML 1.1\n---\n" + SERVICE, ["%YAML 1.1", "---", "name: shop"]),
            ("---\n" + SERVICE, ["---", "name: shop", ""]),
            ("name: hello # mine\n" + SERVICE, ["name: hello # mine", "services:", "  a:"]),
            ("name: hello-${X:-1} # mine\n" + SERVICE, ["name: hello-1 # mine", "services:", "  a:"]),
            ('{"services": {"a": {"image": "a"}}}\n', ['{"name": "shop", "services": {"a": {"image": "a"}}}']),
        ],
    )  # fmt: skip
    def test_is_written_down(self, text: str, first_lines: list[str], tmp_path: Path) -> None:
        made = text_of(moved_to(project_of(text, tmp_path), "../out"))
        assert made.splitlines()[:3] == first_lines

    def test_is_left_to_dot_env_where_that_says_it(self, tmp_path: Path) -> None:
        project = project_of(SERVICE, tmp_path, _dot_env="COMPOSE_PROJECT_NAME=mine\n")
        done = moved_to(project, "../out")
        assert text_of(done) == SERVICE
        assert text_of(done, ".env") == "COMPOSE_PROJECT_NAME=mine\n"

    def test_given_by_the_caller_is_written_down(self, tmp_path: Path) -> None:
        project_of(SERVICE, tmp_path)
        project = load_project([tmp_path / "shop" / "compose.yaml"], project_name="other", environ={})
        assert text_of(moved_to(project, "../out")).startswith("name: other\n")

    def test_nothing_is_written_down_in_place(self, tmp_path: Path) -> None:
        assert written(project_of(SERVICE, tmp_path), []).files == ()


class TestSeveralFiles:
    def test_they_keep_their_names_and_their_order(self, tmp_path: Path) -> None:
        project_of(SERVICE, tmp_path, over_dot_yaml="services:\n  a:\n    build: ./x\n")
        folder = tmp_path / "shop"
        project = load_project([folder / "compose.yaml", folder / "over.yaml"], environ={})
        done = moved_to(project, "../out")
        assert done.compose == ("compose.yaml", "over.yaml")
        assert "build: ../shop/x" in text_of(done, "over.yaml")
        assert text_of(done, "over.yaml").startswith("name: shop\n")

    def test_two_of_one_name_are_told_apart(self, tmp_path: Path) -> None:
        project_of(SERVICE, tmp_path, prod__compose_dot_yaml="services:\n  a:\n    restart: always\n")
        folder = tmp_path / "shop"
        project = load_project([folder / "compose.yaml", folder / "prod" / "compose.yaml"], environ={})
        assert moved_to(project, "../out").compose == ("compose.yaml", "2-compose.yaml")

    def test_several_env_files_become_one(self, tmp_path: Path) -> None:
        project_of("services:\n  a:\n    image: ${I}:${T}\n", tmp_path, one_dot_env="I=a\nT=1", two_dot_env="T=2\n")
        folder = tmp_path / "shop"
        project = load_project([folder / "compose.yaml"], env_files=[folder / "one.env", folder / "two.env"], environ={})
        assert text_of(moved_to(project, "../out"), ".env") == "I=a\nT=1\nT=2\n"


class TestMaskedComments:
    def test_a_moved_value_is_masked_in_every_comment(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            # the password is hunter22
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22 # hunter22!
                  NOTE: "# hunter22 is no comment here"
        """),
            tmp_path,
        )
        made = text_of(written(project, moved("db", "POSTGRES_PASSWORD", "pw")))
        assert f"# the password is {MASK}" in made
        assert f"POSTGRES_PASSWORD_FILE: /run/secrets/pw # {MASK}!" in made
        assert '"# hunter22 is no comment here"' in made

    def test_a_short_value_is_not_looked_for(self, tmp_path: Path) -> None:
        project = project_of("# shop opens\n" + SERVICE + "    environment: {POSTGRES_PASSWORD: shop}\n", tmp_path)
        assert "# shop opens" in text_of(written(project, moved("a", "POSTGRES_PASSWORD", "pw")))
