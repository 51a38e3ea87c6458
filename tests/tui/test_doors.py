"""The doors, and what is behind each: by keys alone from the first screen to written files."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batten.compose import load_project
from batten.design import host
from batten.session import host as sessions
from batten.session import state_folder
from bench.reference import program
from tests.cli.calling import call, snapshot
from tests.tui.helping import NARROW, WIDE, frame, press, settled, type_text
from tui import hosting
from tui.app import BattenApp
from tui.doors import found_at
from tui.hosting import Heard
from tui.recent import recent, remember
from tui.screens.asking_path import common, ways_on

if TYPE_CHECKING:
    from textual.pilot import Pilot

Walk = Callable[[BattenApp, "Pilot[Any]"], Awaitable[None]]


@pytest.fixture(autouse=True)
def somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own to stand in, on a host with one way out, no daemon.json and no engine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(sessions, "DAEMON_JSON", str(tmp_path / "nowhere/daemon.json"))
    monkeypatch.setattr(sessions, "ways_out", lambda: ("lan0",))
    monkeypatch.setattr("tui.screens.host_start.hear", lambda: Heard(silence="there is none"))
    (folder := tmp_path / "here").mkdir()
    monkeypatch.chdir(folder)
    return folder


def walk(steps: Walk, size: tuple[int, int] = NARROW) -> BattenApp:
    """Open the doors, take the steps, and give the app as they left it."""

    async def run() -> BattenApp:
        app = BattenApp(None)
        async with app.run_test(size=size) as pilot:
            await settled(app, pilot)
            await steps(app, pilot)
            return app

    return asyncio.run(run())


def accepted(compose: Path) -> bool:
    """Whether the reference takes a compose file; where it is not installed, the test is skipped."""
    if (reference := program()) is None:
        pytest.skip("no docker-compose here")
    return subprocess.run([reference, "-f", str(compose), "config", "--quiet"], check=False, timeout=60).returncode == 0


class TestTheList:
    def test_the_project_of_this_folder_comes_first_and_enter_opens_it(self, somewhere: Path, demo: Path) -> None:
        shutil.copytree(demo, somewhere, dirs_exist_ok=True)

        async def enter(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "This project         here · compose.yaml" in frame(app)
            await press(app, pilot, "enter")
            assert "things an intruder could use" in frame(app)

        assert walk(enter).session.project.directory == somewhere

    def test_without_a_project_here_those_below_are_listed(self, somewhere: Path, demo: Path) -> None:
        shutil.copytree(demo, somewhere / "one")
        shutil.copytree(demo, somewhere / "deep" / "two")

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            text = frame(app)
            assert "This project" not in text
            assert "one/compose.yaml" in text
            await press(app, pilot, "down", "down", "enter")
            assert app.session.project.directory == somewhere / "deep" / "two"

        walk(look)

    def test_a_folder_that_is_gone_ends_nothing(self, somewhere: Path) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            somewhere.rmdir()
            await press(app, pilot, "h", "ctrl+o")
            assert "What shall be hardened?" in frame(app)

        walk(look)

    def test_a_whole_disk_is_not_searched_for_long(self, somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for number in range(30):
            (somewhere / f"p{number:02}").mkdir()
            (somewhere / f"p{number:02}" / "compose.yaml").write_text("services: {a: {image: nginx}}\n")
        (somewhere / "loop").symlink_to(somewhere)
        assert len(found_at(somewhere)) == 12
        assert found_at(somewhere, lambda: True) == ()
        monkeypatch.setattr("tui.doors._SECONDS", 0.0)
        assert found_at(somewhere) == ()

    def test_letters_move_the_cursor_too(self) -> None:
        async def move(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "What belongs to the machine" in frame(app)
            await press(app, pilot, "j")
            assert "You type its path" in frame(app)
            await press(app, pilot, "k")
            assert "What belongs to the machine" in frame(app)

        walk(move)

    def test_what_cannot_be_opened_is_told_and_the_doors_stay(self, somewhere: Path) -> None:
        (somewhere / "compose.yaml").write_text("services: [\n")

        async def enter(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "enter")
            assert "This cannot be opened" in frame(app)
            assert "compose.yaml:" in "".join(frame(app).replace("│", "").split())
            await press(app, pilot, "escape")
            assert "What shall be hardened?" in frame(app)

        assert not walk(enter).begun

    def test_names_have_no_power(self, somewhere: Path) -> None:
        strange = somewhere / "[@click=app.quit]x[b] \x1b[31m"
        strange.mkdir()
        (strange / "compose.yaml").write_text("services: {a: {image: nginx}}\n")

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "[@click=app.quit]x[b]" in frame(app)
            assert "\x1b" not in frame(app)
            await press(app, pilot, "down", "enter")
            assert app.begun

        walk(look)


class TestHabits:
    def test_the_mouse_opens_a_door(self) -> None:
        async def click(app: BattenApp, pilot: Pilot[Any]) -> None:
            await pilot.click("#doors", offset=(8, 0))
            await settled(app, pilot)
            assert app.current_mode == "host-start"

        walk(click)

    def test_the_palette_knows_the_stops_of_a_host(self) -> None:
        async def search(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "ctrl+p")
            await pilot.press(*"gotoswarm")
            await pilot.pause(0.4)
            await press(app, pilot, "enter")
            assert app.current_mode == "host-swarm"

        walk(search)

    def test_letters_move_through_questions_and_answers(self) -> None:
        async def letters(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "3", "j", "l")
            assert "no-new-privileges" not in {one.key for one in app.host.design.daemon.settings}
            await press(app, pilot, "h")
            assert "no-new-privileges" in {one.key for one in app.host.design.daemon.settings}
            await press(app, pilot, "k", "l")
            assert "icc" not in {one.key for one in app.host.design.daemon.settings}

        walk(letters)

    def test_words_are_searched_for(self) -> None:
        async def search(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "3", "slash")
            await pilot.press(*"remap", "enter")
            await settled(app, pilot)
            assert "1 of 10" in frame(app)
            assert "userns-remap" in frame(app)

        walk(search)

    def test_there_is_nothing_to_undo_at_the_doors(self) -> None:
        async def undo(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "u", "ctrl+r", "escape", "q")

        assert walk(undo).return_value == 0


class TestRecentProjects:
    def test_what_was_opened_is_listed_next_time_and_opens_again(self, somewhere: Path, demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async def open_(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "o")
            await type_text(app, pilot, str(demo))
            assert "things an intruder could use" in frame(app)

        async def again(app: BattenApp, pilot: Pilot[Any]) -> None:
            assert "Opened before" in frame(app)
            await press(app, pilot, "end", "enter")
            assert app.session.project.directory == demo

        walk(open_)
        walk(again, WIDE)
        path = state_folder() / "recent.json"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text()) == [[str(demo / "compose.yaml")]]

    def test_the_demo_is_none_to_come_back_to(self) -> None:
        async def open_(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d")

        walk(open_)
        assert recent() == []

    def test_what_is_gone_is_not_listed(self, demo: Path) -> None:
        remember(load_project([demo / "compose.yaml"]))
        assert len(recent()) == 1
        (demo / "compose.yaml").unlink()
        assert recent() == []

    @pytest.mark.parametrize("text", ["", "{", "[1]", '[["relative"]]', '[["/a\\u001b[31m"]]', "[" * 100_000, '{"a": 1}'])
    def test_a_list_that_is_none_is_passed_over(self, text: str) -> None:
        state_folder().mkdir(parents=True)
        (state_folder() / "recent.json").write_text(text)
        assert recent() == []


class TestAnotherProject:
    def test_tab_completes_the_path(self, somewhere: Path, demo: Path) -> None:
        shutil.copytree(demo, somewhere / "projects" / "shop-one")
        shutil.copytree(demo, somewhere / "projects" / "shop-two")
        (somewhere / "projects" / "notes.txt").write_text("")

        async def type_(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "o", "end", *"pro", "tab")
            assert "shop-one/" in frame(app)
            assert "notes.txt" not in frame(app)
            await press(app, pilot, "tab", "t", "tab", "enter")
            assert app.session.project.directory == somewhere / "projects" / "shop-two"

        walk(type_, WIDE)

    def test_ways_on_are_folders_and_compose_files(self, somewhere: Path) -> None:
        for name in ("a.yaml", "ab.yml", "a.txt", ".hidden.yaml"):
            (somewhere / name).write_text("")
        (somewhere / "adir").mkdir()
        assert [Path(way).name for way in ways_on(f"{somewhere}/a")] == ["a.yaml", "ab.yml", "adir"]
        assert [Path(way).name for way in ways_on(f"{somewhere}/.")] == [".hidden.yaml"]
        assert ways_on(f"{somewhere}/nowhere/x") == []
        assert common(["/x/ab", "/x/abc", "/x/ad"]) == "/x/a"

    def test_a_second_one_takes_the_place_of_the_first(self, somewhere: Path, demo: Path) -> None:
        (other := somewhere / "other").mkdir()
        (other / "compose.yaml").write_text("services: {only: {image: nginx}}\n")

        async def both(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d", "3")
            assert "worker" in frame(app)
            await press(app, pilot, "ctrl+o", "o")
            await type_text(app, pilot, str(other))
            await press(app, pilot, "3")
            assert "only" in frame(app)
            assert "worker" not in frame(app)
            await press(app, pilot, "ctrl+o", "escape")
            assert app.current_mode == "start"

        assert walk(both).session.project.directory == other


class TestTheDemo:
    def test_from_the_doors_to_files_by_keys_alone(self, somewhere: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d", "a", "x", "enter")
            assert "Written" in frame(app)

        walk(go)
        written = load_project([somewhere / "hardened" / "compose.yaml"])
        assert "POSTGRES_PASSWORD_FILE" in written.services["db"].environment
        assert "POSTGRES_PASSWORD_FILE" not in (state_folder() / "demo" / "shop" / "compose.yaml").read_text(), "the copy that was opened is as it was"
        assert accepted(somewhere / "hardened" / "compose.yaml")

    def test_it_is_fresh_each_time(self) -> None:
        async def spoil(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d", "0", "i", "i")
            assert "What was there is kept in" in frame(app)

        async def again(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "d")
            assert app.picture.shares is not None
            assert app.picture.shares.safe > 0

        walk(spoil, WIDE)
        walk(again)


class TestStartFromNothing:
    def test_from_the_doors_to_files_by_keys_alone(self, somewhere: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "b", "enter")
            assert "What is to run" in frame(app)
            await press(app, pilot, "c")
            await pilot.press(*"db", "tab", *"postgres:16", "enter")
            await settled(app, pilot)
            await press(app, pilot, "a")
            await pilot.press(*"web", "tab", *"shop:1", "tab", *"127.0.0.1:8080:80", "tab", *"db", "tab", *"PW", "equals_sign", *"db_password", "enter")
            await settled(app, pilot)
            await press(app, pilot, "0", "x", "enter")
            assert "Written" in frame(app)
            await press(app, pilot, "escape", "ctrl+o")
            assert "This project         here · compose.yaml" in frame(app)

        app = walk(go, WIDE)
        assert not app.session.begins, "it has its files now"
        written = load_project([somewhere / "compose.yaml"])
        assert set(written.services) == {"db", "web"}
        assert "secrets/db_password" in snapshot(somewhere)
        assert accepted(somewhere / "compose.yaml")

    def test_a_folder_with_something_in_it_is_not_a_place_to_begin(self, somewhere: Path) -> None:
        (somewhere / "notes.txt").write_text("")

        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "b")
            await type_text(app, pilot, str(somewhere))
            assert "there is something in this folder already" in " ".join(frame(app).replace("│", "").split())

        assert not walk(go).begun


class TestThisHost:
    def test_from_the_doors_to_files_by_keys_alone(self, somewhere: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "n", "right", "down", "enter")
            await type_text(app, pilot, "a.example, 192.0.2.1")
            await press(app, pilot, "down", "enter")
            await type_text(app, pilot, "ci")
            await press(app, pilot, "4", "end", "up", "enter")
            await type_text(app, pilot, "443")
            await press(app, pilot, "0", "x", "enter")
            assert "Written" in frame(app)
            assert "install-daemon.sh --dry-run apply" in frame(app)

        app = walk(go, WIDE)
        assert app.host_written
        assert call("host", "--name=a.example", "--name=192.0.2.1", "--client=ci", "--allow=443", "-o", "options").code == 0
        assert snapshot(somewhere / "host") == snapshot(somewhere / "options")
        for script in (somewhere / "host").rglob("*.sh"):
            assert subprocess.run(["sh", "-n", str(script)], check=False, timeout=10).returncode == 0, script.name

    def test_the_assistant_can_be_opened_right_there(self, somewhere: Path) -> None:
        async def go() -> None:
            app = BattenApp(sessions.HostSession.open(somewhere))
            async with app.run_test() as pilot:
                await settled(app, pilot)
                assert app.current_mode == "host-start"
                await press(app, pilot, "escape", "ctrl+o", "escape")
                assert app.current_mode == "host-start"

        asyncio.run(go())

    def test_the_first_screen_says_what_is_to_be(self) -> None:
        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h")
            text = frame(app)
            for said in ("by ssh alone", "5 settings of daemon.json", "by lan0 come in: 22/tcp", "not part of one", "No engine could be asked"):
                assert said in text

        walk(look)

    def test_decisions_are_undone_kept_and_taken_up_again(self, somewhere: Path) -> None:
        async def decide(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "3", "right")
            assert "icc" not in {one.key for one in app.host.design.daemon.settings}
            await press(app, pilot, "u")
            assert "icc" in {one.key for one in app.host.design.daemon.settings}
            await press(app, pilot, "ctrl+r", "q")
            assert "nothing has been written for this host" in frame(app)

        async def again(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h")
            assert "go on with the decisions of your last sitting" in frame(app)
            await press(app, pilot, "c")
            assert "icc" not in {one.key for one in app.host.design.daemon.settings}

        walk(decide)
        kept = sessions.autosave_path(somewhere)
        assert "icc" not in {one.key for one in host.load(kept.read_text()).daemon.settings}
        walk(again)

    def test_what_is_missing_is_said_and_nothing_is_written(self, somewhere: Path) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "2", "right", "0", "x")
            assert "the server's certificate needs a name" in frame(app)
            assert "Into which folder" not in frame(app)

        walk(go)
        assert not (somewhere / "host").exists()

    def test_an_impossible_answer_is_told_and_changes_nothing(self) -> None:
        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "4", "enter")
            await type_text(app, pilot, "eth0; reboot")
            assert app.host.design.firewall.interfaces == ("lan0",)

        walk(go)

    def test_the_users_own_settings_are_named_and_their_values_are_not_shown(self, somewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (somewhere / "daemon.json").write_text(
            '{"proxies": {"http-proxy": "http://u:kelp-lantern@proxy"}, "data-root": "/srv", "log-opts": {"env": "kelp-lantern"}}'
        )
        monkeypatch.setattr(sessions, "DAEMON_JSON", str(somewhere / "daemon.json"))

        async def look(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "3")
            text = frame(app)
            assert '"data-root": "••' in text
            assert '"icc": false' in text
            assert '"max-size": "10m"' in text
            assert "kelp-lantern" not in text

        walk(look, WIDE)

    def test_files_that_are_there_are_replaced_only_after_a_question(self, somewhere: Path) -> None:
        (somewhere / "host").mkdir()
        (somewhere / "host" / "daemon.json").write_text("mine")

        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h", "x", "x", "enter")
            assert "There are files in" in frame(app)
            assert (somewhere / "host" / "daemon.json").read_text() == "mine"
            await press(app, pilot, "r")
            assert "Written" in frame(app)

        walk(go)

    def test_a_host_that_cannot_be_read_keeps_its_door_shut(self, somewhere: Path) -> None:
        (somewhere / "host.yaml").write_text("version: 9\n")

        async def go(app: BattenApp, pilot: Pilot[Any]) -> None:
            await press(app, pilot, "h")
            assert "This cannot be opened" in frame(app)
            assert "needs 'version: 1'" in frame(app)

        assert not walk(go).has_host


class TestWhatTheEngineSays:
    def test_silence_is_no_error(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nothing.sock")
        assert "nothing.sock" in hosting.hear().silence
