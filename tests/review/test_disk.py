"""What the disk says about the files behind secrets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from batten.review import disk
from batten.review.finding import Severity
from batten.review.runner import review
from tests.support import project_of

TEXT = """services:
  db:
    image: postgres:16
    secrets: [password]
secrets:
  password: {file: ./secrets/password}
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder into which everybody may look, all the way down."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve()


def titles(folder: Path, text: str = TEXT) -> dict[str, Severity]:
    project = project_of(text, folder, secrets__password="canary-4711")
    return {finding.title: finding.severity for finding in review(project) if finding.rule == "secret-file"}


class TestModes:
    def test_readable_for_all_on_an_open_way_is_reported(self, folder: Path) -> None:
        assert titles(folder) == {"Everybody on this host can read the secret password": Severity.LOW}

    def test_behind_a_closed_folder_is_not(self, folder: Path) -> None:
        project_of(TEXT, folder, secrets__password="canary-4711")
        (folder / "shop" / "secrets").chmod(0o700)
        assert titles(folder) == {}

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
    def test_closed_to_others_is_not(self, folder: Path, mode: int) -> None:
        file = folder / "password"
        file.write_text("canary-4711")
        file.chmod(mode)
        assert not disk.open_to_all(str(file))


class TestRepository:
    def test_names_what_it_keeps_and_nothing_that_ends_alike(self, folder: Path) -> None:
        for name in ("secrets/password", "deep/secrets/other", "plain"):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("canary-4711")
        git = ["git", "-C", str(folder)]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "secrets/password", "deep/secrets/other"], check=True)
        kept = [name for name in ("secrets/password", "deep/secrets/other", "plain", "secrets/other", "password") if disk.kept_by_git(str(folder / name))]
        assert kept == ["secrets/password", "deep/secrets/other"]

    def test_that_keeps_a_secret_is_reported_high(self, folder: Path) -> None:
        project_of(TEXT, folder, secrets__password="canary-4711")
        git = ["git", "-C", str(folder / "shop")]
        subprocess.run([*git, "init", "-q"], check=True)
        subprocess.run([*git, "add", "secrets/password"], check=True)
        disk._index.cache_clear()
        assert titles(folder)["The file of the secret password is kept in the repository"] is Severity.HIGH


class TestPreview:
    def test_of_files_that_are_not_written_yet_misses_nothing(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path)
        missing = [finding for finding in review(project) if finding.rule == "secret-file"]
        assert [finding.title for finding in missing] == ["The file of the secret password does not exist"]
        sources = {file: source._replace(text=source.text + "# to come\n") for file, source in project.sources.items()}
        assert not [finding for finding in review(project._replace(sources=sources)) if finding.rule == "secret-file"]
