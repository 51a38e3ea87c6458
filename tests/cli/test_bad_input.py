"""Input that cannot be used, folders that cannot be written to, interrupts: a word on what, where and what to do, exit 2, nothing half written."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.calling import ROOT, call, snapshot, spawn, write

GOOD = "services:\n  web:\n    image: nginx\n"

BROKEN: dict[str, tuple[str | bytes, str, str]] = {
    "not yaml": ("services:\n  web: [\n    image: nginx\n", ":", "YAML"),
    "a tab for indentation": ("services:\n\tweb:\n", ":2:1: ", "tab"),
    "not a mapping": ("- web\n- db\n", "", "mapping"),
    "a text": ("hello\n", "", "mapping"),
    "no services": ("name: shop\n", "", "services"),
    "services that are empty": ("services:\n", "", "services"),
    "services that are a list": ("services:\n  - web\n", ":2:3: ", "services"),
    "binary": (bytes(range(256)) * 8, ":", "text"),
    "another encoding": ("services:\n  web:\n    image: caf\xe9\n".encode("latin-1"), ":3:15: ", "UTF-8"),
    "empty": ("", "", "empty"),
    "only comments": ("# nothing here\n", "", "empty"),
    "a required variable": ("services:\n  web:\n    image: nginx:${TAG:?choose a tag}\n", ":3:12: ", "choose a tag"),
    "a broken variable": ("services:\n  web:\n    image: nginx:${TAG\n", ":3:12: ", "not closed"),
    "an unknown network": (GOOD + "    networks: [backend]\n", ":4:16: ", "backend"),
    "an unknown secret": (GOOD + "    secrets: [token]\n", ":4:15: ", "token"),
    "an unknown volume": (GOOD + "    volumes: ['data:/data']\n", ":4:15: ", "data"),
    "an unknown dependency": (GOOD + "    depends_on: [db]\n", ":4:18: ", "db"),
    "an unknown key": (GOOD + "    imagge: nginx\n", ":4:", "Did you mean 'image'?"),
    "a key of the wrong kind": (GOOD + "    privileged: [yes]\n", ":4:17: ", "true or false"),
    "a bad port": (GOOD + "    ports: ['99999:80']\n", ":4:13: ", "65535"),
    "itself included": (GOOD + "include: [compose.yaml]\n", ":4:11: ", "includes itself"),
    "a file that is not there extended": ("services:\n  web:\n    extends: {file: gone.yaml, service: web}\n", "", "gone.yaml"),
    "an env file that is not there": (GOOD + "    env_file: gone.env\n", "", "gone.env"),
}
COMMANDS = ("review", "reach", "design", "harden")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class TestAComposeFileThatCannotBeRead:
    @pytest.mark.parametrize(("text", "place", "word"), BROKEN.values(), ids=BROKEN.keys())
    @pytest.mark.parametrize("command", COMMANDS)
    def test_is_named_with_its_place_and_its_trouble(self, folder: Path, command: str, text: str | bytes, place: str, word: str) -> None:
        write(folder, text)
        result = call(command)
        assert result.code == 2
        assert result.out == ""
        assert place in result.err
        assert ".yaml" in result.err or ".env" in result.err
        assert word.lower() in result.err.lower()
        assert len(result.err.strip().splitlines()) == 1

    @pytest.mark.parametrize("arguments", [["-o", "out"], ["--in-place"], ["--check"], ["--diff"]], ids=str)
    def test_leaves_everything_as_it_was(self, folder: Path, arguments: list[str]) -> None:
        write(folder, BROKEN["an unknown network"][0])
        before = snapshot(folder.parent)
        assert call("harden", *arguments).code == 2
        assert snapshot(folder.parent) == before
        assert not (folder / "out").exists()


class TestAPath:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_that_leads_nowhere_is_named(self, folder: Path, command: str) -> None:
        result = call(command, "gone.yaml")
        assert (result.code, result.out) == (2, "")
        assert result.err == "gone.yaml: there is no such file or folder.\n"

    @pytest.mark.parametrize("arguments", [["-f", "gone.yaml"], ["--env-file", "gone.env"], ["-f", "."]], ids=str)
    def test_of_an_option_is_named_too(self, folder: Path, arguments: list[str]) -> None:
        write(folder, GOOD)
        result = call("review", *arguments)
        assert result.code == 2
        assert result.err.startswith((arguments[1] + ": ", "shop: ", str(folder)))

    @pytest.mark.parametrize("command", [*COMMANDS, None])
    def test_to_a_folder_without_a_compose_file_says_what_to_do(self, folder: Path, command: str | None) -> None:
        """An empty one is a place to begin; in one that holds something else, a compose file is missing."""
        (folder / "notes.txt").write_text("")
        result = call(*filter(None, [command, "."]))
        assert (result.code, result.out) == (2, "")
        assert "this folder has no compose file. Name one with -f, or put a compose.yaml here." in result.err

    def test_that_is_a_command_in_the_wrong_place_is_understood(self, folder: Path) -> None:
        result = call("-f", "compose.yaml", "review")
        assert result.code == 2
        assert "a file is named with -f and another one without it" in result.err

    def test_with_characters_that_steer_a_terminal_is_made_harmless(self, folder: Path) -> None:
        result = call("review", "gone\x1b[31m\u202e.yaml")
        assert result.code == 2
        assert "\x1b" not in result.err
        assert "\u202e" not in result.err

    def test_to_a_pipe_is_refused_and_not_waited_for(self, folder: Path) -> None:
        os.mkfifo(folder / "compose.yaml")
        result = call("review")
        assert result.code == 2
        assert "compose.yaml" in result.err

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_that_may_not_be_read_is_named(self, folder: Path) -> None:
        write(folder, GOOD).chmod(0)
        assert call("review").code == 2


class TestAProjectName:
    @pytest.mark.parametrize("name", ["Shop", "", "-shop", "a/b", "shop shop"])
    def test_that_compose_would_refuse_is_refused(self, folder: Path, name: str) -> None:
        write(folder, GOOD)
        result = call("review", f"--project-name={name}")
        assert result.code == 2
        assert "cannot be the name of a project" in result.err


class TestADesign:
    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("tiers: [\n", ":"),
            ("version: 7\n", ":1:10: "),
            ("version: 1\ntiers:\n  top: [web]\n", ":3:8: "),
            ("version: 1\nnonsense: 3\n", ":2:11: "),
            ("- a\n", ":1:1: "),
        ],
    )
    def test_that_cannot_be_understood_is_named_with_its_place(self, folder: Path, text: str, place: str) -> None:
        write(folder, GOOD)
        write(folder, text, "batten.yaml")
        for command in ("review", "harden", "design"):
            result = call(command)
            assert (result.code, result.out) == (2, "")
            assert result.err.startswith("batten.yaml")
            assert place in result.err

    def test_that_is_not_there_is_named(self, folder: Path) -> None:
        write(folder, GOOD)
        assert call("harden", "--design", "gone.yaml").err.startswith("gone.yaml: ")
        assert call("reach", "--design", "gone.yaml").code == 2


class TestStandardInput:
    def test_that_is_not_text_is_refused(self, folder: Path) -> None:
        command = [sys.executable, "-m", "batten", "review", "-"]
        run = subprocess.run(command, input=b"\xff\x00\xfe", cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
        assert run.returncode == 2
        assert run.stderr.startswith(b"-:")

    def test_that_is_wrong_has_its_place(self, folder: Path) -> None:
        result = spawn("review", "-", stdin=GOOD + "    networks: [backend]\n", cwd=folder)
        assert result.code == 2
        assert result.err.startswith("-:4:16: ")

    def test_cannot_be_changed_in_place(self, folder: Path) -> None:
        result = spawn("harden", "-", "--in-place", stdin=GOOD, cwd=folder)
        assert (result.code, result.err) == (2, "batten: standard input cannot be changed in place. Use -o DIR.\n")
        assert list(folder.iterdir()) == []


class TestWhatIsInTheWay:
    def test_of_a_new_folder_stays(self, demo: Path) -> None:
        write(demo.parent / "out", "mine\n", "compose.yaml")
        before = snapshot(demo.parent)
        result = call("harden", demo, "-o", demo.parent / "out")
        assert result.code == 2
        assert "compose.yaml is there already. Use --force to replace it" in result.err
        assert snapshot(demo.parent) == before

    def test_of_a_secret_in_place_stays(self, demo: Path) -> None:
        write(demo, "somebody else's", "secrets/db_password")
        before = snapshot(demo)
        result = call("harden", demo, "--in-place")
        assert result.code == 2
        assert "secrets/db_password holds another value" in result.err
        assert snapshot(demo) == before

    def test_is_replaced_when_that_is_said(self, demo: Path) -> None:
        write(demo.parent / "out", "mine\n", "compose.yaml")
        assert call("harden", demo, "-o", demo.parent / "out", "--force").code == 0
        assert (demo.parent / "out/compose.yaml").read_text() != "mine\n"

    def test_is_noticed_where_it_is_the_project_itself(self, demo: Path) -> None:
        result = call("harden", demo, "-o", demo)
        assert result.code == 2
        assert "Use --in-place" in result.err

    def test_cannot_be_a_file(self, demo: Path) -> None:
        write(demo.parent, "a file\n", "out")
        result = call("harden", demo, "-o", demo.parent / "out")
        assert result.code == 2
        assert "a file is where a folder is needed" in result.err


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
class TestAFolderThatIsReadOnly:
    @pytest.mark.parametrize("arguments", [["-o", "out"], ["--in-place"]], ids=str)
    def test_is_told_and_left_alone(self, demo: Path, arguments: list[str]) -> None:
        demo.chmod(0o555)
        for folder in demo.parents[:3]:
            folder.chmod(0o755)
        before = snapshot(demo)
        privileges = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all"] if os.geteuid() == 0 else []
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [*privileges, sys.executable, "-m", "batten", "harden", ".", *arguments]
        run = subprocess.run(command, cwd=demo, env=env, capture_output=True, text=True, check=False)
        assert run.returncode == 2, run.stderr
        assert "nothing was written: there is no permission to write here. Choose a folder that you may write to." in run.stderr
        assert run.stdout == ""
        assert snapshot(demo) == before


class TestADiskThatIsFull:
    @pytest.mark.parametrize("arguments", [["-o", "out"], ["--in-place"]], ids=str)
    def test_is_told_and_left_as_it_was(self, demo: Path, arguments: list[str]) -> None:
        before = snapshot(demo)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "batten", "harden", ".", *arguments]
        run = subprocess.run(command, cwd=demo, env=env, capture_output=True, text=True, check=False, preexec_fn=limited)
        assert run.returncode == 2, run.stderr
        assert "nothing was written" in run.stderr
        assert snapshot(demo) == before
        assert not (demo / "out").exists()

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
    @pytest.mark.parametrize("command", ["review", "reach", "design"])
    def test_under_the_output_is_told(self, demo: Path, command: str) -> None:
        with open("/dev/full", "w") as full:
            run = subprocess.run([sys.executable, "-m", "batten", command, str(demo)], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert run.returncode == 2
        assert run.stderr == "batten: No space left on device.\n"


SLOW = """
import os, sys, time
from batten import files
from batten.cli import main

real = files._write

def slow(*arguments):
    real(*arguments)
    print("writing", flush=True)
    time.sleep(0.2)

files._write = slow
sys.exit(main(sys.argv[1:]))
"""


class TestAnInterrupt:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "kill"])
    @pytest.mark.parametrize("arguments", [["-o", "out"], ["--in-place"]], ids=str)
    @pytest.mark.parametrize("files", [1, 3])
    def test_in_the_middle_of_an_export_leaves_nothing_behind(self, demo: Path, arguments: list[str], number: int, code: int, files: int) -> None:
        before = snapshot(demo)
        env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", SLOW, "harden", ".", *arguments]
        with subprocess.Popen(command, cwd=demo, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert [process.stdout.readline() for _ in range(files)] == ["writing\n"] * files
            time.sleep(0.05)
            process.send_signal(number)
            _, err = process.communicate(timeout=20)
        assert process.returncode == code
        assert "Traceback" not in err
        assert snapshot(demo) == before
        assert sorted(path.name for path in demo.iterdir()) == sorted({name.split("/")[0] for name in before})
