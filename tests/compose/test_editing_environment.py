"""A variable turned into the name of a secret's file, in every form in which people write environments."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import WRITTEN_FOR_IT, block, lines_changed, moved
from tests.support import project_of


class TestMapping:
    def test_comments_beside_stay_and_the_value_in_them_is_masked(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  # the user
                  POSTGRES_USER: shop # who
                  POSTGRES_PASSWORD: hunter22 # was hunter22 before, too
                  POSTGRES_DB: shop
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22 # was hunter22 before, too",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw # was •••••••• before, too",
            *WRITTEN_FOR_IT,
        ]

    def test_a_double_quoted_value_with_escapes(self, tmp_path: Path) -> None:
        project = project_of(('services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: "hunter22\\u00e9 #1" # it\n'), tmp_path)
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            '-      POSTGRES_PASSWORD: "hunter22\\u00e9 #1" # it',
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw # it",
            *WRITTEN_FOR_IT,
        ]

    def test_a_quoted_name(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  "POSTGRES_PASSWORD": 'hunter22'
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      \"POSTGRES_PASSWORD\": 'hunter22'",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_block_of_text(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: |
                    hunter22

                  # behind
                  A: b
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "-      POSTGRES_PASSWORD: |",
            "-        hunter22",
            *WRITTEN_FOR_IT,
        ]

    def test_a_plain_value_over_two_lines(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
                    and more
                  A: b
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "-      POSTGRES_PASSWORD: hunter22",
            "-        and more",
            *WRITTEN_FOR_IT,
        ]

    def test_a_flow_mapping(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment: { POSTGRES_USER: a, POSTGRES_PASSWORD: hunter22 }  # all
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-    environment: { POSTGRES_USER: a, POSTGRES_PASSWORD: hunter22 }  # all",
            "+    environment: { POSTGRES_USER: a, POSTGRES_PASSWORD_FILE: /run/secrets/pw }  # all",
            *WRITTEN_FOR_IT,
        ]

    def test_a_whole_service_in_flow_style(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db: {image: postgres, environment: {POSTGRES_PASSWORD: hunter22}}
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-  db: {image: postgres, environment: {POSTGRES_PASSWORD: hunter22}}",
            "+  db: {image: postgres, environment: {POSTGRES_PASSWORD_FILE: /run/secrets/pw}, secrets: [pw]}",
            "+",
            "+secrets:",
            "+  pw:",
            "+    file: ./secrets/pw",
        ]

    def test_a_variable_without_a_value_is_filled_from_dot_env(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD:
                  A: b
        """),
            tmp_path,
            _dot_env="POSTGRES_PASSWORD=hunter22\n",
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD:",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_variable_of_another_name_is_left_alone(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  OLD_POSTGRES_PASSWORD: hunter22
                  POSTGRES_PASSWORD: hunter22
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]


class TestList:
    def test_a_plain_item(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  - POSTGRES_USER=shop
                  - POSTGRES_PASSWORD=hunter22 # secret
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      - POSTGRES_PASSWORD=hunter22 # secret",
            "+      - POSTGRES_PASSWORD_FILE=/run/secrets/pw # secret",
            *WRITTEN_FOR_IT,
        ]

    def test_a_quoted_item(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  - "POSTGRES_PASSWORD=hunter22 #x"
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            '-      - "POSTGRES_PASSWORD=hunter22 #x"',
            "+      - POSTGRES_PASSWORD_FILE=/run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_flow_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment: [POSTGRES_USER=a, "POSTGRES_PASSWORD=hunter22"]
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            '-    environment: [POSTGRES_USER=a, "POSTGRES_PASSWORD=hunter22"]',
            "+    environment: [POSTGRES_USER=a, POSTGRES_PASSWORD_FILE=/run/secrets/pw]",
            *WRITTEN_FOR_IT,
        ]

    def test_a_list_that_is_not_indented(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                - POSTGRES_PASSWORD=hunter22
                - A=b
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-    - POSTGRES_PASSWORD=hunter22",
            "+    - POSTGRES_PASSWORD_FILE=/run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_tabs_before_comments_stay(self, tmp_path: Path) -> None:
        project = project_of(
            ("services:\n  db:\n    image: postgres\n    environment:\n      - POSTGRES_PASSWORD=hunter22\t# tab\n      - A=b\t# tab\n"), tmp_path
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      - POSTGRES_PASSWORD=hunter22\t# tab",
            "+      - POSTGRES_PASSWORD_FILE=/run/secrets/pw\t# tab",
            *WRITTEN_FOR_IT,
        ]
