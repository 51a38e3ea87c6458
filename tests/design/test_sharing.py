"""A credential in a shared place leaves it when all who take it from there can, and says why where they cannot."""

from __future__ import annotations

from pathlib import Path

from batten.design.proposal import propose
from batten.design.sections.secrets import FILE, KEEP, SHIM
from batten.hardening import harden
from batten.model import Project
from tests.compose.edited import block
from tests.support import project_of


def _decided(project: Project) -> dict[tuple[str, str], tuple[str, str]]:
    return {(one.service, one.variable): (one.how, one.reason) for one in propose(project).secrets}


class TestEnvFiles:
    def test_another_service_that_needs_the_line_keeps_it_there(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: db.env
              backend:
                image: example.org/backend:1
                env_file: db.env
        """)
        project = project_of(text, tmp_path, db_dot_env="POSTGRES_PASSWORD=correct-horse\n")
        how, reason = _decided(project)["db", "POSTGRES_PASSWORD"]
        assert (how, reason) == (KEEP, "backend takes it from the same line of db.env and is not known to read it from a file")
        assert harden(project, propose(project)).refusals == ()

    def test_two_databases_move_it_together(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: db.env
              replica:
                image: postgres:16
                env_file: db.env
        """)
        project = project_of(text, tmp_path, db_dot_env="POSTGRES_PASSWORD=correct-horse\n")
        assert {how for how, _ in _decided(project).values()} == {FILE}
        done = harden(project, propose(project))
        assert done.refusals == ()
        assert {file.path for file in done.rewritten.files} == {"compose.yaml", "db.env"}

    def test_one_that_needs_the_start_script_takes_the_others_along(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: db.env
              replica:
                image: postgres:16
                env_file: db.env
                healthcheck:
                  test: psql postgres://u:$${POSTGRES_PASSWORD}@localhost
        """)
        project = project_of(text, tmp_path, db_dot_env="POSTGRES_PASSWORD=correct-horse\n")
        assert {how for how, _ in _decided(project).values()} == {SHIM}
        done = harden(project, propose(project))
        assert done.refusals == ()
        assert {name: list(service.environment) for name, service in done.after.services.items()} == {"db": [], "replica": []}

    def test_one_that_has_to_stay_holds_the_others(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: db.env
              replica:
                image: postgres:16
                env_file: db.env
                post_start: [{command: psql}]
                healthcheck:
                  test: psql postgres://u:$${POSTGRES_PASSWORD}@localhost
        """)
        project = project_of(text, tmp_path, db_dot_env="POSTGRES_PASSWORD=correct-horse\n")
        assert {how for how, _ in _decided(project).values()} == {KEEP}
        assert "replica takes it from the same line of db.env" in _decided(project)["db", "POSTGRES_PASSWORD"][1]

    def test_a_line_of_dot_env_that_fills_in_other_texts_stays(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: .env
              web:
                image: example.org/web:1
                environment:
                  DATABASE_URL: postgres://u:${POSTGRES_PASSWORD}@db/x
        """)
        project = project_of(text, tmp_path, _dot_env="POSTGRES_PASSWORD=correct-horse\n")
        how, reason = _decided(project)["db", "POSTGRES_PASSWORD"]
        assert (how, reason) == (KEEP, "the line of .env that holds it also fills in POSTGRES_PASSWORD elsewhere")

    def test_a_line_of_dot_env_that_fills_in_only_the_variable_itself_goes(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                env_file: .env
                environment:
                  # was ${POSTGRES_PASSWORD} once
                  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}
        """)
        project = project_of(text, tmp_path, _dot_env="POSTGRES_PASSWORD=correct-horse\n")
        assert _decided(project)["db", "POSTGRES_PASSWORD"][0] == FILE
        assert harden(project, propose(project)).refusals == ()


class TestAnchors:
    def test_an_environment_that_an_application_shares(self, tmp_path: Path) -> None:
        text = block("""
            x-env: &env
              POSTGRES_PASSWORD: correct-horse
            services:
              db:
                image: postgres:16
                environment: *env
              web:
                image: example.org/web:1
                environment:
                  <<: *env
        """)
        reason = _decided(project_of(text, tmp_path))["db", "POSTGRES_PASSWORD"][1]
        assert reason == "web takes it from the same place and is not known to read it from a file"

    def test_a_value_with_an_anchor_moves_although_others_use_it(self, tmp_path: Path) -> None:
        text = block("""
            services:
              db:
                image: postgres:16
                environment:
                  POSTGRES_PASSWORD: &pw correct-horse
              web:
                image: example.org/web:1
                environment:
                  PASSWORD: *pw
        """)
        project = project_of(text, tmp_path)
        assert _decided(project)["db", "POSTGRES_PASSWORD"][0] == FILE
        assert "PASSWORD: &pw correct-horse" in harden(project, propose(project)).rewritten.files[0].text
