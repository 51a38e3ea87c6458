"""A hardening on its way to the disk."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from batten.design.proposal import propose
from batten.errors import WriteError
from batten.hardening import Hardening, harden
from batten.model import Risk
from generators import export
from tests.support import project_of

SHOP = """
services:
  db:
    image: postgres:16
    ports: ["5432:5432"]
    environment:
      POSTGRES_PASSWORD: swordfish-9917
"""


def hardened(tmp_path: Path, text: str = SHOP, into: Path | None = None, accept: Risk = Risk.CHECK) -> Hardening:
    """A project, hardened."""
    project = project_of(text, tmp_path)
    return harden(project, propose(project), into=into, accept=accept)


class TestInPlace:
    def test_says_what_was_written_and_where_the_old_files_are(self, tmp_path: Path) -> None:
        done = export(hardened(tmp_path))
        assert done.folder == tmp_path / "shop"
        assert {name.partition("/")[0] for name in done.files} == {"compose.yaml", "secrets", "ROTATE-SECRETS.md", ".gitignore", ".dockerignore", "batten.yaml"}
        assert done.backup is not None
        assert re.fullmatch(r"\d{8}-\d{6}(-\d+)?", done.backup.name)
        assert (done.backup / "compose.yaml").read_text() == SHOP

    def test_does_not_lose_an_edit_that_was_made_meanwhile(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (tmp_path / "shop/compose.yaml").write_text(SHOP + "# and this\n")
        with pytest.raises(WriteError, match="has changed since it was read"):
            export(hardening)
        assert (tmp_path / "shop/compose.yaml").read_text() == SHOP + "# and this\n"
        assert [path.name for path in (tmp_path / "shop").iterdir()] == ["compose.yaml"]

    def test_writes_nothing_where_nothing_changes(self, tmp_path: Path) -> None:
        export(hardened(tmp_path))
        (tmp_path / "shop/batten.yaml").unlink()
        again = hardened(tmp_path, (tmp_path / "shop/compose.yaml").read_text())
        assert again.changes == ()
        assert export(again).files == ()
        assert not (tmp_path / "shop/batten.yaml").exists()

    def test_takes_a_secret_that_is_there_already_with_the_same_value(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (name,) = [change.path[1] for change in hardening.changes if change.path[0] == "secrets"]
        (tmp_path / "shop/secrets").mkdir()
        (tmp_path / f"shop/secrets/{name}").write_text("swordfish-9917")
        (tmp_path / f"shop/secrets/{name}").chmod(0o444)
        assert f"secrets/{name}" not in export(hardening).files

    def test_replaces_a_secret_of_another_value_only_when_that_is_said(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path)
        (name,) = [change.path[1] for change in hardening.changes if change.path[0] == "secrets"]
        (tmp_path / "shop/secrets").mkdir()
        (tmp_path / f"shop/secrets/{name}").write_text("another")
        with pytest.raises(WriteError, match="holds another value"):
            export(hardening)
        done = export(hardening, force=True)
        assert done.backup is not None
        assert (done.backup / f"secrets/{name}").read_text() == "another"

    def test_keeps_a_second_backup_beside_the_first(self, tmp_path: Path) -> None:
        first = export(hardened(tmp_path, accept=Risk.SAFE)).backup
        project = hardened(tmp_path, (tmp_path / "shop/compose.yaml").read_text())
        second = export(project).backup
        assert first is not None
        assert second is not None
        assert first != second
        assert (first / "compose.yaml").read_text() == SHOP

    def test_reaches_a_file_that_lies_outside_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "common.yaml").write_text("services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n")
        hardening = hardened(tmp_path, "services:\n  db:\n    extends: {file: ../common.yaml, service: db}\n")
        done = export(hardening)
        assert str(tmp_path / "common.yaml") in done.files or "../common.yaml" in done.files
        assert "127.0.0.1:5432:5432" in (tmp_path / "common.yaml").read_text()
        assert done.backup is not None
        assert "127.0.0.1" not in (done.backup / "up/common.yaml").read_text()


class TestIntoAnotherFolder:
    def test_shows_nobody_what_nobody_could_read(self, tmp_path: Path) -> None:
        hardening = hardened(tmp_path, into=tmp_path / "out")
        (tmp_path / "shop/compose.yaml").chmod(0o640)
        export(hardening)
        assert (tmp_path / "out/compose.yaml").stat().st_mode & 0o777 == 0o640

    def test_adds_to_an_ignore_file_without_being_forced(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/.gitignore").write_text("*.log\n")
        export(hardened(tmp_path, into=tmp_path / "out"))
        assert (tmp_path / "out/.gitignore").read_text().startswith("*.log\n")

    def test_replaces_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out/README.md").write_text("mine\n")
        with pytest.raises(WriteError, match=r"README\.md is there already"):
            export(hardened(tmp_path, into=tmp_path / "out"))
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["README.md"]

    def test_is_not_the_project_itself_under_another_name(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "shop")
        with pytest.raises(WriteError, match="own folder under another name"):
            export(hardened(tmp_path, into=tmp_path / "link"))
        assert [path.name for path in (tmp_path / "shop").iterdir()] == ["compose.yaml"]
