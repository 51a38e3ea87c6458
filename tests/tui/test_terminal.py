"""Real processes on real terminals: killed, hung up, put to sleep, resized. The terminal is left as it was, and the files are sane."""

from __future__ import annotations

import asyncio
import random
import shlex
import signal
import termios
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from batten.design import file
from batten.session import Session, autosave_path
from tests.tui.helping import opened
from tests.tui.helping import press as press_in
from tests.tui.terminals import ENTERED, LEFT, Terminal, assistant, started_on, terminal
from wizards.questions import decide
from wizards.steps import step

DECISIONS = (
    ("2", "down", "l"),
    ("3", "right", "greater_than_sign"),
    ("4", "enter"),
    ("5", "right"),
    ("6", "down", "right"),
    ("7", "down", "right"),
    ("8", "right"),
    ("9", "down", "right"),
    ("9", "n Socket", "right"),
    ("9", "n Socket", "n TLS", "enter", "space", "enter"),
    ("9", "n Socket", "n TLS", "n Target", "right"),
)
"""Keys that decide something in every step of the demo, one after the other; ``n`` with the step that it leads to."""
SENT = {"down": "\x1b[B", "right": "\x1b[C", "enter": "\r", "space": " ", "greater_than_sign": ">"}
"""What a terminal sends for a key."""
DRAWN = {"c": ("saved",), "enter": ("take it", "○ saving"), **{digit: (f"▶{digit}",) for digit in "23456789"}}
"""What is drawn when a key was heard."""
STORM = 60
"""How often the size changes in a storm."""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that the test and the processes that it starts share."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def press(found: Terminal, *keys: str) -> None:
    """Press keys, each after what the one before does was drawn."""
    for named in keys:
        start, (key, _, title) = len(found.written), named.partition(" ")
        found.send(SENT.get(key, key))
        marks = (f"▶ {title}",) if title else DRAWN.get(key, ())
        if marks:
            found.until(partial(_drawn, found, start, marks), f"what {named!r} does")
        found.until_quiet(0.1)


def _drawn(found: Terminal, start: int, marks: Sequence[str]) -> bool:
    return any(mark.encode() in found.written[start:] for mark in marks)


def kept(demo: Path) -> str:
    """The design in progress as it is kept; whenever one looks, it can be read."""
    path = autosave_path(Session.open([demo / "compose.yaml"]).project)
    return file.dump(file.read(path)) if path.is_file() else ""


class TestKilled:
    def test_after_any_step_nothing_is_lost(self, demo: Path, state: Path) -> None:
        path, held = autosave_path(Session.open([demo / "compose.yaml"]).project), b""
        for number, keys in enumerate(DECISIONS):
            with assistant(demo / "compose.yaml", state) as found:
                press(found, *(["c"] if number else []), *keys)
                found.until(lambda before=held: path.is_file() and path.read_bytes() != before, f"the decision by {keys} to be kept")  # type: ignore[misc]
                found.kill()
                assert found.until_ended() == -signal.SIGKILL
            held = path.read_bytes()
        assert held.decode() == asyncio.run(self.undisturbed(demo))

    async def undisturbed(self, demo: Path) -> str:
        """The design after the same keys in one sitting."""
        async with opened(demo / "compose.yaml") as (app, pilot):
            for keys in DECISIONS:
                await press_in(app, pilot, *(key.partition(" ")[0] for key in keys))
            return file.dump(app.session.design)

    def test_in_the_middle_of_a_decision_that_one_at_most(self, demo: Path, state: Path) -> None:
        session = Session.open([demo / "compose.yaml"])
        possible = [file.dump(session.design)]
        for tier in ("data", "ops", "job"):
            question = next(one for one in step("tiers").questions(session) if one.subject == "web")
            session = decide(session, step("tiers"), question, tier)
            possible.append(file.dump(session.design))
        with assistant(demo / "compose.yaml", state) as found:
            press(found, "3", "right", "greater_than_sign")
            found.until(lambda: kept(demo) == possible[1], "the first decision to be kept")
            found.send(">", ">")
            found.read(0.02)
            found.kill()
            found.until_ended()
        assert kept(demo) in possible[1:]


class TestALostTerminal:
    @pytest.mark.parametrize("ignoring", [(), (signal.SIGHUP,)], ids=["told", "not told"])
    def test_ends_the_assistant_and_loses_nothing(self, ignoring: tuple[signal.Signals, ...], demo: Path, state: Path) -> None:
        original = (demo / "compose.yaml").read_bytes()
        with assistant(demo / "compose.yaml", state, ignoring=ignoring) as found:
            press(found, "3", "greater_than_sign")
            found.until(lambda: kept(demo), "the decision to be kept")
            before = kept(demo)
            found.hang_up()
            assert found.until_ended() == 128 + signal.SIGHUP
        assert kept(demo) == before
        assert (demo / "compose.yaml").read_bytes() == original


class TestAPoliteKill:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=str)
    def test_gives_the_terminal_back(self, number: signal.Signals, demo: Path, state: Path) -> None:
        with assistant(demo / "compose.yaml", state) as found:
            found.kill(number)
            found.until_ended()
            assert found.sane
            assert b"Traceback" not in found.written


class TestKeysOfTheTerminal:
    def test_control_c_ends_nothing(self, demo: Path, state: Path) -> None:
        with assistant(demo / "compose.yaml", state) as found:
            press(found, "\x03", "3", "greater_than_sign", "\x03")
            found.until(lambda: kept(demo), "the decision to be kept")
            press(found, "q", "q")
            assert found.until_ended() == 0
            assert found.sane

    def test_control_z_puts_to_sleep_and_fg_wakes(self, demo: Path, state: Path) -> None:
        shell = ["/bin/bash", "--norc", "--noprofile", "-i"]
        with terminal(shell, {"XDG_STATE_HOME": str(state), "PS1": "PROMPT> "}) as found:
            found.until_drawn("PROMPT> ")
            found.until_quiet()
            before = termios.tcgetattr(found.end)
            found.send(f"{shlex.join(started_on(demo / 'compose.yaml'))}\n")
            found.until_drawn("needed)")
            press(found, "\x1a")
            found.until_drawn("Stopped")
            found.until_quiet()
            assert termios.tcgetattr(found.end) == before
            assert found.written.count(ENTERED) == found.written.count(LEFT) == 1
            asleep = len(found.written)
            found.send("fg\n")
            found.until_drawn(ENTERED, asleep)
            found.until_drawn("needed)", asleep)
            press(found, "q")
            found.until_drawn(LEFT, asleep)
            found.until_quiet()
            assert termios.tcgetattr(found.end) == before
            found.send("exit\n")
            found.until_ended()


class TestResizing:
    def test_a_storm_of_sizes_at_any_moment(self, demo: Path, state: Path) -> None:
        dice = random.Random(8)
        with assistant(demo / "compose.yaml", state) as found:
            for _ in range(STORM):
                found.resize(dice.randint(80, 240), dice.randint(24, 70))
                found.send(SENT.get(key := dice.choice(("1", "2", "3", "4", "5", "9", "0", "n", "v", "down")), key))
                found.read(0.01)
            for size in ((240, 70), (80, 24)):
                found.resize(*size)
                drawn = len(found.written)
                found.until_drawn(b"quit", drawn)
            found.until_quiet()
            found.send("q")
            assert found.until_ended() == 0
            assert found.sane
