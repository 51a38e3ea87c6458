"""Logs and states as a real engine gives them, within limits."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from batten.engine import docker_sdk
from batten.engine.endpoint import Endpoint
from batten.engine.grouping import COMPOSE_PROJECT, COMPOSE_SERVICE
from batten.engine.watching import Seen, look
from tests.engine.dockerd import Engine
from tests.engine.images import INSIDE, make_stand_ins

pytestmark = pytest.mark.engine

IMAGE = "batten-test/talker:1"
TALKERS = {
    "many": ((), "i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; sleep 1000"),
    "wide": ((), f"echo short; {INSIDE} head -c 300000 /dev/zero | {INSIDE} tr '\\0' x; echo; sleep 1000"),
    "terminal": (("--tty",), "echo to a terminal; sleep 1000"),
    "endless": ((), f"{INSIDE} yes"),
    "mute": (("--log-driver", "none"), "echo nobody keeps this; sleep 1000"),
    "broken": (("--restart", "always"), "echo cannot go on >&2; exit 3"),
}
"""By service: options of ``docker run``, and what its shell does."""


@pytest.fixture(scope="module")
def seen(engine: Engine) -> Iterator[Seen]:
    """What is seen of all of them."""
    make_stand_ins(engine, (), [IMAGE])
    for name, (options, script) in TALKERS.items():
        labels = ("--label", f"{COMPOSE_PROJECT}=talk", "--label", f"{COMPOSE_SERVICE}={name}")
        engine.docker("run", "--detach", "--name", f"talk-{name}", *labels, *options, IMAGE, INSIDE, "sh", "-c", script.replace("sleep", f"{INSIDE} sleep"))
    try:
        with docker_sdk.connected(Endpoint(f"unix://{engine.folder}/docker.sock"), docker_sdk.TIMEOUT) as asked:
            until = time.monotonic() + 20
            while True:
                found = look("talk", asked, lines=50, size=8192)
                if (found.trouble("broken") and found.logs["wide"] and found.logs["terminal"] and len(found.logs["many"]) == 50) or time.monotonic() > until:
                    break
                time.sleep(0.3)
        yield found
    finally:
        engine.docker("rm", "--force", *(f"talk-{name}" for name in TALKERS))


class TestALog:
    def test_is_read_from_its_end(self, seen: Seen) -> None:
        assert seen.logs["many"] == [f"line {number}" for number in range(2950, 3000)]

    def test_takes_no_more_than_was_asked_for(self, seen: Seen) -> None:
        assert seen.logs["wide"] == ["short"], "a line that would be cut is left out"
        assert sum(map(len, seen.logs["endless"])) <= 50 * 2

    def test_of_a_terminal_is_read_too(self, seen: Seen) -> None:
        assert [line.strip() for line in seen.logs["terminal"]] == ["to a terminal"]

    def test_that_nobody_keeps_is_told(self, seen: Seen) -> None:
        assert list(seen.unread) == ["mute"]
        assert "does not support reading" in seen.unread["mute"]


class TestAState:
    def test_of_what_is_started_again_and_again_is_trouble(self, seen: Seen) -> None:
        assert seen.trouble("broken") == "is started again and again (exit code 3)"
        assert "cannot go on" in seen.logs["broken"]
        assert not seen.up("broken")

    def test_of_the_others_is_none(self, seen: Seen) -> None:
        assert {name for name in TALKERS if not seen.up(name)} == {"broken"}
