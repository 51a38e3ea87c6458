"""What several services share by anchors and merge keys changes there, where all of them take the change."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import WRITTEN_FOR_IT, block, dropped, lines_changed, moved, refusals
from tests.support import project_of


class TestAnchors:
    def test_an_environment_used_twice_changes_where_both_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment: &env
                  POSTGRES_PASSWORD: hunter22
              db2:
                image: postgres
                environment: *env
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + moved("db2", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+    secrets:",
            "+      - pw",
            *WRITTEN_FOR_IT,
        ]

    def test_an_environment_used_twice_is_left_where_one_does_not_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment: &env
                  POSTGRES_PASSWORD: hunter22
              db2:
                image: postgres
                environment: *env
        """),
            tmp_path,
        )
        assert set(refusals(project, moved("db", "POSTGRES_PASSWORD", "pw"))) == {"db2 takes it from the same place as db and would not take the same change"}

    def test_a_merged_environment(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-env: &env
              POSTGRES_PASSWORD: hunter22 # for both
            services:
              db:
                image: postgres
                environment:
                  <<: *env
                  A: b
              db2:
                image: postgres
                environment:
                  <<: *env
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + moved("db2", "POSTGRES_PASSWORD", "pw")) == [
            "-  POSTGRES_PASSWORD: hunter22 # for both",
            "+  POSTGRES_PASSWORD_FILE: /run/secrets/pw # for both",
            "+    secrets:",
            "+      - pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_merge_list(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-a: &a
              A: b
            x-env: &env
              POSTGRES_PASSWORD: hunter22
            services:
              db:
                image: postgres
                environment:
                  <<: [*a, *env]
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-  POSTGRES_PASSWORD: hunter22",
            "+  POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_merged_service(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-a: &a
              environment:
                POSTGRES_PASSWORD: hunter22
            services:
              db:
                <<: *a
                image: postgres
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-    POSTGRES_PASSWORD: hunter22",
            "+    POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_value_with_an_anchor_moves_to_the_first_who_still_uses_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: &pw "hunter 22"
              web:
                image: web
                environment:
                  PASS: *pw
                  OTHER: *pw
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            '-      POSTGRES_PASSWORD: &pw "hunter 22"',
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+    secrets:",
            "+      - pw",
            "-      PASS: *pw",
            '+      PASS: &pw "hunter 22"',
            "+",
            "+secrets:",
            "+  pw:",
            "+    file: ./secrets/pw",
        ]

    def test_an_anchor_that_nobody_uses_goes(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: &pw hunter22
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: &pw hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_an_anchor_all_of_whose_users_move_goes(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: &pw hunter22
              db2:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: *pw
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + moved("db2", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: &pw hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+    secrets:",
            "+      - pw",
            "-      POSTGRES_PASSWORD: *pw",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_list_merged_from_a_shared_place_changes_there_where_all_take_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-base: &base
              cap_drop: [ALL]
            services:
              a:
                <<: *base
                image: a
              b:
                <<: *base
                image: b
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("a", "b")) == [
            "-  cap_drop: [ALL]",
            "+  cap_drop: [ALL, NET_RAW]",
        ]

    def test_a_list_merged_from_a_shared_place_is_written_out_where_one_takes_it(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-base: &base
              cap_drop: ["ALL"]
            services:
              a:
                <<: *base
                image: a
              b:
                <<: *base
                image: b
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("a")) == [
            "+    cap_drop:",
            '+      - "ALL"',
            "+      - NET_RAW",
        ]

    def test_a_new_key_does_not_flow_into_services_that_do_not_want_it(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: &a\n    image: a\n  b:\n    <<: *a\n    restart: always\n", tmp_path)
        assert set(refusals(project, dropped("a"))) == {"b takes over what a says by a merge key and would not take the same change"}
        assert lines_changed(project, dropped("a", "b")) == ["+    cap_drop:", "+      - NET_RAW", "+    cap_drop:", "+      - NET_RAW"]

    def test_a_list_that_is_an_alias_is_written_out(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            x-drop: &drop
              - ALL
            services:
              a:
                image: a
                cap_drop: *drop
              b:
                image: b
                cap_drop: *drop
        """),
            tmp_path,
        )
        assert lines_changed(project, dropped("a")) == [
            "-    cap_drop: *drop",
            "+    cap_drop: [ALL, NET_RAW]",
        ]
