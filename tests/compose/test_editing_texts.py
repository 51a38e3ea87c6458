"""What stands around a place stays as it is, byte for byte; env files change line by line."""

from __future__ import annotations

from pathlib import Path

from tests.compose.edited import WRITTEN_FOR_IT, block, bound, difference, dropped, lines_changed, moved, written
from tests.support import project_of


class TestTheTextAround:
    def test_line_ends_of_windows(self, tmp_path: Path) -> None:
        project = project_of(("services:\r\n  db:\r\n    image: postgres\r\n    environment:\r\n      POSTGRES_PASSWORD: hunter22\r\n"), tmp_path)
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22\r",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw\r",
            "+    secrets:\r",
            "+      - pw\r",
            "+\r",
            "+secrets:\r",
            "+  pw:\r",
            "+    file: ./secrets/pw\r",
        ]

    def test_no_line_end_at_the_end(self, tmp_path: Path) -> None:
        project = project_of(("services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: hunter22"), tmp_path)
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_byte_order_mark(self, tmp_path: Path) -> None:
        project = project_of(("\ufeffservices:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: hunter22\n"), tmp_path)
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_text_of_many_bytes_before_the_place(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            # héllo ✓ 🎉
            services:
              db: # ✓
                image: postgres
                environment:
                  A: "🎉"
                  POSTGRES_PASSWORD: hunter22 # 🎉
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22 # 🎉",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw # 🎉",
            *WRITTEN_FOR_IT,
        ]

    def test_an_indented_root(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            # top
              services:
                db:
                  image: postgres
                  environment:
                    POSTGRES_PASSWORD: hunter22
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-        POSTGRES_PASSWORD: hunter22",
            "+        POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            "+      secrets:",
            "+        - pw",
            "+",
            "+  secrets:",
            "+    pw:",
            "+      file: ./secrets/pw",
        ]

    def test_several_documents(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              web:
                image: nginx
            ---
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + dropped("web")) == [
            "+    cap_drop:",
            "+      - NET_RAW",
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_a_document_end_mark(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                environment:
                  POSTGRES_PASSWORD: hunter22
            ...
            # bye
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw")) == [
            "-      POSTGRES_PASSWORD: hunter22",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]

    def test_json_stays_json(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            {
              "services": {
                "db": {
                  "image": "db",
                  "environment": {"POSTGRES_PASSWORD": "hunter22"},
                  "ports": ["1:1"]
                }
              }
            }
        """),
            tmp_path,
        )
        assert lines_changed(project, moved("db", "POSTGRES_PASSWORD", "pw") + bound("db", "127.0.0.1")) == [
            '-      "environment": {"POSTGRES_PASSWORD": "hunter22"},',
            '+      "environment": {"POSTGRES_PASSWORD_FILE": "/run/secrets/pw"},',
            '-      "ports": ["1:1"]',
            '+      "ports": ["127.0.0.1:1:1"], "secrets": ["pw"]',
            "-  }",
            '+  }, "secrets": {"pw": {"file": "./secrets/pw"}}',
        ]


class TestEnvFiles:
    def test_the_line_of_an_env_file(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: db.env
        """),
            tmp_path,
            db_dot_env=block("""
            # the password
            POSTGRES_PASSWORD="hunter22" # x
            export A=b
        """),
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == WRITTEN_FOR_IT
        assert difference(project, done, "db.env") == [
            '-POSTGRES_PASSWORD="hunter22" # x',
            "+POSTGRES_PASSWORD_FILE=/run/secrets/pw # x",
        ]

    def test_an_exported_line(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: [db.env]
        """),
            tmp_path,
            db_dot_env=("export POSTGRES_PASSWORD=hunter22\r\nA=b\r\n"),
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == WRITTEN_FOR_IT
        assert difference(project, done, "db.env") == [
            "-export POSTGRES_PASSWORD=hunter22\r",
            "+export POSTGRES_PASSWORD_FILE=/run/secrets/pw\r",
        ]

    def test_dot_env_as_an_env_file(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: .env
        """),
            tmp_path,
            _dot_env=block("""
            POSTGRES_PASSWORD=hunter22
            A=b
        """),
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == WRITTEN_FOR_IT
        assert difference(project, done, ".env") == [
            "-POSTGRES_PASSWORD=hunter22",
            "+POSTGRES_PASSWORD_FILE=/run/secrets/pw",
        ]

    def test_an_overridden_line_goes_too(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file:
                  - path: db.env
                    required: false
                environment:
                  POSTGRES_PASSWORD: hunter23
        """),
            tmp_path,
            db_dot_env="POSTGRES_PASSWORD=hunter22\n",
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == [
            "-      POSTGRES_PASSWORD: hunter23",
            "+      POSTGRES_PASSWORD_FILE: /run/secrets/pw",
            *WRITTEN_FOR_IT,
        ]
        assert difference(project, done, "db.env") == [
            "-POSTGRES_PASSWORD=hunter22",
            "+POSTGRES_PASSWORD_FILE=/run/secrets/pw",
        ]

    def test_a_comment_with_the_value_is_masked(self, tmp_path: Path) -> None:
        project = project_of(
            block("""
            services:
              db:
                image: postgres
                env_file: db.env
        """),
            tmp_path,
            db_dot_env=block("""
            # hunter22 since May
            POSTGRES_PASSWORD=hunter22
        """),
        )
        done = written(project, moved("db", "POSTGRES_PASSWORD", "pw"))
        assert difference(project, done, "compose.yaml") == WRITTEN_FOR_IT
        assert difference(project, done, "db.env") == [
            "-# hunter22 since May",
            "-POSTGRES_PASSWORD=hunter22",
            "+# •••••••• since May",
            "+POSTGRES_PASSWORD_FILE=/run/secrets/pw",
        ]
