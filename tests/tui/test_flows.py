"""From opening the demo to exported files, by keys alone."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batten.compose import load_project
from batten.hardening import harden
from batten.model import Risk
from batten.session import Session, autosave_path
from tests.tui.helping import NARROW, WIDE, frame, opened, press, settled, type_text, walk
from tui.app import BattenApp
from wizards.plain import run_plain
from wizards.steps import step

if TYPE_CHECKING:
    import pytest
    from textual.pilot import Pilot


class TestTheFirstScreen:
    def test_says_three_things(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            text = frame(app)
            shares = app.picture.shares
            assert shares is not None
            assert shares.safe > 0
            assert shares.safe + shares.check + shares.left == shares.found == len(app.picture.usable)
            assert f"{shares.found} things an intruder could use" in text
            assert f"{shares.safe} can be mended without risk" in text
            assert f"{shares.check + shares.left} need you" in text

        walk(demo, look)

    def test_one_key_leads_to_the_preview_of_all_safe_fixes(self, demo: Path) -> None:
        async def take(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "a")
            text = frame(app)
            assert "Everything that is without risk" in text
            assert "├─ compose.yaml" in text
            assert app.picture.after is not None
            assert {change.risk for change in app.picture.after.hardening.changes} == {Risk.SAFE}

        assert walk(demo, take).session.accept == Risk.SAFE

    def test_it_is_there_before_anything_is_worked_out(self, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(BattenApp, "develop", lambda self, session: None)

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            text = frame(app)
            assert "… things an intruder could use" in text
            assert "paths … → …" in text
            await press(app, pilot, *"234567890")
            assert "being worked out" in frame(app)

        walk(demo, look)


class TestExporting:
    def test_into_a_folder(self, demo: Path, tmp_path: Path) -> None:
        original = (demo / "compose.yaml").read_bytes()

        async def export(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "a", "x")
            await type_text(app, pilot, str(tmp_path / "out"))
            text = frame(app)
            assert "Written" in text
            assert app.exported

        walk(demo, export)
        project = load_project([tmp_path / "out" / "compose.yaml"])
        assert project.name == "shop"
        assert "POSTGRES_PASSWORD_FILE" in project.services["db"].environment
        assert stat.S_IMODE((tmp_path / "out" / "secrets").stat().st_mode) == 0o700
        assert (demo / "compose.yaml").read_bytes() == original

    def test_what_is_there_is_replaced_only_after_a_question(self, demo: Path, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "compose.yaml").write_text("mine")

        async def export(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "a", "x")
            await type_text(app, pilot, str(tmp_path / "out"))
            assert "There are files" in frame(app)
            assert (tmp_path / "out" / "compose.yaml").read_text() == "mine"
            await press(app, pilot, "r")
            assert "Written" in frame(app)

        walk(demo, export)
        assert "services:" in (tmp_path / "out" / "compose.yaml").read_text()

    def test_in_place_with_a_backup(self, demo: Path) -> None:
        original = (demo / "compose.yaml").read_bytes()

        async def export(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "i", "i")
            text = frame(app)
            assert "What was there is kept in" in text
            assert "docker compose" in text
            assert "--check" in text

        walk(demo, export, WIDE)
        assert (demo / "compose.yaml").read_bytes() != original
        backups = list((demo / ".batten" / "backups").rglob("compose.yaml"))
        assert [path.read_bytes() for path in backups] == [original]

    def test_after_a_change_in_place_nothing_is_left_to_do(self, demo: Path) -> None:
        async def twice(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0", "i", "i", "escape")
            assert "0 decisions" in frame(app)
            await press(app, pilot, "i", "i")
            assert "Everything was in place already" in frame(app)

        walk(demo, twice)

    def test_a_file_that_somebody_edited_meanwhile_is_not_overwritten(self, demo: Path) -> None:
        async def meanwhile(app: BattenApp, pilot: Pilot[Any]) -> None:
            text = (demo / "compose.yaml").read_text()
            (demo / "compose.yaml").write_text(text.replace("5432:5432", "5433:5432"))
            await press(app, pilot, "0", "i", "i")
            assert "Nothing was written" in frame(app)
            await press(app, pilot, "escape", "f5", "7")
            assert "db 5433" in frame(app)

        walk(demo, meanwhile)

    def test_it_says_what_it_does_and_can_be_stopped(self, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reached, let = threading.Event(), threading.Event()

        def slowly(*arguments: Any, **options: Any) -> Any:
            reached.set()
            assert let.wait(20)
            return harden(*arguments, **options)

        monkeypatch.setattr("tui.exporting.harden", slowly)

        async def stop(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "a", "x", "end", "ctrl+u")
            await pilot.press(*({"/": "slash", "-": "minus", "_": "underscore"}.get(one, one) for one in str(tmp_path / "out")), "enter")
            while not reached.is_set():
                await pilot.pause(0.05)
            await pilot.pause()
            assert "working out the changes …   escape stops it" in frame(app)
            await pilot.press("escape")
            let.set()
            await settled(app, pilot)
            assert "you stopped it" in frame(app)

        walk(demo, stop)
        assert not (tmp_path / "out").exists()

    def test_what_cannot_be_written_is_said_and_nothing_is(self, demo: Path, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("a file")

        async def export(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "a", "x")
            await type_text(app, pilot, str(tmp_path / "out"))
            assert "Nothing was written" in frame(app)
            assert not app.exported

        walk(demo, export)
        assert (tmp_path / "out").read_text() == "a file"

    def test_less_or_more_is_taken(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "0")
            assert "To be looked at" in frame(app) or app.session.accept == Risk.CHECK
            await press(app, pilot, "r")
            assert app.session.accept == Risk.SAFE
            assert "Everything that is without risk" in frame(app)
            await press(app, pilot, "r")
            assert "Everything that the design says" in frame(app)

        walk(demo, turn)


class TestDeciding:
    def test_arrows_change_an_answer_and_undo_takes_it_back(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session.design
            await press(app, pilot, "3", "right", "greater_than_sign")
            assert app.session.design.tiers["web"].tier == "data"
            await press(app, pilot, "u")
            assert app.session.design == before
            await press(app, pilot, "ctrl+r")
            assert app.session.design.tiers["web"].tier == "data"
            assert app.picture.session is app.session

        walk(demo, turn)

    def test_choosing_from_the_list(self, demo: Path) -> None:
        async def choose(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "7", "down", "enter", "down", "enter")
            assert [one.address for one in app.session.design.published if one.service == "db"] == [""]

        walk(demo, choose)

    def test_typing_another_address(self, demo: Path) -> None:
        async def choose(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "7", "down", "enter", "end", "enter")
            await type_text(app, pilot, "10.1.2.3")
            assert [one.address for one in app.session.design.published if one.service == "db"] == ["10.1.2.3"]
            await press(app, pilot, "enter", "end", "enter")
            await type_text(app, pilot, "office")
            assert [one.address for one in app.session.design.published if one.service == "db"] == ["10.1.2.3"], "an impossible address changes nothing"

        walk(demo, choose)

    def test_ticking_members(self, demo: Path) -> None:
        async def tick(app: BattenApp, pilot: Pilot[Any]) -> None:
            name, network = next(iter(app.session.design.networks.networks.items()))
            inside = [service for service in app.session.project.services if service in network.services]
            first = list(app.session.project.services).index(inside[0])
            await press(app, pilot, "5", "down", "down", "enter", *["down"] * first, "space", "enter")
            assert app.session.design.networks.networks[name].services == tuple(inside[1:])
            assert app.picture.after is not None
            assert app.picture.after.reach.unmet
            assert "needed" in frame(app)
            assert "cut" in frame(app)

        walk(demo, tick)

    def test_keeping_a_finding_asks_for_the_reason(self, demo: Path) -> None:
        async def keep(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "2", "down", "k")
            await type_text(app, pilot, "tests")
            assert [one.reason for one in app.session.design.keeps if (one.rule, one.service) == ("secret-in-environment", "api")] == ["tests"]
            await press(app, pilot, "m")
            assert not [one for one in app.session.design.keeps if (one.rule, one.service) == ("secret-in-environment", "api")]

        walk(demo, keep)

    def test_escape_changes_nothing(self, demo: Path) -> None:
        async def escape(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session.design
            await press(app, pilot, "7", "enter", "down", "escape", "5", "down", "down", "enter", "space", "escape", "0", "x", "escape")
            assert app.session.design == before

        walk(demo, escape)

    def test_every_decision_is_kept_at_once(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "greater_than_sign")
            assert "● saved" in frame(app)

        walk(demo, turn)
        saved = list(Path(os.environ["XDG_STATE_HOME"]).rglob("shop-*.yaml"))
        assert len(saved) == 1
        assert "Winkle" not in saved[0].read_text()

    def test_what_cannot_be_kept_is_said(self, demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").write_text("no folder")
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "greater_than_sign")
            assert "○ not saved" in frame(app)
            assert app.session.past, "the decision holds all the same"

        walk(demo, turn)

    def test_the_same_answers_give_the_same_design_as_the_plain_mode(self, demo: Path, tmp_path: Path) -> None:
        others = ("6", "down", "right", "8", "left", "7", "down", "right")

        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "right", "down", "down", "greater_than_sign", "4", "o", "enter", *others)

        screens = walk(demo, turn).session.design
        answers = tmp_path / "answers.yaml"
        answers.write_text("tiers.worker: data\nconnections.worker: []\nsecrets.api.SECRET: keep\nprivileges.proxy: light\npublished.db.5432/tcp: all\n")
        assert run_plain(Session.open([demo / "compose.yaml"]), answers=answers).design == screens


class TestTheBoard:
    def test_a_card_goes_from_tier_to_tier_and_no_further(self, demo: Path) -> None:
        async def move(app: BattenApp, pilot: Pilot[Any]) -> None:
            seen = [str(app.session.design.tiers["proxy"].tier)]
            await press(app, pilot, "3")
            for key in ("less_than_sign", "shift+right", "greater_than_sign", "greater_than_sign", "greater_than_sign", "greater_than_sign", "shift+left"):
                await press(app, pilot, key)
                seen.append(str(app.session.design.tiers["proxy"].tier))
            assert seen == ["edge", "edge", "app", "data", "ops", "job", "job", "ops"]
            assert "▸proxy" in frame(app)
            assert "decided by you" in frame(app)

        walk(demo, move)

    def test_the_cursor_passes_over_empty_tiers(self, demo: Path) -> None:
        async def move(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "greater_than_sign", "right", "right", "right", "right", "left", "left")
            assert "▸proxy" in frame(app), "dashboard, then a data service, then what stands first among the applications"
            assert "•" not in frame(app).splitlines()[6], "what is under the cursor has the cursor's mark"
            await press(app, pilot, "left")
            assert "▸proxy" in frame(app)

        walk(demo, move)

    def test_all_tiers_are_offered(self, demo: Path) -> None:
        async def choose(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "right", "right", "enter", "end", "enter")
            assert app.session.design.tiers["db"].tier == "job"
            assert "▸db" in frame(app)

        walk(demo, choose)

    def test_the_mouse_takes_a_card_along(self, demo: Path) -> None:
        async def drag(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3")
            await pilot.mouse_down("#cells", offset=(18, 2))
            assert "▸web" in frame(app)
            await pilot.mouse_up("#cells", offset=(33, 6))
            await settled(app, pilot)
            assert app.session.design.tiers["web"].tier == "data"
            await pilot.click("#cells", offset=(63, 2))
            assert "▸web" in frame(app), "there is no card to click on"

        walk(demo, drag)


class TestTheMatrix:
    def test_it_begins_with_what_is_assumed(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4")
            text = frame(app)
            assert "1 assumed and kept, 0 taken away" in text
            assert "▸worker" in text
            assert "worker → api   assumed: kept" in text
            assert "depends_on" in text

        walk(demo, look)

    def test_what_is_assumed_can_be_taken_away_and_kept(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session.design
            await press(app, pilot, "4", "enter")
            assert not _holds(app)
            assert "[×]" in frame(app)
            assert "taken away by you" in frame(app)
            await press(app, pilot, "space")
            assert _holds(app)
            await press(app, pilot, "s")
            assert not _holds(app)
            await press(app, pilot, "u")
            assert _holds(app)
            await press(app, pilot, "ctrl+r", "a")
            assert _holds(app)
            assert "[?]" in frame(app)
            assert app.session.design.networks == before.networks

        walk(demo, turn)

    def test_what_the_files_show_goes_only_after_a_word(self, demo: Path) -> None:
        async def turn(app: BattenApp, pilot: Pilot[Any]) -> None:
            before = app.session
            await press(app, pilot, "4", "right")
            assert "worker → db   needed: kept" in frame(app)
            await press(app, pilot, "enter")
            assert "DATABASE_URL" in frame(app)
            await press(app, pilot, "escape", "down", "s")
            assert app.session is before

        walk(demo, turn)

    def test_the_way_back_of_a_needed_connection_is_told_from_one_that_nothing_needs(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4", "down", "down", "down", "down")
            assert "db → api   the way back of api → db, open by network data-db" in frame(app)
            await press(app, pilot, "left")
            assert "db → web   closed: nothing speaks for it" in frame(app)

        walk(demo, look)

    def test_a_needed_connection_that_is_cut_off_stands_out(self, demo: Path) -> None:
        async def cut(app: BattenApp, pilot: Pilot[Any]) -> None:
            network = next(iter(app.session.design.networks.networks.values()))
            first = next(index for index, service in enumerate(app.session.project.services) if service in network.services)
            await press(app, pilot, "5", "down", "down", "enter", *["down"] * first, "space", "enter", "4")
            assert app.picture.after is not None
            unmet = [(one.source, one.target) for one in app.picture.after.reach.unmet]
            assert unmet
            assert sum(line.count("!") for line in frame(app).splitlines()[6:13]) == len(unmet)

        walk(demo, cut)

    def test_a_click_moves_and_a_second_one_turns(self, demo: Path) -> None:
        async def click(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "4", "right")
            column = frame(app).splitlines()[6].index("?") - 1
            await pilot.click("#cells", offset=(column, 1))
            assert "worker → api   assumed" in frame(app)
            assert not app.session.past
            await pilot.click("#cells", offset=(column, 1))
            await settled(app, pilot)
            assert "worker → api   taken away" in frame(app)

        walk(demo, click)

    def test_one_key_leads_through_all_that_is_assumed(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").write_text("services: {a: {image: x/a}, b: {image: x/b}, c: {image: x/c, depends_on: [a]}}\n")

        async def go() -> None:
            async with opened(tmp_path / "compose.yaml") as (app, pilot):
                await press(app, pilot, "4")
                asked = sum(len(question.choices) for question in step("connections").questions(app.session) if question.several)
                seen = [_told(app)]
                for _ in range(asked):
                    await press(app, pilot, "o")
                    seen.append(_told(app))
                assert len(set(seen)) == asked >= 4
                assert all("assumed: kept" in told for told in seen)
                assert seen[-1] == seen[0]
                await press(app, pilot, "O")
                assert _told(app) == seen[-2]

        asyncio.run(go())


def _holds(app: BattenApp) -> bool:
    """Whether the design keeps what is assumed of the worker."""
    return ("worker", "api") in {(one.source, one.target) for one in app.session.design.connections}


def _told(app: BattenApp) -> str:
    """What is said of the cell under the cursor."""
    return next(line for line in frame(app).splitlines() if " → " in line and "calls" not in line and "paths" not in line)


class TestComingBack:
    def test_the_decisions_of_the_last_sitting_are_offered(self, demo: Path) -> None:
        async def decide(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "last sitting" not in frame(app)
            await press(app, pilot, "7", "down", "right")

        async def resume(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "c  go on with the decisions of your last sitting" in frame(app)
            await press(app, pilot, "c")
            assert [one.address for one in app.session.design.published if one.service == "db"] == [""]
            assert "last sitting" not in frame(app)
            await press(app, pilot, "u")
            assert [one.address for one in app.session.design.published if one.service == "db"] == ["127.0.0.1"]

        walk(demo, decide)
        walk(demo, resume)

    def test_what_was_kept_and_cannot_be_read_is_passed_over(self, demo: Path) -> None:
        path = autosave_path(load_project([demo / "compose.yaml"]))
        path.parent.mkdir(parents=True)
        path.write_text("version: 99\n")

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "last sitting" not in frame(app)

        walk(demo, look)


class TestGettingAbout:
    def test_next_and_back_walk_through_everything(self, demo: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            seen = [app.current_mode]
            for _ in range(16):
                await press(app, pilot, "n")
                seen.append(app.current_mode)
            asked = ["review", "tiers", "connections", "networks", "secrets", "published", "privileges", "firewall", "sockets", "mtls", "target"]
            assert seen == ["start", *asked, "export", "apply", "verify", "observe", "observe"]
            await press(app, pilot, "p", "p")
            assert app.current_mode == "target"

        walk(demo, go)

    def test_steps_with_nothing_to_decide_step_aside(self, tmp_path: Path) -> None:
        (tmp_path / "compose.yaml").write_text("services: {a: {image: nginx}}\n")

        async def go() -> None:
            async with opened(tmp_path / "compose.yaml") as (app, pilot):
                await press(app, pilot, "5", "n")
                assert app.current_mode == "privileges"
                await press(app, pilot, "6")
                assert "No credential was found in the files. n goes on." in frame(app)

        asyncio.run(go())

    def test_the_view_takes_the_place_of_the_body_in_a_small_terminal(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "6")
            assert "+++ compose.yaml" not in frame(app)
            seen = []
            for _ in range(3):
                await press(app, pilot, "v")
                seen.append(frame(app))
            assert ["+++ " in seen[0], "══▶" in seen[1], "left open" in seen[2]] == [True, True, True]
            await press(app, pilot, "v", "down")
            assert "How shall" in frame(app)
            await press(app, pilot, "v", "escape")
            assert "How shall" in frame(app)

        walk(demo, look)

    def test_the_view_stands_beside_the_body_in_a_large_terminal(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "6")
            assert "+++ " in frame(app)
            assert "How shall" in frame(app)
            await pilot.resize_terminal(*NARROW)
            await settled(app, pilot)
            assert "+++ " not in frame(app)

        walk(demo, look, WIDE)

    def test_the_palette_finds_a_step(self, demo: Path) -> None:
        async def search(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "ctrl+p", *"secrets")
            await pilot.pause(0.3)
            await press(app, pilot, "enter")
            await settled(app, pilot)
            assert app.current_mode == "secrets"

        walk(demo, search)


class TestLeaving:
    def test_without_decisions_at_once(self, demo: Path) -> None:
        async def leave(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.press("q")

        assert walk(demo, leave).return_value == 0

    def test_after_decisions_with_a_word(self, demo: Path) -> None:
        async def leave(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "3", "greater_than_sign", "q")
            assert "nothing has been written" in frame(app)
            await press(app, pilot, "escape")
            assert app.current_mode == "tiers"
            await pilot.press("q", "q")

        assert walk(demo, leave).return_value == 0


class TestExcessPaths:
    def test_a_network_tells_who_meets_on_it_without_need(self, demo: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "5", "down", "down")
            assert "Nobody meets here who need not." in frame(app)
            await press(app, pilot, "enter", "home", "space", "enter")
            assert "that nothing needs: " in frame(app)

        walk(demo, look, WIDE)
