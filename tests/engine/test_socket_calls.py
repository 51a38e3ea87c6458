"""Debian's HAProxy with generated configurations, before the socket of a real engine: what is asked for works, and nothing else does."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from batten.design.sections.sockets import PROXY, SocketUse
from batten.plan.sockets import SOCKET
from generators.sockets import configuration
from tests.engine import calls
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine
from tests.engine.images import INSIDE, make_stand_ins

pytestmark = pytest.mark.engine

_PATIENCE = 10.0


@pytest.fixture(scope="module")
def container(engine: Engine) -> Iterator[str]:
    """A container to ask about."""
    make_stand_ins(engine, ["asked"], ["registry.example/asked:1"])
    name = engine.docker("run", "--detach", "--name", "asked-about", "registry.example/asked:1", INSIDE, "sleep", "1000000").strip()
    yield name
    engine.docker("rm", "--force", name)


class Door:
    """A running proxy on this machine's loopback address."""

    def __init__(self, engine: Engine, port: int) -> None:
        self.engine, self.port = engine, port

    def ask(self, asked: Sequence[str]) -> list[str]:
        """The statuses of the answers."""
        command = (sys.executable, calls.__file__, "127.0.0.1", str(self.port))
        given = "".join(f"{call}\n" for call in asked)
        return subprocess.run(command, input=given, capture_output=True, text=True, check=True, timeout=60).stdout.split()

    def run_in(self, container: str, *command: str) -> str:
        """What a command in a container prints, for a client that takes the output as an ordinary answer."""
        made = json.loads(self._post(f"/containers/{container}/exec", {"Cmd": command, "AttachStdout": True, "Tty": True}))
        return self._post(f"/exec/{made['Id']}/start", {"Tty": True})

    def _post(self, path: str, body: object) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with contextlib.closing(connection):
            return connection.getresponse().read().decode()

    def docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The docker client with the proxy for an engine."""
        command = ("docker", "-H", f"tcp://127.0.0.1:{self.port}", *arguments)
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=self.engine.environment)


@contextlib.contextmanager
def door(engine: Engine, folder: Path, *allowed: str) -> Iterator[Door]:
    """HAProxy with the configuration that lets these calls through, in front of the private engine."""
    program = shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        go_without("not installed: haproxy")
    port = _free_port()
    text = configuration(SocketUse("asking", PROXY, "proxy", ("ping", *allowed)))
    file = folder / "haproxy.cfg"
    file.write_text(text.replace(f"unix@{SOCKET}", f"unix@{engine.folder}/docker.sock").replace("bind :2375", f"bind 127.0.0.1:{port}"))
    process = subprocess.Popen(("setpriv", "--pdeathsig", "KILL", program, "-db", "-f", str(file)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield Door(engine, port)
    finally:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("HAProxy does not listen")


class TestCallsThatAreAskedFor:
    def test_restarting_does_not_let_anything_else_happen(self, engine: Engine, container: str, tmp_path: Path) -> None:
        with door(engine, tmp_path, "containers", "restart") as through:
            assert through.docker("restart", "--time", "0", container).returncode == 0
            assert through.ask([f"POST /containers/{container}/stop", f"POST /v1.20/containers/{container}/restart"]) == ["403", "403"]

    def test_starting_takes_no_settings_along(self, engine: Engine, container: str, tmp_path: Path) -> None:
        made = engine.docker("create", "registry.example/asked:1", INSIDE, "sleep", "1000000").strip()
        try:
            with door(engine, tmp_path, "start") as through:
                assert through.ask([f"POST /v1.23/containers/{made}/start", f"POST /v1.24/containers/{made}/start"]) == ["403", "204"]
        finally:
            engine.docker("rm", "--force", made)

    def test_commands_run_in_containers_where_the_design_asks_for_that(self, engine: Engine, container: str, tmp_path: Path) -> None:
        with door(engine, tmp_path, "inspect", "exec") as through:
            assert "from within" in through.run_in(container, INSIDE, "echo", "from within")
            assert "unable to upgrade to tcp" in through.docker("exec", container, INSIDE, "echo").stderr, "what the list of calls says of Docker's client"
        with door(engine, tmp_path, "inspect") as through:
            assert "does not let this call through" in through.docker("exec", container, INSIDE, "echo").stderr

    def test_files_are_copied_where_the_design_asks_for_that(self, engine: Engine, container: str, tmp_path: Path) -> None:
        with door(engine, tmp_path, "archive") as through:
            assert through.docker("cp", f"{container}:/bin/busybox", str(tmp_path / "copied")).returncode == 0
        with door(engine, tmp_path, "containers", "inspect", "logs") as through:
            assert through.docker("cp", f"{container}:/bin/busybox", str(tmp_path / "not")).returncode != 0

    def test_what_a_swarm_is_asked_goes_to_the_engine(self, engine: Engine, tmp_path: Path) -> None:
        asked = ["GET /services", "GET /tasks", "GET /nodes", "GET /configs", "GET /v1.24/services/x", "GET /swarm", "GET /secrets", "POST /services/create"]
        with door(engine, tmp_path, "services", "tasks", "nodes", "configs") as through:
            # 503: the engine's own answer that it is in no swarm.
            assert through.ask(asked) == ["503"] * 5 + ["403"] * 3


class TestStreams:
    def test_of_a_client_that_has_gone_do_not_stay(self, engine: Engine, tmp_path: Path) -> None:
        before = _streams(engine)
        with door(engine, tmp_path, "events") as through:
            with socket.create_connection(("127.0.0.1", through.port), timeout=_PATIENCE) as client:
                client.sendall(b"GET /events HTTP/1.1\r\nHost: engine\r\n\r\n")
                assert client.recv(12) == b"HTTP/1.1 200"
                assert _streams(engine) == before + 1
            until = time.monotonic() + _PATIENCE
            while _streams(engine) > before and time.monotonic() < until:
                time.sleep(0.1)
            assert _streams(engine) == before


def _streams(engine: Engine) -> int:
    """How many clients follow the engine's events, as it counts them itself."""
    return int(engine.docker("info", "--format", "{{.NEventsListener}}"))
