"""The apply screen: asked before anything restarts, told what happens, and everything taken back by one key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.engine.events import (
    GO,
    KEEP,
    NO,
    TAKE_BACK,
    TROUBLE,
    UNDO,
    YES,
    Choice,
    Ended,
    Outcome,
    Question,
    Said,
    Standings,
    Step,
    Suspect,
    Suspected,
    TakenBack,
    Trouble,
    Written,
)
from batten.engine.events import Stage as At
from batten.engine.foreseeing import Foreseen
from batten.engine.settling import Standing
from batten.engine.verifying import Measured, Pair
from batten.errors import EngineError
from tests.tui.acting import GONE, HOSTILE, SHOP, Acting, Gate
from tests.tui.helping import NARROW, WIDE, frame, matches_golden, press, settled
from tests.tui.watching import at, looked, steady, until, walk
from tui.screens.apply import ApplyScreen
from tui.screens.stages import Stage

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import BattenApp

FORESEEN = Foreseen({"web": "its entry in the files changes", "api": "its entry in the files changes"}, ("db",), ("shop_default",), True, {})
ASKED = Question(GO, "2 services will be restarted. Go on?", (Choice(YES, "write the files and bring the project up"), Choice(NO, "change nothing")), NO)
UNIT = "privileges.web"
SUSPECTED = Suspected(
    (Trouble("web", "exited with code 1"),),
    (
        Suspect(UNIT, "web", "It could not write.", "mkdir() failed (30: Read-only file system)", "its root file system is read-only now", 90),
        Suspect("privileges.web.caps", "web", "An operation was not permitted.", "", "capabilities were dropped", 45),
    ),
)
WHAT_NOW = Question(TROUBLE, "Something is wrong. What now?", (Choice(f"{TAKE_BACK}:{UNIT}", ""), Choice(UNDO, ""), Choice(KEEP, "")), f"{TAKE_BACK}:{UNIT}")
WRITTEN = Written(("compose.yaml", "batten.yaml"), (), Path(".batten/backups/20260301-1200"))


def standings(**containers: str) -> Standings:
    """How containers stand; one that has exited has failed."""
    return Standings(tuple(Standing(name, f"shop-{name}-1", text, text == "healthy", text.startswith("exited")) for name, text in containers.items()))


BEGINNING: list[Any] = [Step(At.PLAN, "Plan what changes, and look at what runs"), FORESEEN, Step(At.ASK, "Ask before anything restarts"), ASKED]
PUTTING: list[Any] = [
    Step(At.WRITE, "Write the hardened files, and keep the old ones"),
    WRITTEN,
    Step(At.START, "Bring the project up"),
    Said("Container shop-web-1  Recreate"),
    Said("Container shop-web-1  Started"),
    Step(At.HEALTH, "Wait until the containers stand"),
    standings(web="running", db="healthy", api="waiting for its healthcheck"),
]
COMPARING: list[Any] = [Step(At.VERIFY, "Compare who connects with who should"), Measured(Pair("web", "api", (), (), None), 3, 9)]
LISTENING: list[Any] = [Step(At.LOGS, "Read what the containers say")]
WELL: list[Any] = [standings(web="healthy", db="healthy", api="healthy"), *COMPARING, *LISTENING]
ILL: list[Any] = [standings(web="exited with code 1", db="healthy", api="healthy"), *COMPARING, *LISTENING, SUSPECTED]
BACK: list[Any] = [
    Step(At.UNDO, "Put the old files back"),
    Written(("compose.yaml",), ("batten.yaml",), None),
    Step(At.START, "Bring the project up as it was"),
    Step(At.HEALTH, "Wait until the containers stand"),
    standings(web="healthy", db="healthy", api="healthy"),
]
APPLIED = Ended(Outcome.APPLIED, "The hardened project runs.")
UNDONE = Ended(Outcome.UNDONE, "The old files are back, and the project runs with them.")


class TestPuttingItIn:
    def test_nothing_restarts_before_somebody_says_yes(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "2 services will be restarted. Go on?" in frame(app))
            text = frame(app)
            assert "web                   restarts      its entry in the files changes" in text
            assert "network shop_default  is made anew" in text
            assert "Data stays: no volume is removed or made anew." in text
            await press(app, pilot, "escape")
            assert "Nothing was changed." in frame(app)

        running = Acting(SHOP, apply=[*BEGINNING, Ended(Outcome.DECLINED, "Nothing was changed.")])
        walk(demo, "apply", running, look)
        assert running.answers == [NO]

    def test_steps_are_ticked_off_until_it_runs(self, demo: Path) -> None:
        gate = Gate()

        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "Go on?" in frame(app))
            await pilot.press("enter")
            await until(pilot, lambda: "1 of 3" in frame(app))
            assert "✓ bring up  ▶ wait  · compare" in frame(app)
            assert "waiting for its healthcheck" in frame(app)
            running.backup = True
            gate.open()
            await settled(app, pilot)
            assert "✓ read logs" in frame(app)
            assert "The hardened project runs." in frame(app)
            assert "u takes everything back" in frame(app)
            assert app.exported

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, gate, *WELL, APPLIED])
        walk(demo, "apply", running, go)
        assert running.answers == [YES]

    def test_without_an_engine_it_steps_aside(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "there is no engine at" in frame(app)
            assert "apply" in app.absent

        walk(demo, "apply", Acting(GONE), look)

    def test_nothing_has_to_run_before(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert at(app, ApplyScreen).stage is Stage.READY

        walk(demo, "apply", Acting(SHOP._replace(running=frozenset())), look)


class TestTrouble:
    async def to_trouble(self, app: BattenApp, pilot: Pilot[Any]) -> None:
        """Begin, say yes, and wait for the bad news."""
        await pilot.press("enter")
        await until(pilot, lambda: "Go on?" in frame(app))
        await pilot.press("enter")
        await until(pilot, lambda: "What now?" in frame(app))

    def test_the_suspect_is_named_with_the_line_that_says_so(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await self.to_trouble(app, pilot)
            text = frame(app)
            assert "privileges.web         very    its root file system is read-only now" in text
            assert "web: exited with code 1" in text
            assert "(30: Read-only file system)" in text
            await press(app, pilot, "c")

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, *ILL, WHAT_NOW, Ended(Outcome.KEPT, "The files are in place.")])
        walk(demo, "apply", running, look)
        assert running.answers == [YES, KEEP]

    def test_the_suspect_alone_is_taken_back_and_left_out_of_the_decisions(self, demo: Path) -> None:
        changed = [TakenBack(UNIT, "It could not write."), *PUTTING, *WELL, Ended(Outcome.CHANGED, "It runs, without what was taken back.")]

        async def back(app: BattenApp, pilot: Pilot[Any]) -> None:
            await self.to_trouble(app, pilot)
            await press(app, pilot, "b")
            assert "It runs, without what was taken back." in frame(app)
            assert f"Left out: {UNIT}." in frame(app)
            assert [one.change for one in app.session.design.left_out] == [UNIT]
            assert app.session.past[-1].label == f"{UNIT} left out"

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, *ILL, WHAT_NOW, *changed])
        walk(demo, "apply", running, back)
        assert running.answers == [YES, f"{TAKE_BACK}:{UNIT}"]

    def test_everything_is_taken_back_by_one_key(self, demo: Path) -> None:
        async def back(app: BattenApp, pilot: Pilot[Any]) -> None:
            await self.to_trouble(app, pilot)
            await press(app, pilot, "u")
            assert "✓ put back  ✓ bring up  ✓ wait" in frame(app)
            assert "The old files are back, and the project runs with them." in frame(app)

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, *ILL, WHAT_NOW, *BACK, UNDONE])
        walk(demo, "apply", running, back)
        assert running.answers == [YES, UNDO]

    def test_what_cannot_go_on_says_what_is_true_then(self, demo: Path) -> None:
        gone = EngineError("the engine does not answer any more.", hint="The hardened files are in place; no container was touched yet.")

        async def fail(app: BattenApp, pilot: Pilot[Any]) -> None:
            running.backup = True
            await pilot.press("enter")
            await until(pilot, lambda: "Go on?" in frame(app))
            await press(app, pilot, "enter")
            text = " ".join(frame(app).split())
            assert "the engine does not answer any more. The hardened files are in place" in text
            assert "u takes everything back" in text
            assert not app.busy

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, gone])
        walk(demo, "apply", running, fail)


class TestTheWayBack:
    def test_it_is_there_for_a_hardening_of_another_day(self, demo: Path) -> None:
        running = Acting(SHOP, undo=[Step(At.PLAN, "Look at what runs"), FORESEEN, Step(At.ASK, "Ask"), ASKED, *BACK, UNDONE])
        running.backup = True

        async def back(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "take the last hardening back" in frame(app)
            await pilot.press("u")
            await until(pilot, lambda: "Go on?" in frame(app))
            await press(app, pilot, "enter")
            assert "The old files are back" in frame(app)

        walk(demo, "apply", running, back)
        assert running.closed == ["undo"]

    def test_the_same_key_in_the_middle_stops_and_goes_back(self, demo: Path) -> None:
        gate = Gate()

        async def back(app: BattenApp, pilot: Pilot[Any]) -> None:
            running.backup = True
            await pilot.press("enter")
            await until(pilot, lambda: "Go on?" in frame(app))
            await pilot.press("enter")
            await until(pilot, lambda: "1 of 3" in frame(app))
            await pilot.press("u")
            assert at(app, ApplyScreen).stage is Stage.STOPPING
            gate.open()
            await until(pilot, lambda: "The old files are back" in frame(app))

        running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, gate, *WELL, APPLIED], undo=[Step(At.PLAN, "Look"), *BACK, UNDONE])
        walk(demo, "apply", running, back)
        assert running.closed == ["apply", "undo"]

    def test_where_there_is_none_the_key_undoes_a_decision(self, demo: Path) -> None:
        async def undo(app: BattenApp, pilot: Pilot[Any]) -> None:
            app.take(app.session.decide(app.session.design.leaving_out("x", "y"), "something"))
            await press(app, pilot, "u")
            assert not app.session.past

        walk(demo, "apply", Acting(SHOP), undo)


class TestTheDoors:
    def test_the_export_leads_here(self, demo: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0")
            assert "a in place, and up" in frame(app)
            await press(app, pilot, "a")
            await looked(app, pilot)
            assert at(app, ApplyScreen).stage is Stage.READY

        walk(demo, "apply", Acting(SHOP), go)

    def test_so_does_what_was_written_in_place(self, demo: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "i", "i")
            assert "a: bring it up" in frame(app)
            await press(app, pilot, "a")
            assert app.current_mode == "apply"

        walk(demo, "apply", Acting(SHOP), go)


class TestLeaving:
    def test_in_the_middle_it_asks_first(self, demo: Path) -> None:
        gate = Gate()

        async def leave(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "Go on?" in frame(app))
            await pilot.press("q")
            await pilot.pause()
            assert "The hardened project is being put in." in frame(app)
            await pilot.press("escape")
            await pilot.pause()
            await press(app, pilot, "escape")
            assert app.is_running

        walk(demo, "apply", Acting(SHOP, apply=[*BEGINNING, Ended(Outcome.DECLINED, "Nothing was changed."), gate][:-1]), leave)

    def test_whoever_leaves_all_the_same_leaves_no_thread_that_waits(self, demo: Path) -> None:
        async def leave(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("enter")
            await until(pilot, lambda: "Go on?" in frame(app))
            await pilot.press("q")
            await pilot.pause()
            await pilot.press("q")
            await pilot.pause()

        running = Acting(SHOP, apply=[*BEGINNING, APPLIED])
        walk(demo, "apply", running, leave)
        assert running.answers == []
        assert running.closed == ["apply"]


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["small", "large"])
def test_strangers_names_have_no_power(demo: Path, size: tuple[int, int]) -> None:
    suspected = Suspected((Trouble(HOSTILE, HOSTILE * 20),), (Suspect(HOSTILE, HOSTILE, HOSTILE, HOSTILE * 30, HOSTILE, 90),))
    odd = [Foreseen({HOSTILE: HOSTILE}, (HOSTILE,), (HOSTILE,), False, {}), Question(GO, HOSTILE, (Choice(YES, HOSTILE),), YES)]
    said = [Step(At.START, HOSTILE), Said(HOSTILE * 9), Standings((Standing(HOSTILE, HOSTILE, HOSTILE, False, True),))]
    end = [suspected, Question(TROUBLE, HOSTILE, (Choice(KEEP, ""),), KEEP), TakenBack(HOSTILE, HOSTILE), Ended(Outcome.KEPT, HOSTILE)]

    async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
        for key in ("enter", "enter", "down", "e", "escape", "c"):
            await pilot.press(key)
            await pilot.pause(0.3)
            text = frame(app)
            assert "\x1b" not in text
            assert all(len(line) <= size[0] for line in text.splitlines())
        assert app.is_running

    walk(demo, "apply", Acting(SHOP, apply=[Step(At.PLAN, HOSTILE), *odd, *said, *end]), go, size)


def test_secrets_in_what_is_said_are_masked(demo: Path) -> None:
    said = Said("FATAL: password kelp-lantern-5402 is wrong")

    async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
        await pilot.press("enter")
        await pilot.pause(0.5)
        assert "FATAL: password" in frame(app)
        assert "kelp-lantern" not in frame(app)

    walk(demo, "apply", Acting(SHOP, apply=[Step(At.START, "Bring the project up"), said, Ended(Outcome.NOTHING, "")]), go)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["80x24", "160x45"])
def test_the_frames_are_as_reviewed(demo: Path, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    gate, name = Gate(), f"{size[0]}x{size[1]}"
    monkeypatch.chdir(demo)

    async def frames(app: BattenApp, pilot: Pilot[Any]) -> None:
        matches_golden(f"live/apply-ready-{name}", await steady(app, pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "Go on?" in frame(app))
        matches_golden(f"live/apply-asking-{name}", await steady(app, pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "1 of 3" in frame(app))
        matches_golden(f"live/apply-working-{name}", await steady(app, pilot))
        gate.open()
        await until(pilot, lambda: "What now?" in frame(app))
        matches_golden(f"live/apply-trouble-{name}", await steady(app, pilot))
        running.backup = True
        await press(app, pilot, "c")
        matches_golden(f"live/apply-kept-{name}", await steady(app, pilot))

    running = Acting(SHOP, apply=[*BEGINNING, *PUTTING, gate, *ILL, WHAT_NOW, Ended(Outcome.KEPT, "The hardened files are in place, but not all is well.")])
    walk(demo, "apply", running, frames, size)
