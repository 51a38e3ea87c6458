"""``batten verify`` of an engine on another machine, over TLS and ssh, and of one that goes away or hangs while it is asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.calling import ROOT
from tests.engine.bench import Space
from tests.engine.dockerd import compose_program
from tests.engine.hosting import Machine
from tests.engine.images import tools_archive
from tests.engine.shapes import CHOICE
from tests.engine.ways import by_ssh

pytestmark = pytest.mark.engine

IMAGE = "tools:1"
PROJECT = """
name: pier
x-program: &program {image: "tools:1", stop_grace_period: 0s, command: [/bin/busybox, httpd, -f, -p, "80"]}
services:
  web: {<<: *program, networks: [front]}
  api: {<<: *program, networks: [front, back]}
  db: {<<: *program, networks: [back]}
networks:
  front:
  back: {internal: true}
"""


@contextmanager
def pier(machine: Machine) -> Iterator[Path]:
    """A small project that runs on a machine, with an image for probes; nothing of a comparison is there afterwards."""
    machine.docker("import", "-", IMAGE, given=tools_archive())
    file = machine.folder / "pier/compose.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(PROJECT)
    compose(machine, file, "up", "--detach")
    try:
        before = namespaces(machine)
        yield file
        assert machine.says("ps", "-a", "-q", "--filter", "label=batten.probe") == ""
        assert namespaces(machine) == before
        compose(machine, file, "down", "--timeout", "0")
    finally:
        assert not [words for words in commands() if "batten" in words and str(file) in words]


def compose(machine: Machine, file: Path, *arguments: str) -> None:
    """Docker Compose on a machine's engine."""
    call = (compose_program() or "docker-compose", "-f", str(file), *arguments)
    subprocess.run(call, env=machine.environment(), check=True, capture_output=True, timeout=60)


def namespaces(machine: Machine) -> set[str]:
    """Every network namespace that a process of the machine's engine lives in."""
    there = ("nsenter", f"--pid=/proc/{machine.dockerd}/ns/pid", "unshare", "--mount", "--propagation", "private", "sh", "-c")
    done = subprocess.run((*there, "mount -t proc proc /proc && lsns -t net -n -o NS"), capture_output=True, text=True, check=True, timeout=30)
    return set(done.stdout.split())


def commands() -> list[list[str]]:
    """The words of every command that runs on this machine."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().decode(errors="replace").split("\0"))
        except OSError:
            continue
    return found


def verify(machine: Machine, file: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it on the client beside the machine."""
    env = {"PYTHONPATH": str(ROOT), **environment}
    call = (sys.executable, "-m", "batten", "verify", str(file), "--probe-image", IMAGE, *arguments)
    return machine.run(machine.client, *call, environment=env)


class TestOverTls:
    def test_is_asked_through_probe_containers(self, remote: Machine) -> None:
        with pier(remote) as file:
            done = verify(remote, file, "--context", "far")
            assert done.returncode == 0, done.stdout + done.stderr
            assert "9 of 9 pairs as predicted; all networks are as predicted." in done.stdout
            remote.docker("network", "connect", "pier_back", "pier-web-1")
            differs = verify(remote, file, "--context", "far")
            remote.docker("network", "disconnect", "pier_back", "pier-web-1")
        assert differs.returncode == 1, differs.stderr
        assert "web → db: 80/tcp answers and should not." in differs.stdout


@pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="TLS goes the same way")
class TestOverSsh:
    def test_is_asked_through_probe_containers(self, machine: Machine, ssh: Path) -> None:
        with pier(machine) as file:
            done = verify(machine, file, DOCKER_HOST=by_ssh(machine), PATH=f"{ssh / 'bin'}:/usr/bin:/bin")
            tunnels = [words for words in commands() if words[0].endswith("ssh") and "-L" in words and str(ssh / "client") in words]
        assert done.returncode == 0, done.stdout + done.stderr
        assert "9 of 9 pairs as predicted; all networks are as predicted." in done.stdout
        assert tunnels == []


class Slow:
    """A run that asks so slowly that the engine can go away meanwhile."""

    def __init__(self, machine: Machine, file: Path, space: Space) -> None:
        call = (sys.executable, "-m", "batten", "verify", str(file), "--probe-image", IMAGE, "--rate", "1")
        env = machine.environment(PYTHONPATH=str(ROOT))
        self._process = subprocess.Popen(space.inside(*call), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        until = time.monotonic() + 60
        while len(machine.says("ps", "-q", "--filter", "label=batten.probe").split()) < 4:
            assert self._process.poll() is None, self._process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)

    def outcome(self) -> tuple[int, str, str]:
        """The exit code and what was printed, before two minutes have passed."""
        out, err = self._process.communicate(timeout=120)
        return self._process.returncode, out, err


class TestAnEngine:
    def test_that_goes_away_is_told(self, machine: Machine) -> None:
        machine.start({})
        machine.docker("import", "-", IMAGE, given=tools_archive())
        file = machine.folder / "pier/compose.yaml"
        file.parent.mkdir()
        file.write_text(PROJECT)
        compose(machine, file, "up", "--detach")
        slow = Slow(machine, file, machine.client)
        os.kill(machine.dockerd, signal.SIGKILL)
        code, out, err = slow.outcome()
        assert (code, out) == (2, "")
        assert "engine" in err
        assert "--filter label=batten.probe" in err
        assert "Traceback" not in err

    @pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason="waits for time limits")
    def test_that_hangs_is_told_in_time_and_the_next_run_removes_what_is_left(self, machine: Machine) -> None:
        machine.start({})
        with pier(machine) as file:
            slow = Slow(machine, file, machine.client)
            os.kill(machine.dockerd, signal.SIGSTOP)
            try:
                code, out, err = slow.outcome()
            finally:
                os.kill(machine.dockerd, signal.SIGCONT)
            assert (code, out) == (2, "")
            assert "does not answer within" in err
            assert "the next run removes them" in err
            again = verify(machine, file, DOCKER_HOST=machine.socket)
            assert again.returncode == 0, again.stdout + again.stderr
