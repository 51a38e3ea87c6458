"""New items, keys and sections: where they go, and what they leave alone."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import WRITTEN_FOR_IT, block, dropped, lines_changed, moved
from tests.support import project_of


class TestNewKeys:
    def test_behind_the_comments_that_belong_to_the_service(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: web
                ports:
                  - 80:80 # here
                  # - 443:443
                # the end of web

              # what follows
              db:
                image: db
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("web", "db")) == [
            "+    cap_drop:",
            "+      - NET_RAW",
            "+    cap_drop:",
            "+      - NET_RAW",
        ]

    def test_behind_a_block_of_text_that_keeps_its_line_ends(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                labels:
                  A: |+
                    text


            # end
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "+    cap_drop:",
            "+      - NET_RAW",
        ]

    def test_behind_a_block_of_text(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                labels:
                  A: >-
                    text
                    more


            # end
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "+    cap_drop:",
            "+      - NET_RAW",
        ]

    def test_in_a_flow_service(self, tmp_path: Path) -> None:
        project = project_of("services: {db: {image: postgres}}\n", tmp_path)
        assert lines_changed(project, dropped("db")) == [
            "-services: {db: {image: postgres}}",
            "+services: {db: {image: postgres, cap_drop: [NET_RAW]}}",
        ]

    def test_behind_a_trailing_comma(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db: {image: postgres, }
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "-  db: {image: postgres, }",
            "+  db: {image: postgres, cap_drop: [NET_RAW], }",
        ]


class TestItems:
    def test_at_the_end_of_a_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                cap_drop:
                  - SETUID # one
                  # two
                  - SETGID # three
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "+      - NET_RAW",
        ]

    def test_of_a_list_that_is_not_indented(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                cap_drop:
                - SETUID
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "+    - NET_RAW",
        ]

    def test_of_a_flow_list_over_lines(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                cap_drop: [
                  SETUID,
                  SETGID,
                ]
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "-      SETGID,",
            "+      SETGID, NET_RAW,",
        ]

    def test_of_an_empty_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                cap_drop: []
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "-    cap_drop: []",
            "+    cap_drop: [NET_RAW]",
        ]

    def test_of_an_empty_list_with_an_anchor(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                cap_drop: &none []
                restart: always
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("db")) == [
            "-    cap_drop: &none []",
            "+    cap_drop: &none [NET_RAW]",
        ]


class TestSections:
    def test_a_new_one_goes_to_the_end(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
            volumes:
              data: {}
            # the end
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_an_entry_follows_the_others(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            secrets:
              other:
                file: ./o # theirs
              # commented

            # services
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
                secrets: [other]
        """),
            tmp_path,
            o="x",
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "+  pw:",
            "+    file: ./secrets/pw",
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "-    secrets: [other]",
            "+    secrets: [other, pw]",
        ]

    def test_an_entry_of_a_flow_section(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            secrets: {other: {file: ./o}}
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
        """),
            tmp_path,
            o="x",
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-secrets: {other: {file: ./o}}",
            "+secrets: {other: {file: ./o}, pw: {file: ./secrets/pw}}",
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+    secrets:",
            "+      - pw",
        ]

    def test_an_empty_section(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            secrets: {}
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-secrets: {}",
            "+secrets: {pw: {file: ./secrets/pw}}",
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+    secrets:",
            "+      - pw",
        ]
