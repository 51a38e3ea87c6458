"""An engine that cannot be asked, or not to the end: exit 2, one clear message, nothing on standard output that could be taken for a clean bill."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from batten.engine import docker_sdk
from tests.cli.calling import Result, call
from tests.live.answering import Api, recorded


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A socket that DOCKER_HOST names; nobody listens there yet. Nothing of the user's Docker command line is seen."""
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setattr(docker_sdk, "TIMEOUT", 0.5)
    return path


def refused(result: Result) -> str:
    """The message of a call that could not be done."""
    assert result.code == 2
    assert "Traceback" not in result.err
    return result.err


class TestNobodyThere:
    def test_a_socket_that_does_not_exist(self, place: Path) -> None:
        result = call("review", "--live")
        assert "the socket does not exist" in refused(result)
        assert result.out == ""

    def test_a_socket_that_nobody_listens_at(self, place: Path) -> None:
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(place))
        assert "nothing listens at" in refused(call("review", "--live"))

    def test_a_port_that_nobody_listens_at(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{taken.getsockname()[1]}")
            assert "nothing listens at" in refused(call("review", "--live"))

    def test_every_command_says_so(self, place: Path) -> None:
        for command in ("reach", "design"):
            assert "the socket does not exist" in refused(call(command, "--live"))


def test_permission_denied(place: Path) -> None:
    """As somebody who may not open the socket: nobody, where the tests are run by root."""
    with Api(place, recorded()):
        assert call("review", "--live", "--fail-on", "never").code == 0, "everything is loaded by now that has to be read as root"
        place.chmod(0)
        mine = os.geteuid()
        try:
            os.seteuid(65534 if mine == 0 else mine)
            said = refused(call("review", "--live"))
        finally:
            os.seteuid(mine)
    assert "permission denied at" in said
    assert "group that owns the socket" in said


class TestAnEngineThatHangs:
    def test_one_that_accepts_and_never_answers(self, place: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(place))
            listening.listen(8)
            began = time.monotonic()
            assert "does not answer within 0.5 seconds" in refused(call("review", "--live"))
            assert time.monotonic() - began < 3

    @pytest.mark.parametrize("path", ["/info", "/containers/json", "/networks", "/volumes"])
    def test_one_that_stops_at_some_question(self, place: Path, path: str) -> None:
        with Api(place, recorded(), hangs=path):
            assert "does not answer within" in refused(call("review", "--live"))

    def test_one_that_sends_a_byte_at_a_time(self, place: Path) -> None:
        """The time limit of a connection starts again with every byte, so it would wait for minutes."""
        with Api(place, recorded(), trickles="/networks"):
            began = time.monotonic()
            assert "does not answer within" in refused(call("review", "--live"))
            assert time.monotonic() - began < 3


def test_the_limit_is_ten_seconds_where_nobody_changes_it() -> None:
    assert docker_sdk.TIMEOUT == 10


class TestAConnectionThatIsLost:
    @pytest.mark.parametrize("path", ["/version", "/info", "/containers/json", "/networks"])
    def test_in_the_middle_of_an_answer(self, place: Path, path: str) -> None:
        with Api(place, recorded(), breaks=path):
            result = call("review", "--live")
        assert "was lost" in refused(result)
        assert result.out == ""

    def test_while_a_container_is_read(self, place: Path) -> None:
        answers = recorded()
        number = answers["/containers/json"][1]["Id"]
        with Api(place, answers, breaks=f"/containers/{number}/json"):
            assert "was lost" in refused(call("review", "--live"))


class TestAnEngineThatRefuses:
    def test_reading_is_not_allowed(self, place: Path) -> None:
        with Api(place, recorded(), refuses=("/networks", 403, "by the proxy")):
            assert "does not allow it: by the proxy." in refused(call("review", "--live"))

    def test_something_breaks_in_it(self, place: Path) -> None:
        with Api(place, recorded(), refuses=("/volumes", 500, "driver gone")):
            assert "status 500: driver gone." in refused(call("review", "--live"))

    def test_it_is_too_old(self, place: Path) -> None:
        answers = recorded()
        answers["/version"] = {**answers["/version"], "ApiVersion": "1.39", "Version": "18.09.9"}
        with Api(place, answers):
            assert "speaks API 1.39; batten needs 1.40 or newer" in refused(call("review", "--live"))

    def test_it_is_older_than_the_library_knows(self, place: Path) -> None:
        answers = recorded()
        answers["/version"] = {**answers["/version"], "ApiVersion": "1.12"}
        with Api(place, answers):
            assert "too old" in refused(call("review", "--live"))

    @pytest.mark.parametrize("answer", [{}, [], "hello", {"ApiVersion": None}])
    def test_it_is_something_else(self, place: Path, answer: Any) -> None:
        with Api(place, {"/version": answer}):
            assert "does not speak as a Docker engine does" in refused(call("review", "--live"))

    @pytest.mark.parametrize("path", ["/info", "/containers/json", "/networks", "/volumes"])
    @pytest.mark.parametrize("answer", [None, "hello", {"a": 1}, [1], [{}]])
    def test_it_answers_what_no_engine_answers(self, place: Path, path: str, answer: Any) -> None:
        with Api(place, {**recorded(), path: answer}):
            result = call("review", "--live")
        assert result.code in (1, 2)
        assert "internal error" not in result.err
        assert result.code == 1 or "does not speak as a Docker engine does" in result.err


class TestAWorkerOfASwarm:
    def test_its_containers_are_reviewed_and_the_rest_is_an_error(self, place: Path) -> None:
        answers = recorded()
        answers["/info"] = {**answers["/info"], "Swarm": {"LocalNodeState": "active", "ControlAvailable": False}}
        with Api(place, answers):
            result = call("review", "--live", "--format", "json")
        assert "is a worker of a swarm" in refused(result)
        assert [project["name"] for project in result.json["projects"]] == ["engine harbour", "shop"]
        assert "Ask a manager" in result.json["errors"][0]["message"]


class TestWhatIsAskedFor:
    def test_a_project_that_does_not_run(self, place: Path) -> None:
        with Api(place, recorded()):
            assert "nothing of a project named 'other' runs on harbour" in refused(call("review", "--live", "--project-name", "other"))

    def test_a_context_without_live(self, place: Path) -> None:
        assert "Add --live" in refused(call("review", "--context", "far"))

    def test_hardening_what_runs(self, place: Path, demo: Path) -> None:
        assert "cannot be hardened in place" in refused(call("harden", demo, "--live"))

    def test_a_container_that_goes_away_meanwhile_is_left_out(self, place: Path) -> None:
        answers = recorded()
        gone = next(entry["Id"] for entry in answers["/containers/json"] if entry["Names"] == ["/shop-dashboard-1"])
        del answers[f"/containers/{gone}/json"]
        with Api(place, answers):
            result = call("review", "--live", "--format", "json", "--fail-on", "never")
        assert result.code == 0
        assert {finding["service"] for finding in result.json["projects"][1]["findings"]} == {None, "api", "db"}
