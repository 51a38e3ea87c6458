"""``batten verify`` from elsewhere than the engine's host: through containers that share the namespaces of the project's, and are gone afterwards."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.calling import ROOT, Result
from tests.engine import registry
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import tools_archive
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import SHOP, namespaces, on_host, put

pytestmark = pytest.mark.engine

IMAGE = "tools:1"


def command(*arguments: object) -> list[str]:
    """A call of verify with probe containers."""
    return [sys.executable, "-m", "batten", "verify", *map(str, arguments)]


def environment(engine: Engine) -> dict[str, str]:
    """That of a user of the engine, whose containers' processes have other numbers here."""
    return {**os.environ, **engine.environment, "PYTHONPATH": str(ROOT)}


def far(engine: Engine, *arguments: object, seconds: float = 120) -> Result:
    """Run batten where the engine's processes are not at hand."""
    done = subprocess.run(command(*arguments), env=environment(engine), capture_output=True, text=True, timeout=seconds, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def quay(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small project that runs, and an image for probes."""
    file = put(tmp_path_factory.mktemp("probes") / "quay", SHOP)
    engine.docker("import", "-", IMAGE, given=tools_archive())
    with Stack(engine, [file]):
        yield file


@pytest.fixture(autouse=True)
def tidy(engine: Engine, quay: Path) -> Iterator[None]:
    """Whatever a test does: afterwards the engine has the same containers and namespaces, and no probe."""
    before = namespaces(engine)
    yield
    assert probes(engine) == []
    assert namespaces(engine) == before


def probes(engine: Engine) -> list[str]:
    """Every probe container that is there."""
    return engine.docker("ps", "-a", "-q", "--filter", "label=batten.probe").split()


class TestAsItIs:
    def test_is_drawn_as_root_on_the_host_would_see_it(self, engine: Engine, quay: Path) -> None:
        result = far(engine, quay, "--probe-image", IMAGE)
        assert result.code == 0, result.out + result.err
        assert [line.split() for line in result.out.splitlines()[2:7]] == [
            ["to", "→", "web", "api", "db", "host"],
            ["web", "–", "●", "·"],
            ["api", "●", "–", "●"],
            ["db", "·", "●", "–"],
            ["zones", "host", "●", "●", "●", "–"],
        ]

    def test_is_asked_with_a_tool_that_closes_at_once(self, engine: Engine, quay: Path) -> None:
        engine.docker("import", "-", "zero:1", given=tools_archive(zero=True))
        result = far(engine, quay, "--probe-image", "zero:1", "--format", "json")
        assert (result.code, result.json["names"], result.json["notes"], result.json["unasked"]) == (0, [], [], [])
        assert sum(bool(pair["found"]) for pair in result.json["pairs"]) == 7

    def test_differs_where_something_was_changed_by_hand(self, engine: Engine, quay: Path) -> None:
        engine.docker("network", "disconnect", "quay_back", "quay-api-1")
        engine.docker(
            "run", "-d", "--name", "stowaway", "--network", "quay_back", "--network-alias", "db", "--entrypoint", "/bin/busybox", IMAGE, "sleep", "99"
        )
        engine.docker("network", "connect", "--alias", "api", "quay_back", "quay-api-1")
        try:
            result = far(engine, quay, "--probe-image", IMAGE)
        finally:
            engine.docker("rm", "-f", "stowaway")
        assert result.code == 1, result.err
        assert "by the name db, which is not db." in result.out
        assert "stowaway is none of the project's containers" in result.out


class TestTheImage:
    def test_is_never_pulled_silently(self, engine: Engine, quay: Path) -> None:
        result = far(engine, quay)
        assert (result.code, result.out) == (2, "")
        assert "the image busybox for the probe containers is not on the engine" in result.err
        assert "docker pull busybox" in result.err
        assert "--pull" in result.err

    def test_is_pulled_where_that_is_allowed(self, engine: Engine, quay: Path, tmp_path: Path) -> None:
        (tmp_path / "layer.tar").write_bytes(tools_archive())
        call = (sys.executable, registry.__file__, "5000", str(tmp_path / "layer.tar"))
        with subprocess.Popen(("nsenter", f"--net=/proc/{engine.pid}/ns/net", *call), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
            try:
                assert served.stdout is not None
                assert served.stdout.readline() == "ready\n"
                result = far(engine, quay, "--probe-image", "127.0.0.1:5000/tools", "--pull")
            finally:
                served.kill()
        assert result.code == 0, result.out + result.err
        assert "127.0.0.1:5000/tools" in engine.docker("images", "--format", "{{.Repository}}")

    def test_is_told_where_it_cannot_be_pulled(self, engine: Engine, quay: Path) -> None:
        result = far(engine, quay, "--probe-image", "127.0.0.1:1/nowhere", "--pull")
        assert (result.code, result.out) == (2, "")
        assert "the image 127.0.0.1:1/nowhere cannot be pulled" in result.err

    def test_needs_the_tools(self, engine: Engine, quay: Path) -> None:
        engine.docker("import", "-", "bare:1", given=tools_archive(without=["nc"]))
        result = far(engine, quay, "--probe-image", "bare:1")
        assert (result.code, result.out) == (2, "")
        assert "the image bare:1 has no 'nc'" in result.err


class Slow:
    """A run that asks so slowly that there is time to look at it."""

    def __init__(self, engine: Engine, quay: Path, *arguments: str) -> None:
        self._engine = engine
        call = command(quay, "--probe-image", IMAGE, "--rate", "1", *arguments)
        self.process = subprocess.Popen(call, env=environment(engine), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 60
        while len(self.running()) < 4:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)

    def running(self) -> list[str]:
        """The probe containers that run."""
        return self._engine.docker("ps", "-q", "--filter", "label=batten.probe").split()

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal; the exit code and what was printed."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


class TestProbes:
    def test_have_the_rights_of_nobody(self, engine: Engine, quay: Path) -> None:
        slow = Slow(engine, quay)
        one = json.loads(engine.docker("inspect", *slow.running()[:1]))[0]
        status = engine.docker("exec", one["Id"], "cat", "/proc/1/status")
        assert slow.end(signal.SIGINT)[0] == 130
        host = one["HostConfig"]
        assert (host["CapDrop"], host["ReadonlyRootfs"], host["SecurityOpt"], host["AutoRemove"]) == (["ALL"], True, ["no-new-privileges"], True)
        assert (host["PidsLimit"], host["Memory"], host["Privileged"], one["Mounts"]) == (64, 64 * 1024 * 1024, False, [])
        said = dict(line.split(":", 1) for line in status.splitlines())
        assert (int(said["CapEff"], 16), int(said["CapBnd"], 16), said["NoNewPrivs"].strip()) == (0, 0, "1")
        assert said["Uid"].split() == ["65534"] * 4

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_are_gone_when_a_run_is_ended(self, engine: Engine, quay: Path, number: int, code: int) -> None:
        ended, out, err = Slow(engine, quay).end(number)
        assert (ended, out) == (code, "")
        assert "Traceback" not in err
        assert probes(engine) == []

    def test_of_a_killed_run_are_removed_by_the_next_one(self, engine: Engine, quay: Path) -> None:
        Slow(engine, quay).end(signal.SIGKILL)
        left = set(probes(engine))
        assert len(left) == 4
        assert far(engine, quay, "--probe-image", IMAGE).code == 0
        assert not left & set(probes(engine))

    def test_of_a_run_that_lives_are_left_alone(self, engine: Engine, quay: Path) -> None:
        slow = Slow(engine, quay)
        assert far(engine, quay, "--probe-image", IMAGE).code == 0
        assert len(slow.running()) == 4
        slow.end(signal.SIGINT)


FLAPPING = """
name: reef
services:
  web: {image: "tools:1", command: [/bin/busybox, httpd, -f, -p, "80"], stop_grace_period: 0s}
  flap: {image: "tools:1", command: [sleep, "0.4"], restart: always}
  still: {image: "tools:1", command: [/bin/busybox, httpd, -f, -p, "80"], stop_grace_period: 0s}
"""


class TestContainersThatCannotBeAsked:
    @pytest.mark.parametrize("near", [True, False], ids=["namespaces", "probes"])
    def test_are_told_and_differ_in_nothing(self, engine: Engine, quay: Path, tmp_path: Path, *, near: bool) -> None:
        file = put(tmp_path / "reef", FLAPPING)
        with brought_up(engine, file):
            engine.docker("pause", "reef-still-1")
            result = on_host(engine, file) if near else far(engine, file, "--probe-image", IMAGE)
            engine.docker("unpause", "reef-still-1")
        assert result.code == 0, result.out + result.err
        assert "still: it is paused" in result.out
        assert "flap: " in result.out


@contextmanager
def brought_up(engine: Engine, file: Path) -> Iterator[None]:
    """A project as it is, without stand-ins."""
    call = [compose_program() or "docker-compose", "-f", str(file)]
    env = dict(engine.environment)
    subprocess.run([*call, "up", "--detach"], env=env, check=True, capture_output=True, timeout=60)
    try:
        yield
    finally:
        subprocess.run([*call, "down", "--timeout", "0"], env=env, check=True, capture_output=True, timeout=60)


@pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="starts sixty containers")
class TestSixtyServices:
    def test_are_asked_in_reasonable_time(self, engine: Engine, quay: Path, tmp_path: Path, show_table: Callable[[str], None]) -> None:
        """Half of them share one network, the others have one with the next."""
        service = 'image: "tools:1", command: [/bin/busybox, httpd, -f, -p, "80"], stop_grace_period: 0s'
        flat = "".join(f"  flat{number}: {{{service}, networks: [all]}}\n" for number in range(30))
        chain = "".join(
            f"  chain{number}: {{{service}, networks: [{', '.join(sorted({f'n{at // 3}' for at in (number, number + 1)}))}]}}\n" for number in range(30)
        )
        networks = "".join(f"  n{number}: {{internal: true}}\n" for number in range(11))
        file = put(tmp_path / "atoll", f"name: atoll\nservices:\n{flat}{chain}networks:\n  all:\n{networks}")
        took = {}
        with brought_up(engine, file):
            for name in ("namespaces", "probes"):
                begun = time.monotonic()
                result = on_host(engine, file, seconds=300) if name == "namespaces" else far(engine, file, "--probe-image", IMAGE, seconds=300)
                took[name] = time.monotonic() - begun
                assert result.code == 0, result.out + result.err
                assert "3600 of 3600 pairs as predicted" in " ".join(result.out.split())
        show_table("".join(f"sixty services by {name}: {seconds:.0f} s\n" for name, seconds in took.items()))
        assert max(took.values()) < 200


@pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="ends forty runs")
class TestEndedAtAnyMoment:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_run_leaves_nothing(self, engine: Engine, quay: Path, number: int) -> None:
        for moment in range(20):
            process = subprocess.Popen(
                command(quay, "--probe-image", IMAGE), env=environment(engine), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            time.sleep(0.15 * (moment + 1))
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            assert process.returncode in {0, 128 + number, -number}, err
            assert "Traceback" not in err
            assert probes(engine) == [], (moment, out, err)
