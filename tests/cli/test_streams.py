"""Terminals, pipes and signals: colours where they are wanted, nothing that steers a terminal, and quiet ends."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from batten.cli import streams
from tests.cli.calling import ROOT, call, snapshot, spawn, write

NAMES = """
services:
  "w\\u001b[31meb\\u202e":
    image: nginx
"""
VALUES = """
services:
  web:
    image: "nginx\\u001b]0;gone\\u0007"
    privileged: true
    ports: ["8080:80"]
    environment: {"PASS\\u001b[2JWORD": "x", API_TOKEN: "a\\u001b[31mb-77812"}
    labels: {note: "\\u202e"}
"""


def on_terminal(*arguments: object, **environment: str) -> tuple[int, str]:
    """Run batten with standard output on a terminal."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment}
    env.pop("NO_COLOR", None) if "NO_COLOR" not in environment else None
    process = subprocess.Popen(
        [sys.executable, "-m", "batten", *map(str, arguments)], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    data = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        data += piece
    os.close(ours)
    return process.wait(), data.decode()


class TestColours:
    def test_are_for_terminals(self, demo: Path) -> None:
        code, text = on_terminal("review", demo)
        assert code == 1
        assert "\x1b[1;31m" in text
        assert "\x1b[" not in spawn("review", demo).out

    def test_are_left_out_where_they_are_not_wanted(self, demo: Path) -> None:
        assert "\x1b[" not in on_terminal("review", demo, NO_COLOR="1")[1]
        assert "\x1b[" not in on_terminal("review", demo, TERM="dumb")[1]


class TestHostileText:
    @pytest.mark.parametrize("arguments", [["review"], ["reach"], ["harden"], ["harden", "--diff"], ["harden", "-o", "out"]], ids=" ".join)
    @pytest.mark.parametrize(("text", "codes"), [(NAMES, {2}), (VALUES, {0, 1})], ids=["names", "values"])
    def test_does_not_steer_the_terminal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], text: str, codes: set[int]) -> None:
        monkeypatch.chdir(tmp_path)
        write(tmp_path, text)
        result = call(*arguments)
        assert result.code in codes, result.err
        assert not {character for character in result.out + result.err if not character.isprintable() and character != "\n"}


def on_keyboard(cwd: Path, arguments: list[str], keys: list[bytes]) -> tuple[int, str, bool]:
    """Run batten on a terminal and press keys, each once it has been silent for a while; and whether the terminal is as it was."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    command = [sys.executable, "-m", "batten", *arguments]
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=_take_terminal)
    data, left = b"", list(keys)
    while process.poll() is None or select.select([ours], [], [], 0.1)[0]:
        if select.select([ours], [], [], 1.0)[0]:
            piece = os.read(ours, 65536)
            data += piece
            os.write(ours, b"\x1b[1;1R") if b"\x1b[6n" in piece else None
        elif left:
            os.write(ours, left.pop(0))
        else:
            process.kill()
    same = termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)
    return process.wait(), data.decode(errors="replace"), same


def _take_terminal() -> None:
    """Make standard input the terminal that controls this process, so that Ctrl-C reaches it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class TestOnATerminal:
    def test_the_assistant_opens_and_ends(self, demo: Path) -> None:
        before = snapshot(demo)
        code, text, same = on_keyboard(demo, ["."], [b"q"])
        assert (code, same) == (0, True)
        assert "\x1b[?1049h" in text
        assert text.rindex("\x1b[?1049l") > text.rindex("\x1b[?1049h")
        assert snapshot(demo) == before

    def test_a_question_can_be_left_by_ctrl_c(self, demo: Path) -> None:
        before = snapshot(demo)
        code, text, same = on_keyboard(demo, ["wizard", ".", "--plain", "--in-place"], [b"\x03"])
        assert (code, same) == (130, True)
        assert "batten: interrupted." in text
        assert "Traceback" not in text
        assert snapshot(demo) == before

    def test_nothing_opens_where_there_is_no_project(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("")
        code, text, _ = on_keyboard(tmp_path, ["."], [])
        assert (code, text.strip()) == (2, ".: this folder has no compose file. Name one with -f, or put a compose.yaml here.")


class TestEnds:
    def test_of_a_reader_are_quiet(self, demo: Path) -> None:
        command = f"'{sys.executable}' -m batten review '{demo}' --format json | head -c 10"
        run = subprocess.run(["bash", "-c", f'{command}; echo "${{PIPESTATUS[0]}}"'], cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.stderr == ""
        assert run.stdout.endswith(("141\n", "1\n"))

    def test_by_ctrl_c_say_so_and_are_130(self, demo: Path) -> None:
        program = "import sys\nfrom batten.compose import loader\ndef slow(*a, **k):\n    print('reading', flush=True)\n    import time; time.sleep(30)\n"
        program += "loader.load = slow\nfrom batten.cli import main\nsys.exit(main(['review', sys.argv[1]]))"
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(demo)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (130, "\nbatten: interrupted.\n")


class TestText:
    def test_is_utf_8_where_a_program_reads_it(self, demo: Path) -> None:
        assert "●" in spawn("reach", demo, PYTHONIOENCODING="ascii", LC_ALL="C").out

    def test_has_a_stand_in_where_a_terminal_cannot_show_it(self, demo: Path) -> None:
        code, text = on_terminal("reach", demo, PYTHONIOENCODING="ascii", LC_ALL="C")
        assert code == 0
        assert "●" not in text


class TestPlaces:
    def test_are_shown_as_seen_from_here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert streams.shown(str(tmp_path / "a" / "b.yaml")) == "a/b.yaml"
        assert streams.shown("/elsewhere/b.yaml") == "/elsewhere/b.yaml"
