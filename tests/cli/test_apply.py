"""``batten apply`` and the way back without an engine at hand: what is refused, what is said of a killed run, and where the journal is."""

from __future__ import annotations

import io
import json
import stat
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from batten.cli import doing
from batten.compose import load_project
from batten.design import file
from batten.engine.endpoint import Endpoint
from batten.engine.events import GO, NO, YES, Choice, Question
from batten.engine.mounted import newly_mounted
from batten.errors import WriteError
from batten.hardening import harden
from generators import backups, journal
from generators.journal import Journal
from generators.placing import alone, ready_elsewhere, ready_to_start
from tests.cli.calling import call, snapshot, spawn, write
from tests.cli.test_undo import killed

PLACE = ".batten/backups/20260101-000000"


class TestWithoutATerminal:
    def test_nothing_is_applied_that_nobody_said_yes_to(self, demo: Path) -> None:
        before = snapshot(demo)
        result = spawn("apply", demo)
        assert (result.code, result.out) == (2, "")
        assert "there is no terminal to ask on" in result.err
        assert "--yes" in result.err
        assert snapshot(demo) == before

    def test_an_engine_that_is_not_there_is_said_and_nothing_is_written(self, demo: Path) -> None:
        before = snapshot(demo)
        result = spawn("apply", demo, "--yes", DOCKER_HOST="unix:///run/nobody.sock")
        assert (result.code, result.out) == (2, "")
        assert "there is no engine at unix:///run/nobody.sock" in result.err
        assert snapshot(demo) == before

    def test_undoing_what_was_applied_needs_the_engine_or_a_word(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        hardened = snapshot(demo)
        noted = backups.noted(demo)
        assert noted is not None
        noted._replace(running={"web": 1}).write(demo)
        refused = spawn("undo", demo, "--yes", DOCKER_HOST="unix:///run/nobody.sock")
        assert refused.code == 2
        assert "nothing was undone" in refused.err
        assert {name for name in snapshot(demo) if ".batten" not in name} == {name for name in hardened if ".batten" not in name}
        assert spawn("undo", demo, "--files-only", DOCKER_HOST="unix:///run/nobody.sock").code == 0
        assert not (demo / "batten.yaml").exists()


class TestWhatIsNotPossible:
    @pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "99999999"])
    def test_is_another_time(self, demo: Path, seconds: str) -> None:
        result = call("apply", demo, "--wait", seconds)
        assert (result.code, result.out) == (2, "")
        assert "usage: batten apply" in result.err

    def test_is_standard_input(self, tmp_path: Path) -> None:
        result = spawn("apply", "-", "--yes", stdin="services: {}\n", cwd=tmp_path)
        assert (result.code, result.out) == (2, "")


class TestAnEngineElsewhere:
    """It looks for the files that containers mount on its own disk."""

    FAR = Endpoint("ssh://root@harbour")

    def test_is_not_asked_to_mount_what_is_written_here(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"])
        with pytest.raises(WriteError, match=r"nothing was written: .* would mount .*secrets/.* at ssh://root@harbour looks for on its own disk") as told:
            ready_elsewhere(harden(project, file.load(call("design", demo).out)), self.FAR)
        assert "at the same path on the engine's host" in told.value.hint

    def test_gets_what_its_containers_mount_already_and_what_is_its_own(self, tmp_path: Path) -> None:
        text = """
            services:
              web:
                image: nginx:1.27
                secrets: [key]
                volumes: ["./site:/www", "/var/run/docker.sock:/var/run/docker.sock"]
            secrets: {key: {file: ./key}}
            """
        write(tmp_path, text)
        hardening = harden(load_project([tmp_path / "compose.yaml"]), file.load("version: 1\nprivileges:\n  web: {drop: [ALL], reason: it may}\n"))
        assert hardening.changes
        assert ready_elsewhere(hardening, self.FAR) is hardening
        assert newly_mounted(replace(hardening, before=hardening.before._replace(services={}))) == [
            ("web", str(tmp_path / "key")),
            ("web", str(tmp_path / "site")),
        ]


class TestWhatHasToBeDoneByHandFirst:
    def test_is_refused_with_the_way(self, demo: Path) -> None:
        design = file.load(call("design", demo).out)
        profiled = replace(design, privileges={**design.privileges, "web": design.privileges["web"]._replace(apparmor="complain")})
        with pytest.raises(WriteError, match=r"apparmor/load\.sh has to be run between writing and starting") as told:
            ready_to_start(harden(load_project([demo / "compose.yaml"]), profiled))
        assert "batten harden --in-place" in told.value.hint
        fresh = replace(design, target=design.target.towards("stack"))
        with pytest.raises(WriteError, match="takes the place of nothing that runs"):
            ready_to_start(harden(load_project([demo / "compose.yaml"]), fresh))

    def test_is_no_more_once_it_is_written(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"])
        assert ready_to_start(harden(project, file.load(call("design", demo).out))).changes


class TestHowTheProjectIsNamed:
    def test_is_remembered_for_the_way_back(self) -> None:
        options = Namespace(files=["own.yaml"], env_files=[], profiles=["debug"], project_name="pier")
        known = doing.named(options)
        assert known == {"files": [str(Path("own.yaml").absolute())], "profiles": ["debug"], "project_name": ["pier"]}
        later = Namespace(files=[], env_files=[], profiles=[], project_name=None)
        doing.named_as(later, known)
        assert (later.files, later.profiles, later.project_name) == ([str(Path("own.yaml").absolute())], ["debug"], "pier")

    def test_gives_way_to_what_is_said_now(self) -> None:
        later = Namespace(files=["other.yaml"], env_files=[], profiles=[], project_name=None)
        doing.named_as(later, {"files": ["/own.yaml"], "project_name": ["pier"]})
        assert (later.files, later.project_name) == (["other.yaml"], None)


class TestQuestions:
    QUESTION = Question(GO, "3 services will be restarted. Go on?", (Choice(YES, "do it"), Choice(NO, "change nothing")), NO)

    @pytest.mark.parametrize(("typed", "answer"), [("1\n", YES), ("2\n", NO), ("\n", NO), ("yes\n9\n0\n1\n", YES)])
    def test_are_answered_by_a_number_or_by_nothing(self, monkeypatch: pytest.MonkeyPatch, typed: str, answer: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert doing.asked(self.QUESTION) == answer

    def test_without_an_end_of_the_line_are_not_answered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        with pytest.raises(KeyboardInterrupt):
            doing.asked(self.QUESTION)


class TestJson:
    def test_of_an_undoing_has_the_promised_shape(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        said = call("undo", demo, "--format", "json").json
        assert set(said) == {
            *("schema_version", "project", "outcome", "situation", "files", "removed", "backup"),
            *("restarted", "started", "networks", "containers", "troubles"),
        }
        assert (said["schema_version"], said["outcome"]) == (1, "undone")
        assert "compose.yaml" in said["files"]
        assert "secrets/db_password" in said["removed"]


class TestTheJournal:
    def test_is_beside_the_list_of_the_backup_and_only_its_owner_reads_it(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        (path,) = (demo / ".batten/backups").glob("*/journal.json")
        assert (path.parent / "manifest.json").is_file()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert json.loads(path.read_text())["stage"] == "written"
        assert "barnacle" not in path.read_text()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            '{"version": 2}',
            '{"version": 1, "stage": "write", "folders": ["/etc"], "running": null, "options": {}, "added": {"services": [], "networks": []}}',
        ],
    )
    def test_that_cannot_be_read_is_said(self, demo: Path, text: str) -> None:
        write(demo, text, f"{PLACE}/journal.json")
        result = call("undo", demo)
        assert result.code == 2
        assert "cannot be read" in result.err

    def test_remembers_how_the_project_was_named(self, tmp_path: Path) -> None:
        options = {"files": ["/a.yaml"], "project_name": ["pier"]}
        Journal(tmp_path / PLACE, "written", (".",), {"web": 2}, options).write(tmp_path)
        found = journal.read(tmp_path / PLACE)
        assert found is not None
        assert (found.running, found.options) == ({"web": 2}, options)


class TestAKilledWriting:
    def test_leaves_nothing_lying_about_after_undo(self, demo: Path) -> None:
        before = snapshot(demo)
        folders = {path for path in demo.rglob("*") if path.is_dir()}
        for countdown in range(1, 60, 3):
            killed(countdown, "harden", demo, "--in-place")
            again = call("undo", demo)
            assert again.code == 0 or "no backup" in again.err
            assert snapshot(demo) == before, f"killed at {countdown}"
            assert {path for path in demo.rglob("*") if path.is_dir()} == folders

    def test_is_told_by_every_command_that_reads_the_project(self, demo: Path) -> None:
        self._half_written(demo)
        for arguments in (["review", demo], ["harden", demo], ["reach", demo], ["design", demo]):
            assert "some are the old ones, some are the hardened ones" in call(*arguments).err, arguments
        refused = spawn("apply", demo, "--yes")
        assert refused.code == 2
        assert "'batten undo' brings all the old ones back" in refused.err
        assert call("undo", demo).code == 0
        assert "some are the old ones" not in call("review", demo).err

    @staticmethod
    def _half_written(demo: Path) -> None:
        """As a kill between two renames leaves it: a new secret is there, and the old compose file too."""
        old = (demo / "compose.yaml").read_bytes()
        call("harden", demo, "--in-place")
        noted = backups.noted(demo)
        assert noted is not None
        noted.at(journal.WRITING).write(demo)
        (demo / "compose.yaml").write_bytes(old)

    def test_of_an_earlier_time_is_no_news(self, demo: Path) -> None:
        call("harden", demo, "--in-place")
        assert call("review", demo).err == ""

    def test_does_not_take_the_hardening_before_it_back(self, demo: Path) -> None:
        """Undo is about what was begun last, even where that came to nothing."""
        call("harden", demo, "--in-place", "--accept", "safe")
        first = {name: text for name, text in snapshot(demo).items() if ".batten" not in name}
        begun = demo / ".batten/backups/29990101-000000"
        Journal(begun, journal.WRITING, (".",)).write(demo)
        assert call("undo", demo).code == 0
        assert {name: text for name, text in snapshot(demo).items() if ".batten" not in name} == first
        assert not begun.exists()


class TestTheLock:
    def test_lets_one_at_a_time_work_in_a_folder(self, tmp_path: Path) -> None:
        with alone(tmp_path, 0.1), pytest.raises(Exception, match="another batten, or a Docker Compose that it started"), alone(tmp_path, 0.1):
            pass
        with alone(tmp_path, 0.1):
            pass


class TestWhatIsLeftOut:
    def test_is_written_with_its_reason_and_read_again(self, demo: Path) -> None:
        assert call("harden", demo, "--in-place").code == 0
        assert "left_out" not in (demo / "batten.yaml").read_text(), "what few designs have is not in all of them"
        assert call("undo", demo).code == 0
        design = file.load(call("design", demo).out).leaving_out("privileges.web.NET_RAW", "it pings")
        assert file.load(file.dump(design)).left_out == design.left_out
        write(demo, file.dump(design), "batten.yaml")
        changes = {one["id"] for one in call("harden", demo, "--format", "json").json["changes"]}
        assert "privileges.web.NET_RAW" not in changes
        assert "privileges.web.no-new-privileges" in changes

    def test_needs_a_reason(self, demo: Path) -> None:
        write(demo, "version: 1\nleft_out:\n- change: networks\n", "batten.yaml")
        result = call("harden", demo)
        assert result.code == 2
        assert "batten.yaml:3" in result.err
