"""What several services share through an env file or a service that they extend."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import WRITTEN_FOR_IT, block, bound, difference, dropped, lines_changed, moved, placed, refusals, written
from tests.support import project_of


class TestEnvFilesOfSeveralServices:
    def test_a_line_that_both_take_from_a_file(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: db.env
              db2:
                image: postgres
                env_file: db.env
        """),
            tmp_path,
            db_dot_env="POSTGRES_PASSWORD=hunter22\n",
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw") + moved("db2", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == [
            "+    secrets:",
            "+      - pw",
            *WRITTEN_FOR_IT,
        ]
        assert difference(project, done, "db.env") == [
            "-POSTGRES_PASSWORD=hunter22",
            "+POSTGRES_PASSWORD_FILE=/run/secrets/pw",
        ]

    def test_a_line_that_another_service_needs_stays(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: db.env
              web:
                image: web
                env_file: db.env
        """),
            tmp_path,
            db_dot_env="POSTGRES_PASSWORD=hunter22\n",
        )
        assert set(refusals(project, moved("db", "POSTGRES_PASSWORD", "pw"))) == {"web takes it from the same place as db and would not take the same change"}


class TestExtends:
    def test_both_take_the_change(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              base:
                image: postgres
                environment: {POSTGRES_PASSWORD: hunter22}
              db:
                extends: base
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + moved("base", "POSTGRES_PASSWORD", "pw")) == [
            "-    environment: {POSTGRES_PASSWORD: hunter22}",
            "+    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}",
            *WRITTEN_FOR_IT,
        ]

    def test_the_parent_does_not_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              base:
                image: postgres
                environment: {POSTGRES_PASSWORD: hunter22}
              db:
                extends: base
                restart: always
        """),
            tmp_path,
        )
        assert set(refusals(project, moved("db", "POSTGRES_PASSWORD", "pw"))) == {"base takes it from the same place as db and would not take the same change"}

    def test_an_item_of_the_parent_is_not_added_twice(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              base:
                image: postgres
              db:
                extends: base
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("base", "db")) == [
            "+    cap_drop:",
            "+      - NET_RAW",
        ]

    def test_a_parent_in_another_file(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                extends: {file: base.yaml, service: base}
        """),
            tmp_path,
            base_dot_yaml=block("""
            services:
              base:
                image: postgres
                environment: {POSTGRES_PASSWORD: hunter22} # theirs
        """),
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw") + dropped("db"))
        assert difference(project, done, "compose.yaml") == [
            "+    secrets:",
            "+      - pw",
            "+    cap_drop:",
            "+      - NET_RAW",
            "+",
            "+secrets:",
            "+  pw:",
            "+    file: ./secrets/pw",
        ]
        assert difference(project, done, "base.yaml") == [
            "-    environment: {POSTGRES_PASSWORD: hunter22} # theirs",
            "+    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw} # theirs",
        ]

    def test_ports_of_a_parent_are_bound_there(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              base:
                image: postgres
                ports: ["5432:5432"]
              db:
                extends: base
                ports: ["5433:5432"]
        """),
            tmp_path,
        )
        assert lines_changed(project, bound("base", "127.0.0.1") + bound("db", "127.0.0.1", 0, 1)) == [
            '-    ports: ["5432:5432"]',
            '+    ports: ["127.0.0.1:5432:5432"]',
            '-    ports: ["5433:5432"]',
            '+    ports: ["127.0.0.1:5433:5432"]',
        ]

    def test_networks_of_a_parent_are_overridden(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              base:
                image: x
                networks: [one]
              db:
                extends: base
            networks:
              one:
        """),
            tmp_path,
        )
        assert lines_changed(project, placed(project, {"db": ["data"]})) == [
            "+    networks: !override",
            "+      - data",
            "+  data:",
        ]
