"""Taking a hardening in place back: byte for byte and with modes, all of it or nothing, and never over somebody's edits."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import call, snapshot, write

KILLED = 9
SHARED = "services:\n  db:\n    image: postgres:16\n    ports: ['5432:5432']\n"


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file and folder with its content and mode."""
    paths = sorted(folder.rglob("*"))
    return {str(path.relative_to(folder)): (path.read_bytes() if path.is_file() else b"", stat.S_IMODE(path.stat().st_mode)) for path in paths}


@pytest.fixture
def modes(demo: Path) -> Path:
    """The demo with modes that nobody would give by default."""
    (demo / "compose.yaml").chmod(0o640)
    (demo / ".env").chmod(0o600)
    write(demo, "*.log\r\n", ".gitignore").chmod(0o664)
    (demo / "secrets").mkdir(mode=0o755)
    write(demo, "mine\n", "secrets/mine")
    return demo


class TestUndo:
    def test_brings_everything_back_byte_for_byte_and_with_its_mode(self, modes: Path) -> None:
        before = tree(modes)
        assert call("harden", modes, "--in-place").code == 0
        assert len(tree(modes)) > len(before) + 5
        result = call("undo", modes)
        assert result.code == 0, result.err
        assert tree(modes) == before
        assert "put back   compose.yaml\n" in result.out
        assert "taken away batten.yaml\n" in result.out

    def test_says_which_command_brings_it_up_as_it_was(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(demo)
        write(demo, "services:\n  web:\n    read_only: false\n", "own more.yaml")
        names = ("-f", "compose.yaml", "-f", "own more.yaml", "--project-name", "pier")
        assert call("harden", *names, "--in-place").code == 0
        assert "  docker compose -f compose.yaml -f 'own more.yaml' --project-name pier up -d --remove-orphans\n" in call("undo", *names).out

    def test_goes_back_one_hardening_at_a_time(self, demo: Path) -> None:
        first = tree(demo)
        assert call("harden", demo, "--in-place", "--accept", "safe").code == 0
        second = tree(demo)
        assert call("harden", demo, "--in-place").code == 0
        assert tree(demo) != second
        assert call("undo", demo).code == 0
        assert tree(demo) == second
        assert call("undo", demo).code == 0
        assert tree(demo) == first
        result = call("undo", demo)
        assert (result.code, result.out) == (2, "")
        assert "there is no backup to go back to" in result.err

    def test_takes_back_what_a_review_has_mended(self, demo: Path) -> None:
        before = tree(demo)
        call("review", demo, "--fix", "--fail-on", "never")
        assert tree(demo) != before
        assert call("undo", demo).code == 0
        assert tree(demo) == before

    def test_takes_back_files_that_were_only_added(self, demo: Path) -> None:
        before = tree(demo)
        assert call("harden", demo, "--in-place", "--target", "stack").code == 0
        assert (demo / "stack.yaml").exists()
        assert call("undo", demo).code == 0
        assert tree(demo) == before

    def test_needs_no_compose_file(self, demo: Path) -> None:
        before = tree(demo)
        call("harden", demo, "--in-place")
        (demo / "compose.yaml").unlink()
        assert call("undo", demo, "--force").code == 0
        assert tree(demo) == before

    def test_prints_no_secret(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        (manifest,) = (demo / ".batten/backups").glob("*/manifest.json")
        assert stat.S_IMODE(manifest.stat().st_mode) == 0o600
        result = call("undo", demo)
        assert "barnacle" not in result.out + result.err


class TestFilesThatWereEditedSince:
    @pytest.mark.parametrize("name", ["compose.yaml", ".gitignore", "secrets/db_password"])
    def test_are_kept(self, demo: Path, name: str) -> None:
        call("harden", demo, "--in-place")
        (demo / name).chmod(0o644)
        (demo / name).write_bytes((demo / name).read_bytes() + b"# mine\n")
        hardened = tree(demo)
        result = call("undo", demo)
        assert result.code == 2
        assert name in result.err
        assert "--force" in result.err
        assert tree(demo) == hardened

    def test_are_undone_where_that_is_said(self, demo: Path) -> None:
        before = tree(demo)
        call("harden", demo, "--in-place")
        (demo / "compose.yaml").write_text("services: {}\n")
        (demo / "batten.yaml").write_text("version: 1\n")
        assert call("undo", demo, "--force").code == 0
        assert tree(demo) == before

    def test_do_not_matter_where_they_are_as_before_again(self, demo: Path) -> None:
        before = tree(demo)
        call("harden", demo, "--in-place")
        (demo / "compose.yaml").write_bytes(before["compose.yaml"][0])
        (demo / ".gitignore").unlink()
        assert call("undo", demo).code == 0
        assert tree(demo) == before


class TestFilesElsewhere:
    def test_are_put_back_where_that_is_said(self, tmp_path: Path) -> None:
        common, folder = write(tmp_path, SHARED, "common.yaml"), tmp_path / "shop"
        write(folder, "services:\n  db:\n    extends: {file: ../common.yaml, service: db}\n")
        assert call("harden", folder, "--in-place").code == 0
        assert common.read_text() != SHARED
        result = call("undo", folder)
        assert (result.code, common.read_text() != SHARED) == (2, True)
        assert "common.yaml" in result.err
        assert call("undo", folder, "--force").code == 0
        assert common.read_text() == SHARED

    def test_are_safe_from_a_list_that_came_with_the_folder(self, tmp_path: Path) -> None:
        folder, victim = tmp_path / "shop", write(tmp_path, "mine\n", "victim")
        write(folder, SHARED)
        write(folder, json.dumps({"version": 1, "files": [{"path": str(victim), "sha256": "", "replaced": False}], "folders": []}), f"{PLACE}/manifest.json")
        assert call("undo", folder).code == 2
        assert victim.read_text() == "mine\n"


PLACE = ".batten/backups/20260101-000000"


class TestAListThatCannotBeRead:
    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "files": [{"path": ""}], "folders": []}', '{"version": 1, "files": 3}'])
    def test_is_said_and_nothing_is_done(self, demo: Path, text: str) -> None:
        write(demo, text, f"{PLACE}/manifest.json")
        before = snapshot(demo)
        result = call("undo", demo)
        assert result.code == 2
        assert "cannot be read" in result.err
        assert snapshot(demo) == before

    def test_is_said_where_an_old_file_is_missing(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        (kept,) = (demo / ".batten/backups").glob("*/compose.yaml")
        kept.unlink()
        hardened = snapshot(demo)
        assert "the backup lacks compose.yaml" in call("undo", demo).err
        assert snapshot(demo) == hardened


def dying(monkeypatch: pytest.MonkeyPatch, countdown: int, end: Callable[[], Any]) -> None:
    """Let ``end`` happen at one of the calls that change a folder."""
    left = [countdown]

    def wired(real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*arguments: Any, **options: Any) -> Any:
            left[0] -= 1
            return end() if left[0] == 0 else real(*arguments, **options)

        return act

    for name in ("replace", "unlink", "link", "mkdir", "rmdir", "fsync"):
        monkeypatch.setattr(os, name, wired(getattr(os, name)))


def killed(countdown: int, *arguments: object) -> bool:
    """Run batten in a process that ends on the spot at one of its calls; whether it came to that."""
    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            dying(patch, countdown, lambda: os._exit(KILLED))
            call(*arguments)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def own(folder: Path) -> dict[str, bytes]:
    """The project's own files; a process that is killed cannot take its half-written ones away."""
    return {name: text for name, text in snapshot(folder).items() if ".batten" not in name}


class TestAnEndInTheMiddle:
    @pytest.mark.parametrize("countdown", range(1, 38, 2))
    def test_of_an_undoing_is_made_good_by_the_next(self, demo: Path, countdown: int) -> None:
        before = snapshot(demo)
        call("harden", demo, "--in-place")
        killed(countdown, "undo", demo)
        again = call("undo", demo)
        assert again.code == 0 or "no backup" in again.err
        assert own(demo) == before

    @pytest.mark.parametrize("countdown", range(1, 40, 2))
    def test_of_a_hardening_leaves_what_can_be_undone(self, demo: Path, countdown: int) -> None:
        before = snapshot(demo)
        killed(countdown, "harden", demo, "--in-place")
        again = call("undo", demo)
        assert again.code == 0 or "no backup" in again.err
        assert own(demo) == before

    def test_was_tried_at_every_step_of_both(self, demo: Path) -> None:
        assert killed(25, "harden", demo, "--in-place")
        assert call("undo", demo).code in (0, 2)
        call("harden", demo, "--in-place")
        assert killed(20, "undo", demo)

    @pytest.mark.parametrize("countdown", range(1, 16))
    def test_through_a_failing_disk_leaves_the_hardened_project(self, demo: Path, countdown: int) -> None:
        before = tree(demo)
        call("harden", demo, "--in-place")
        hardened = tree(demo)

        def full() -> None:
            raise OSError(28, "No space left on device")

        with pytest.MonkeyPatch.context() as patch:
            dying(patch, countdown, full)
            result = call("undo", demo)
        if result.code:
            assert "the disk is full" in result.err
            assert tree(demo) == hardened
            assert call("undo", demo).code == 0
        assert tree(demo) == before
