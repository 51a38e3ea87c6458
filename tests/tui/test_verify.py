"""The verify screen: a matrix that fills in while a running project is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.engine.verifying import HOST, Joined, Measured, Pair, Verification
from batten.errors import EngineError
from batten.reach import predict
from batten.session import Session
from tests.tui.acting import GONE, HOSTILE, SERVICES, SHOP, Acting, Gate
from tests.tui.helping import NARROW, WIDE, frame, matches_golden, press, settled
from tests.tui.watching import at, looked, steady, until, walk
from tui.app import BattenApp
from tui.running import Phase
from tui.screens.stages import Stage
from tui.screens.verify import VerifyScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

NEEDED = {("proxy", "web"), ("proxy", "api"), ("api", "db"), ("api", "cache"), ("worker", "db"), ("worker", "cache")}


def pairs() -> list[Pair]:
    """Each service may call what it needs; the host all of them."""
    found = [as_predicted(*ends, ("8000/tcp",) if ends in NEEDED else ()) for ends in permutations(SERVICES, 2)]
    return [*found, *(as_predicted(HOST, name, ("8000/tcp",)) for name in SERVICES)]


def as_predicted(source: str, target: str, ports: tuple[str, ...]) -> Pair:
    """What should answer, answers."""
    return Pair(source, target, ports, ports, (source, target) in NEEDED)


def measured(found: Sequence[Pair]) -> list[Measured]:
    """Each as it is told while the others are not known yet."""
    return [Measured(pair, number, len(found)) for number, pair in enumerate(found, 1)]


def changed(found: Sequence[Pair]) -> list[Pair]:
    """One pair open that should not be, one closed that should be open, and a service of which nothing is known."""
    others = {("web", "db"): {"found": ("5432/tcp",)}, ("api", "cache"): {"found": ()}}
    silent = {"expected": (), "found": (), "unasked": "nothing listens for TCP in it"}
    return [one._replace(**(silent if one.target == "dashboard" else others.get((one.source, one.target), {}))) for one in found]  # type: ignore[arg-type]


def told(session: Session, found: Sequence[Pair], *, differs: bool = False) -> Verification:
    """Everything at the end."""
    joined = (Joined("web", "shop-web-1", ("shop_default",), ("shop_default", "shop_spare")),) if differs else ()
    unasked = {"dashboard": "nothing listens for TCP in it"} if differs else {}
    return Verification("shop", "27.3.1", predict(session.project), joined, tuple(found), 96, unasked)


def green(session: Session) -> list[Any]:
    """As it should be."""
    return [Phase("asking the engine"), *measured(pairs()), told(session, pairs())]


def script(gate: Gate) -> Callable[[Session], list[Any]]:
    """Something differs; it waits in the middle."""

    def play(session: Session) -> list[Any]:
        found = changed(pairs())
        return [Phase("asking the engine"), *measured(found)[:20], gate, *measured(found)[20:], told(session, found, differs=True)]

    return play


class TestWithAnEngine:
    def test_it_says_what_it_would_do_before_it_does(self, demo: Path) -> None:
        running = Acting(SHOP, verify=green)

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "7 of 7 services of shop run on Docker 27.3.1 at unix:///var/run/docker.sock." in " ".join(frame(app).split())
            assert running.asked == []

        walk(demo, "verify", running, look)

    def test_what_is_as_it_should_be(self, demo: Path) -> None:
        running = Acting(SHOP, verify=green)

        async def compare(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            assert at(app, VerifyScreen).stage is Stage.DONE
            assert "AS IT SHOULD BE: 49 of 49 pairs as predicted" in frame(app)

        walk(demo, "verify", running, compare)
        assert running.asked == [("verify", {"designed": False, "connect": True})]
        assert running.closed == ["verify"]

    def test_cells_fill_in_as_they_are_measured(self, demo: Path) -> None:
        gate = Gate()

        async def compare(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "20 of 49" in frame(app))
            early = frame(app)
            gate.open()
            await settled(app, pilot)
            assert frame(app).count("●") > early.count("●") > 1

        walk(demo, "verify", Acting(SHOP, verify=script(gate)), compare)

    def test_what_differs_is_named(self, demo: Path) -> None:
        gate = Gate()
        gate.open()

        async def compare(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            assert "DIFFERS: 40 of 42 pairs as predicted, 7 not asked, networks: 1 differs" in frame(app)
            assert "web → db   OPEN wrongly: 5432/tcp" in frame(app)
            await press(app, pilot, "o")
            assert "api → cache   CLOSED wrongly" in frame(app)
            await press(app, pilot, "o")
            assert "web → db" in frame(app)

        walk(demo, "verify", Acting(SHOP, verify=script(gate)), compare)

    def test_with_the_decisions_or_the_networks_alone(self, demo: Path) -> None:
        running = Acting(SHOP, verify=green)

        async def compare(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d")
            assert "compared with your decisions" in frame(app)
            await press(app, pilot, "m")

        walk(demo, "verify", running, compare)
        assert running.asked == [("verify", {"designed": True, "connect": False})]

    def test_escape_stops_it_and_it_cleans_up(self, demo: Path) -> None:
        gate = Gate()
        running = Acting(SHOP, verify=script(gate))

        async def stop(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "20 of 49" in frame(app))
            await pilot.press("escape")
            await pilot.pause()
            assert at(app, VerifyScreen).stage is Stage.STOPPING
            gate.open()
            await settled(app, pilot)
            assert "stopped; nothing was left behind" in frame(app)

        walk(demo, "verify", running, stop)
        assert running.closed == ["verify"]

    def test_it_goes_on_while_one_looks_elsewhere(self, demo: Path) -> None:
        gate = Gate()

        async def wander(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "20 of 49" in frame(app))
            await pilot.press("0")
            await pilot.pause()
            gate.open()
            await settled(app, pilot)
            app.switch_mode("verify")
            await settled(app, pilot)
            assert "DIFFERS" in frame(app)

        walk(demo, "verify", Acting(SHOP, verify=script(gate)), wander)


class TestWithoutOne:
    def test_it_says_so_and_steps_aside(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "there is no engine at" in frame(app)
            assert "Start Docker" in frame(app)
            assert "verify" in app.absent
            assert app.is_running

        walk(demo, "verify", Acting(GONE), look)

    def test_nothing_of_the_project_runs(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "nothing of shop runs on it" in frame(app)
            await press(app, pilot, "enter")
            await looked(app, pilot)
            assert at(app, VerifyScreen).stage is Stage.ABSENT

        walk(demo, "verify", Acting(SHOP._replace(running=frozenset())), look)

    def test_an_engine_that_goes_away_in_the_middle(self, demo: Path) -> None:
        def play(session: Session) -> list[Any]:
            return [Phase("asking"), *measured(pairs())[:5], EngineError("the engine does not answer any more.", hint="Run it again.")]

        async def fail(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            assert "could not be done" in frame(app)
            assert "the engine does not answer any more. Run it again." in frame(app)

        walk(demo, "verify", Acting(SHOP, verify=play), fail)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_strangers_names_have_no_power(demo: Path, size: tuple[int, int]) -> None:
    def play(session: Session) -> list[Any]:
        odd = [Pair("web", HOSTILE, (), (f"{HOSTILE}/tcp",), None), Pair(HOSTILE, "web", (), (), None, f"{HOSTILE} is gone")]
        joined = (Joined(HOSTILE, HOSTILE * 9, (), (HOSTILE,), stranger=True),)
        return [Phase(HOSTILE), *measured(odd), replace(told(session, odd), memberships=joined)]

    async def compare(app: BattenApp, pilot: Pilot[Any]) -> None:
        for key in ("enter", "o", "e", "escape", "down", "right", "end"):
            await press(app, pilot, key)
            text = frame(app)
            assert "\x1b" not in text
            assert all(len(line) <= size[0] for line in text.splitlines())
        assert app.is_running

    walk(demo, "verify", Acting(SHOP._replace(engine=HOSTILE, where=HOSTILE), verify=play), compare, size)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x45"])
def test_the_frames_are_as_reviewed(demo: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    gate, name = Gate(), f"{size[0]}x{size[1]}"
    monkeypatch.chdir(demo)

    async def frames(app: BattenApp, pilot: Pilot[Any]) -> None:
        matches_golden(f"live/verify-ready-{name}", await steady(app, pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "20 of 49" in frame(app))
        matches_golden(f"live/verify-working-{name}", await steady(app, pilot))
        gate.open()
        await settled(app, pilot)
        matches_golden(f"live/verify-differs-{name}", await steady(app, pilot))

    walk(demo, "verify", Acting(SHOP, verify=script(gate)), frames, size)
