"""The observe screen: counts that go up while a running project is watched, and what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.design.sections.observed import Observations, Sighting, Watch
from batten.engine.observing import Look as Sample
from batten.errors import EngineError
from batten.model import EvidenceKind
from tests.tui.acting import GONE, HOSTILE, SERVICES, SHOP, Acting, Gate
from tests.tui.helping import NARROW, WIDE, frame, matches_golden, press, settled
from tests.tui.watching import at, steady, until, walk
from tui.app import BattenApp
from tui.screens.observe import ObserveScreen
from tui.screens.stages import Stage

if TYPE_CHECKING:
    from textual.pilot import Pilot

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
LOST = EngineError("the engine does not answer any more.", hint="Run it again.")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times on the screen are those of the machine."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def sighting(source: str, target: str, port: str, times: int, last: float) -> Sighting:
    """Seen for the first time at noon."""
    return Sighting((source,), (target,), (port,), times, NOON, NOON + timedelta(seconds=last))


def sample(number: int, seconds: float, *seen: Sighting) -> Sample:
    """A look after some seconds."""
    watched = (Watch(seconds, frozenset(SERVICES)),)
    return Sample(Observations(seen, watched), (), frozenset(SERVICES), number, seconds, 0.01 * number, 2.0)


def early() -> Sample:
    """Two pairs, a few connections."""
    return sample(3, 4, sighting("proxy", "web", "8000/tcp", 2, 3), sighting("api", "db", "5432/tcp", 1, 0))


def late(seconds: float = 600) -> Sample:
    """What is needed, one that no file speaks for, one to the outside, and one of which it cannot be told who it was."""
    shared = Sighting(("api", "worker"), ("cache",), ("6379/tcp",), 3, NOON, NOON + timedelta(seconds=seconds))
    return sample(
        300, seconds, sighting("proxy", "web", "8000/tcp", 41, seconds), sighting("api", "db", "5432/tcp", 9, 400),
        sighting("web", "cache", "6379/tcp", 5, 300), sighting("internet", "proxy", "80/tcp", 77, seconds), shared,
    )  # fmt: skip


def script(gate: Gate, last: Callable[[], Sample] = late) -> list[Any]:
    """It waits after the first looks."""
    return [early(), gate, last()]


def opened_gate() -> Gate:
    """One that lets everything through."""
    gate = Gate()
    gate.open()
    return gate


class TestWatching:
    def test_it_says_what_it_would_do_before_it_does(self, demo: Path) -> None:
        running = Acting(SHOP, observe=[])

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "watch for 10 minutes; escape ends it early" in frame(app)
            await press(app, pilot, "w")
            assert "watch for 60 minutes" in frame(app)
            await press(app, pilot, "w")
            assert "watch until you end it" in frame(app)
            assert running.asked == []

        walk(demo, "observe", running, look)

    def test_counts_go_up(self, demo: Path) -> None:
        gate = Gate()

        async def watch(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "2 pairs, 3 connections, 7 services" in frame(app))
            assert "0:04 of 10:00" in frame(app)
            gate.open()
            await settled(app, pilot)
            assert "5 pairs, 135 connections" in frame(app)
            assert "10:00 of 10:00" in frame(app)

        running = Acting(SHOP, observe=script(gate))
        walk(demo, "observe", running, watch)
        assert running.asked == [("observe", {"seconds": 600})]

    def test_the_cursor_stays_on_its_pair(self, demo: Path) -> None:
        gate = Gate()

        async def watch(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "2 pairs" in frame(app))
            await pilot.press("down")
            assert "proxy → web   2 connections" in frame(app)
            gate.open()
            await settled(app, pilot)
            assert "proxy → web   41 connections" in frame(app)

        walk(demo, "observe", Acting(SHOP, observe=script(gate)), watch)

    def test_what_was_expected_and_what_is_new(self, demo: Path) -> None:
        async def watch(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            said = {tuple(words[:2]): words[-1] for line in frame(app).splitlines() if len(words := line.replace("▸", " ").split()) > 5}
            assert said["api", "db"] == "expected"
            assert said["web", "cache"] == "NEW"
            assert said["internet", "proxy"] == "outside"
            assert "1 NEW" in frame(app)

        walk(demo, "observe", Acting(SHOP, observe=script(opened_gate())), watch)

    def test_escape_ends_it_early_and_keeps_what_was_seen(self, demo: Path) -> None:
        gate = Gate()

        async def end(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "2 pairs" in frame(app))
            await pilot.press("escape")
            gate.open()
            await settled(app, pilot)
            assert at(app, ObserveScreen).stage is Stage.STOPPED
            assert "ended early" in frame(app)
            assert "t takes it into the design" in frame(app)

        running = Acting(SHOP, observe=script(gate))
        walk(demo, "observe", running, end)
        assert running.closed == ["observe"]


class TestLearning:
    def test_what_was_seen_becomes_evidence_and_can_be_undone(self, demo: Path) -> None:
        async def take(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session.design
            await press(app, pilot, "enter", "t")
            kinds = {(one.source, one.target): one.evidence[0].kind for one in app.session.design.connections}
            assert kinds["api", "db"] == kinds["web", "cache"] == EvidenceKind.OBSERVED
            assert app.session.past[-1].label == "what was seen in 10 minutes"
            assert "in the design; u undoes it" in frame(app)
            await press(app, pilot, "t")
            assert len(app.session.past) == 1
            await press(app, pilot, "u")
            assert app.session.design == before

        walk(demo, "observe", Acting(SHOP, observe=script(opened_gate())), take)

    def test_what_was_never_seen_is_asked_about_and_not_closed(self, demo: Path) -> None:
        async def take(app: BattenApp, pilot: Pilot[Any]) -> None:
            held = {(one.source, one.target) for one in app.session.design.connections}
            await press(app, pilot, "enter", "t")
            assert held <= {(one.source, one.target) for one in app.session.design.connections}
            await press(app, pilot, "4", "home", "o")
            assert "worker → api" in frame(app)

        walk(demo, "observe", Acting(SHOP, observe=script(opened_gate())), take)


class TestWhatGoesWrong:
    def test_without_an_engine_it_steps_aside(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "there is no engine at" in frame(app)
            assert "observe" in app.absent

        walk(demo, "observe", Acting(GONE), look)

    def test_an_engine_that_is_gone_in_the_middle_takes_nothing_away(self, demo: Path) -> None:
        async def watch(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            assert "the engine does not answer any more" in frame(app)
            assert "proxy" in frame(app)
            await press(app, pilot, "t")
            assert len(app.session.past) == 1

        walk(demo, "observe", Acting(SHOP, observe=[early(), LOST]), watch)

    @pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
    def test_strangers_names_have_no_power(self, demo: Path, size: tuple[int, int]) -> None:
        odd = Sighting((HOSTILE, HOSTILE * 9), (HOSTILE,), (HOSTILE,), 1, NOON, NOON)

        async def watch(app: BattenApp, pilot: Pilot[Any]) -> None:
            for key in ("enter", "down", "e", "escape", "end", "t"):
                await press(app, pilot, key)
                text = frame(app)
                assert "\x1b" not in text
                assert all(len(line) <= size[0] for line in text.splitlines())
            assert app.is_running

        walk(demo, "observe", Acting(SHOP, observe=[sample(1, 1.0, odd, sighting(HOSTILE, HOSTILE, "1/tcp", 1, 0))]), watch, size)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x45"])
def test_the_frames_are_as_reviewed(demo: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    gate, name = Gate(), f"{size[0]}x{size[1]}"
    monkeypatch.chdir(demo)

    async def frames(app: BattenApp, pilot: Pilot[Any]) -> None:
        matches_golden(f"live/observe-ready-{name}", await steady(app, pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "2 pairs" in frame(app))
        matches_golden(f"live/observe-working-{name}", await steady(app, pilot))
        gate.open()
        await settled(app, pilot)
        await press(app, pilot, "down", "down", "down", "down")
        matches_golden(f"live/observe-over-{name}", await steady(app, pilot))

    walk(demo, "observe", Acting(SHOP, observe=script(gate)), frames, size)
