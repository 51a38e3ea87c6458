"""An error that should not happen: one line, exit code 2, no values, and the terminal as it was."""

from __future__ import annotations

import ast
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tui.failing import sentence

ROOT = Path(__file__).parent.parent.parent
SECRET = "herring-and-chips-1999"

START = """
import sys
from pathlib import Path
from textual.screen import Screen
from tui.app import BattenApp, run
from tui.screens.review import ReviewScreen
from tui.screens.start import StartScreen
SECRET = "-".join(["herring", "and", "chips", "1999"])

def broken(*arguments):
    password = SECRET
    raise ValueError(f"cannot use {password}")

class Rich(Exception):
    def __rich__(self):
        return SECRET
"""

WAYS = {
    "while drawing": "ReviewScreen.asked = broken\n",
    "in an action": "ReviewScreen.action_view = broken\nKEYS = '2v'\n",
    "in a thread": "import tui.picture\ntui.picture.develop = broken\n",
    "while starting": "StartScreen.body = broken\n",
    "with a drawing of its own": "def raise_rich(*arguments):\n    raise Rich(SECRET)\nReviewScreen.asked = raise_rich\n",
    "by a panic": "ReviewScreen.asked = lambda self, question: self.app.panic(SECRET)\n",
}


def in_a_terminal(script: str, keys: str, state: Path) -> tuple[str, int]:
    """Run a script on a terminal of its own, press keys, and give everything it wrote and its exit code."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(state)}
        os.execve(sys.executable, [sys.executable, "-c", script], environ)
    written = b""
    try:
        while b"\x1b[?1049h" not in written:
            written += os.read(terminal, 65536)
        waiting = list(keys)
        last = time.monotonic()
        os.set_blocking(terminal, False)
        while True:
            try:
                part = os.read(terminal, 65536)
                written, last = written + part, time.monotonic()
                if not part:
                    break
            except BlockingIOError:
                if waiting and time.monotonic() - last > 0.7:
                    os.write(terminal, waiting.pop(0).encode())
                    last = time.monotonic()
                assert time.monotonic() - last < 60, "it hangs"
                time.sleep(0.02)
    except OSError:
        pass  # Linux says EIO when the other side has closed the terminal.
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return written.decode(errors="replace"), os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_quietly(way: str, demo: Path, tmp_path: Path) -> None:
    script = f"{START}\n{WAYS[way]}\nsys.exit(run([Path({str(demo / 'compose.yaml')!r})]))"
    written, code = in_a_terminal(script, "2v", tmp_path)
    screen, _, after = written.rpartition("\x1b[?1049l")
    assert screen, "the terminal is given back"
    assert code == 2
    assert SECRET not in written
    assert "Traceback" not in written
    assert "batten: an error that should not happen ended the assistant" in after
    assert "Your decisions are kept" in " ".join(after.split())
    assert len(after.strip().splitlines()) <= 3, "one line, folded to the terminal's width"


def test_a_project_that_cannot_be_read_leaves_the_terminal_alone(tmp_path: Path) -> None:
    script = "from pathlib import Path; from tui.app import run; run([Path('nowhere.yaml')])"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "InputError" in run.stderr
    assert "\x1b[" not in run.stdout


def test_no_thread_of_the_assistant_ends_in_a_panel() -> None:
    """Textual prints the local variables of a worker that fails, unless it is told not to; and then somebody has to look after its errors."""
    begun = 0
    for path in (ROOT / "tui").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("work", "self.run_worker") and "thread=True" in ast.unparse(node):
                begun += 1
                assert "exit_on_error=False" in ast.unparse(node), f"{path.name}:{node.lineno}"
            if isinstance(node, ast.FunctionDef) and any(ast.unparse(one).startswith("work(thread=True") for one in node.decorator_list):
                assert "in_thread()" in ast.unparse(node), f"{path.name}:{node.lineno}"
    assert begun > 5


class TestTheSentence:
    def test_names_the_kind_and_our_own_place_only(self) -> None:
        try:
            sentence_of_a_number = sentence(None)  # type: ignore[arg-type]
        except AttributeError as error:
            text = sentence(error)
            assert "AttributeError at tui/failing.py:" in text
            assert "NoneType" not in text
        else:
            pytest.fail(sentence_of_a_number)

    def test_does_without_a_place(self) -> None:
        assert "(KeyError)" in sentence(KeyError("password"))
