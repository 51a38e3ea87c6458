"""Writing: all files or none, whatever goes wrong on the way."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batten import files as writing
from batten.errors import WriteError
from batten.files import write_all
from batten.model import GeneratedFile

ROOT = Path(__file__).parent.parent


def text(path: str, content: str = "new\n", **options: Any) -> GeneratedFile:
    """A file to write."""
    return GeneratedFile(path, content.encode(), **options)


NEW = (text("compose.yaml"), text("secrets/password", "hunter2", mode=0o444, sensitive=True), text("env/db.env", mode=0o600), text("README.md"))


def tree(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file and folder below ``folder`` with its content and mode."""
    found = {}
    for path in sorted(folder.rglob("*")):
        content = "folder" if path.is_dir() else path.read_text()
        found[path.relative_to(folder).as_posix()] = (content, stat.S_IMODE(path.lstat().st_mode))
    return found


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder that holds older forms of some of the files."""
    folder = tmp_path / "shop"
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets").chmod(0o755)
    (folder / "compose.yaml").write_text("old\n")
    (folder / "README.md").write_text("old readme\n")
    (folder / "secrets" / "other").write_text("stays\n")
    return folder


class TestAFolderThatIsNotThereYet:
    def test_appears_with_all_files(self, tmp_path: Path) -> None:
        write_all(NEW, tmp_path / "a" / "out")
        assert {name for name, (content, _) in tree(tmp_path / "a" / "out").items() if content != "folder"} == {file.path for file in NEW}
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["out"]

    def test_has_the_modes_that_were_asked_for_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0o077)
        try:
            write_all(NEW, tmp_path / "out")
        finally:
            os.umask(before)
        assert mode(tmp_path / "out/secrets/password") == 0o444
        assert mode(tmp_path / "out/env/db.env") == 0o600
        assert mode(tmp_path / "out/compose.yaml") == 0o644

    def test_keeps_others_out_of_the_secrets(self, tmp_path: Path) -> None:
        write_all(NEW, tmp_path / "out")
        assert mode(tmp_path / "out/secrets") == 0o700
        assert mode(tmp_path / "out") == 0o755 & ~os.umask(os.umask(0o022)) | 0o700

    @pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x"])
    def test_cannot_be_left(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(WriteError, match="leads out of the folder"):
            write_all([text("compose.yaml"), text(path)], tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_may_be_named_from_a_neighbour(self, tmp_path: Path) -> None:
        (tmp_path / "here").mkdir()
        write_all([GeneratedFile("compose.yaml", b"services: {}")], tmp_path / "here" / ".." / "there")
        assert (tmp_path / "there/compose.yaml").read_bytes() == b"services: {}"


class TestAFolderThatIsThere:
    def test_gets_the_new_files_and_keeps_the_others(self, old: Path) -> None:
        write_all(NEW, old, force=True)
        assert tree(old)["compose.yaml"][0] == "new\n"
        assert tree(old)["secrets/other"][0] == "stays\n"
        assert not [name for name in tree(old) if ".batten" in name]

    def test_is_not_overwritten_unless_forced(self, old: Path) -> None:
        before = tree(old)
        with pytest.raises(WriteError, match=r"compose.yaml and 1 more is there already\. Use --force"):
            write_all(NEW, old)
        assert tree(old) == before

    def test_keeps_its_old_files_in_the_backup_under_their_own_paths(self, old: Path) -> None:
        (old / "secrets/password").write_text("earlier")
        (old / "secrets/password").chmod(0o444)
        write_all(NEW, old, force=True, backup=old / ".batten/backups/1")
        saved = tree(old / ".batten/backups/1")
        assert saved["compose.yaml"][0] == "old\n"
        assert saved["secrets/password"] == ("earlier", 0o444)
        assert {mode(old / name) for name in (".batten", ".batten/backups", ".batten/backups/1", ".batten/backups/1/secrets")} == {0o700}
        assert "env/db.env" not in saved

    def test_gets_a_private_folder_even_where_it_was_open(self, old: Path) -> None:
        write_all(NEW, old, force=True, private=["secrets"])
        assert mode(old / "secrets") == 0o700

    def test_leaves_a_link_a_link(self, old: Path) -> None:
        (old / "real.yaml").write_text("old\n")
        (old / "compose.yaml").unlink()
        (old / "compose.yaml").symlink_to("real.yaml")
        write_all([text("compose.yaml")], old, force=True)
        assert (old / "compose.yaml").is_symlink()
        assert (old / "real.yaml").read_text() == "new\n"

    def test_is_not_left_through_a_link(self, old: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (old / "env").symlink_to(tmp_path / "elsewhere")
        before = tree(old)
        with pytest.raises(WriteError, match="leads out"):
            write_all(NEW, old, force=True)
        assert tree(old) == before
        assert list((tmp_path / "elsewhere").iterdir()) == []

    @pytest.mark.parametrize("absolute", [True, False])
    def test_may_be_left_where_that_was_said(self, old: Path, tmp_path: Path, absolute: bool) -> None:
        (tmp_path / "common.yaml").write_text("old\n")
        path = str(tmp_path / "common.yaml") if absolute else "../common.yaml"
        write_all([text(path)], old, force=True, beyond=[path], backup=old / "backup")
        assert (tmp_path / "common.yaml").read_text() == "new\n"
        assert (old / "backup/up/common.yaml").read_text() == "old\n"

    @pytest.mark.parametrize("place", ["compose.yaml", "README.md"])
    def test_does_not_lose_a_folder_or_a_pipe_to_a_file(self, old: Path, place: str) -> None:
        (old / place).unlink()
        (old / place).mkdir() if place == "README.md" else os.mkfifo(old / place)
        before = [path.name for path in sorted(old.iterdir())]
        with pytest.raises(WriteError, match="not a file is in the way"):
            write_all(NEW, old, force=True)
        assert [path.name for path in sorted(old.iterdir())] == before

    def test_does_not_lose_a_file_to_a_folder(self, old: Path) -> None:
        (old / "env").write_text("a file\n")
        before = tree(old)
        with pytest.raises(WriteError, match="a file is where a folder is needed"):
            write_all(NEW, old, force=True)
        assert tree(old) == before

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
    def test_leaves_its_files_to_their_owners(self, old: Path) -> None:
        os.chown(old / "compose.yaml", 12345, 12345)
        write_all(NEW, old, force=True)
        assert (old / "compose.yaml").stat().st_uid == 12345


class TestTwoFilesForOnePlace:
    def test_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(WriteError, match="same place"):
            write_all([text("a"), text("./a")], tmp_path / "out")
        assert not (tmp_path / "out").exists()


TAKES_ROOM = ("fsync", "link", "replace", "open", "mkdir", "rename")
STEPS = (*TAKES_ROOM, "unlink", "fchmod", "chmod", "rmdir")


class Tripwire:
    """Lets some calls of the system pass, then fails once: before the call does its work, or behind it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, countdown: int, error: BaseException, behind: bool) -> None:
        self.countdown, self.error, self.behind, self.sprung = countdown, error, behind, False
        for name in STEPS if isinstance(error, KeyboardInterrupt) else TAKES_ROOM:
            monkeypatch.setattr(os, name, self.wired(getattr(os, name)))
        monkeypatch.setattr(writing, "_write", self.wired(writing._write))

    def wired(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.countdown -= 1
            if self.countdown or self.sprung:
                return real(*arguments, **options)
            self.sprung = True
            if self.behind:
                real(*arguments, **options)
            raise self.error

        return call


LAST = 60
"""More calls than one writing makes."""
POSITIONS = [pytest.param(number, behind, id=f"{'behind' if behind else 'before'}-{number}") for behind in (False, True) for number in range(1, LAST)]


class TestAnythingThatGoesWrong:
    @pytest.mark.parametrize(("number", "behind"), POSITIONS)
    @pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["interrupt", "full"])
    def test_leaves_all_old_or_all_new(self, old: Path, monkeypatch: pytest.MonkeyPatch, number: int, behind: bool, error: BaseException) -> None:
        before = tree(old)
        write_all(NEW, shutil.copytree(old, old.parent / "wanted"), force=True, backup=old.parent / "wanted/.batten/backups/1", private=["secrets"])
        wanted = tree(old.parent / "wanted")
        with monkeypatch.context() as patch:
            wire = Tripwire(patch, number, error, behind)
            try:
                write_all(NEW, old, force=True, backup=old / ".batten/backups/1", private=["secrets"])
            except (KeyboardInterrupt, WriteError):
                assert wire.sprung
        assert tree(old) in (before, wanted)

    @pytest.mark.parametrize(("number", "behind"), POSITIONS)
    def test_leaves_no_folder_or_a_whole_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, behind: bool) -> None:
        write_all(NEW, tmp_path / "wanted", private=["secrets"])
        with monkeypatch.context() as patch:
            Tripwire(patch, number, KeyboardInterrupt(), behind)
            with contextlib.suppress(KeyboardInterrupt):
                write_all(NEW, tmp_path / "above" / "out", private=["secrets"])
        assert not (tmp_path / "above").exists() or tree(tmp_path / "above" / "out") == tree(tmp_path / "wanted")
        assert not [path for path in tmp_path.rglob(".batten*")]

    def test_was_tried_at_every_call(self, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        wire = Tripwire(monkeypatch, LAST, KeyboardInterrupt(), False)
        write_all(NEW, old, force=True, backup=old / ".batten/backups/1", private=["secrets"])
        assert 0 < wire.countdown < LAST - 20

    def test_is_told_without_temporary_names(self, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        Tripwire(monkeypatch, 3, OSError(28, "No space left on device", str(old / ".batten-123")), False)
        with pytest.raises(WriteError) as caught:
            write_all(NEW, old, force=True)
        assert str(caught.value) == f"{old}: nothing was written: the disk is full. Make room and try again."

    def test_waits_with_an_interrupt_until_every_file_is_in_place(self, old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = os.replace

        def replace(*arguments: Any) -> None:
            real(*arguments)
            os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(os, "replace", replace)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        idle = threading.Event()
        other = threading.Thread(target=idle.wait)
        other.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                write_all(NEW, old, force=True)
        finally:
            idle.set()
            other.join()
            signal.signal(signal.SIGINT, before)
        assert {tree(old)[file.path][0] for file in NEW} == {"new\n", "hunter2"}
        assert not list(old.rglob(".batten*"))


PROGRAM = """
import sys
from pathlib import Path
from batten.errors import WriteError
from batten.files import write_all
from batten.model import GeneratedFile

try:
    write_all([GeneratedFile("compose.yaml", b"new"), GeneratedFile("big", b"x" * 3_000_000)], Path(sys.argv[1]), force=True)
except WriteError as error:
    print(error)
    sys.exit(2)
"""


def write_elsewhere(folder: Path, *before: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    """Write into ``folder`` in a process of its own, under a command or a limit."""

    def limited() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [*before, sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, preexec_fn=limited)


class TestARealDisk:
    def test_with_a_limit_on_files_is_left_as_it_was(self, old: Path) -> None:
        before = tree(old)
        run = write_elsewhere(old, limit=1_000_000)
        assert run.returncode == 2, run.stderr
        assert "nothing was written: a file would be larger" in run.stdout
        assert tree(old) == before

    @pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root to mount a disk of its own")
    @pytest.mark.parametrize("place", ["shop", "new"])
    def test_that_is_full_is_left_as_it_was(self, tmp_path: Path, place: str) -> None:
        script = textwrap.dedent(
            f"""
            mount -t tmpfs -o size=1m none "$1" && mkdir "$1/shop" && echo old > "$1/shop/compose.yaml" || exit 77
            "$2" -c "$3" "$1/{place}"; echo "exit $?"; cd "$1" && find . -type f | sort && cat shop/compose.yaml
            """
        )
        command = ["unshare", "-m", "sh", "-c", script, "sh", str(tmp_path), sys.executable, PROGRAM]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
        if run.returncode == 77 or "unshare" in run.stderr:
            pytest.skip("no mount namespace to be had here")
        message, code, *left = run.stdout.splitlines()
        assert message.endswith("nothing was written: the disk is full. Make room and try again.")
        assert code == "exit 2"
        assert left == ["./shop/compose.yaml", "old"]

    @pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
    def test_where_writing_is_forbidden_says_so(self, old: Path) -> None:
        old.chmod(0o555)
        for folder in (old.parent, *old.parent.parents):
            if folder.is_relative_to("/tmp/") and folder.owner() == Path("/tmp").owner():
                folder.chmod(folder.stat().st_mode | 0o055)
        privileges = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all"] if os.geteuid() == 0 else []
        run = write_elsewhere(old, *privileges)
        assert run.returncode == 2, run.stderr
        assert "nothing was written: there is no permission to write here. Choose a folder that you may write to." in run.stdout
        assert tree(old)["compose.yaml"][0] == "old\n"
