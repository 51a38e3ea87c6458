"""``batten apply`` and ``batten undo`` by an engine on another machine, over TLS and ssh: what it may write here, and what is true when the engine goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.calling import ROOT, Result
from tests.engine.dockerd import compose_program
from tests.engine.hosting import Machine
from tests.engine.images import tools_archive
from tests.engine.shapes import CHOICE
from tests.engine.test_verify_far import IMAGE, commands, namespaces
from tests.engine.ways import by_ssh

LONG = pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason=f"takes its time; {CHOICE}=all runs it")
pytestmark = [pytest.mark.engine, LONG]
HEALTHY = "healthcheck: {test: [CMD, /bin/busybox, 'true'], interval: 300ms, timeout: 5s, retries: 9}"
PLAIN = 'image: "tools:1", stop_signal: SIGKILL, command: [/bin/busybox, httpd, -f, -p, "8080"]'
PROGRAM = f"{PLAIN}, {HEALTHY}"
PIER = f"""
name: pier
services:
  web: {{{PROGRAM}, networks: [front, back], environment: {{DB_URL: "http://db:8080"}}}}
  db: {{{PROGRAM}, networks: [back]}}
networks: {{front: {{}}, back: {{}}}}
"""
DESIGN = """
version: 1
networks:
  strategy: least
  networks:
    front: {services: [web]}
    back: {services: [web, db], internal: true}
privileges:
  web: {drop: [ALL], read_only: true, reason: it serves files}
"""
SECRET = f"""
name: pier
services:
  db: {{{PROGRAM.replace(IMAGE, "postgres:16")}, environment: {{POSTGRES_PASSWORD: barnacle-41-hull}}}}
"""


class Far(NamedTuple):
    """A project in a folder of the client, which the engine's host does not have: that has a ``/run`` of its own."""

    machine: Machine
    folder: Path
    environment: dict[str, str]

    @property
    def environ(self) -> dict[str, str]:
        """What programs on the client see."""
        known = {**self.environment, "PYTHONPATH": str(ROOT)}
        known["PATH"] = ":".join(filter(None, [known.get("PATH"), str(self.machine.folder / "programs"), os.environ["PATH"]]))
        return self.machine.environment(**known)

    def batten(self, *arguments: object, limit: float = 120) -> Result:
        """Run it on the client."""
        done = subprocess.run(self.command(*arguments), env=self.environ, capture_output=True, text=True, timeout=limit, check=False, stdin=subprocess.DEVNULL)
        return Result(done.returncode, done.stdout, done.stderr)

    def command(self, *arguments: object) -> tuple[str, ...]:
        """The words of a run."""
        first, *rest = map(str, arguments)
        return self.machine.client.inside(sys.executable, "-m", "batten", first, str(self.folder), "--yes", *rest)

    def apply(self, *arguments: object, limit: float = 120) -> Result:
        """Apply it, and compare through probe containers."""
        return self.batten("apply", "--probe-image", IMAGE, "--format", "json", *arguments, limit=limit)

    def files(self) -> dict[str, bytes]:
        """Every file of the project."""
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def shape(self) -> dict[str, tuple[bool, bool, tuple[str, ...]]]:
        """By container: whether it runs, whether it may write to its own files, and its networks."""
        ids = self.machine.says("ps", "-aq", "--filter", "label=com.docker.compose.project=pier").split()
        found: list[Any] = json.loads(self.machine.says("inspect", *ids)) if ids else []
        return {one["Name"]: (one["State"]["Running"], one["HostConfig"]["ReadonlyRootfs"], tuple(sorted(one["NetworkSettings"]["Networks"]))) for one in found}

    def copy_to_the_host(self) -> None:
        """Have the files at the same path on the engine's host, which has a ``/run`` of its own."""
        packed = subprocess.run(("tar", "-C", "/", "-c", str(self.folder).lstrip("/")), capture_output=True, check=True, timeout=30).stdout
        there = ("nsenter", f"--mount=/proc/{self.machine.dockerd}/ns/mnt", "tar", "-C", "/", "-x")
        subprocess.run(there, input=packed, capture_output=True, check=True, timeout=30)

    def compose(self, *arguments: str) -> None:
        """The project's own Docker Compose, over the engine's local socket."""
        call = (str(compose_program()), "-f", str(self.folder / "compose.yaml"), *arguments)
        subprocess.run(call, env=self.machine.environment(), check=True, capture_output=True, timeout=200)


@contextmanager
def far(machine: Machine, text: str = PIER, **environment: str) -> Iterator[Far]:
    """A project that runs; of the runs nothing is left behind but what they brought up."""
    machine.docker("import", "-", IMAGE, given=tools_archive())
    programs = machine.folder / "programs"
    programs.mkdir(exist_ok=True)
    if not (programs / "docker-compose").exists():
        (programs / "docker-compose").symlink_to(str(compose_program()))
    folder = Path(tempfile.mkdtemp(prefix="batten-far-", dir="/run"))
    try:
        (folder / "compose.yaml").write_text(text)
        (folder.parent / f"{folder.name}.design").write_text(DESIGN)
        found = Far(machine, folder, environment)
        found.compose("up", "--detach")
        before = len(namespaces(machine))
        yield found
        assert machine.says("ps", "-a", "-q", "--filter", "label=batten.probe") == ""
        assert len(namespaces(machine)) == before
        assert not [words for words in commands() if str(folder) in words or ("-L" in words and str(machine.folder / "ssh/client") in words)]
        found.compose("down", "--timeout", "0", "--remove-orphans")
    finally:
        shutil.rmtree(folder)
        (folder.parent / f"{folder.name}.design").unlink(missing_ok=True)


def design(found: Far) -> tuple[str, str]:
    """The option that names the design."""
    return "--design", f"{found.folder}.design"


def there_and_back(found: Far, *context: str) -> None:
    """Apply, verified through probe containers, then undo."""
    files, shape = found.files(), found.shape()
    result = found.apply(*design(found), *context)
    assert result.code == 0, result.out + result.err
    said = result.json
    assert (said["outcome"], said["unverified"], said["verification"]["differs"]) == ("applied", "", False)
    assert any(pair["found"] for pair in said["verification"]["pairs"])
    assert found.shape()["/pier-web-1"] == (True, True, ("pier_back", "pier_front"))
    back = found.batten("undo", *context)
    assert back.code == 0, back.out + back.err
    assert (found.files(), found.shape()) == (files, shape)


class TestOverTls:
    def test_is_applied_verified_and_taken_back(self, remote: Machine) -> None:
        with far(remote) as found:
            there_and_back(found, "--context", "far")

    def test_files_that_only_the_client_has_are_mounted_by_nobody(self, remote: Machine) -> None:
        remote.docker("import", "-", "postgres:16", given=tools_archive())
        with far(remote, SECRET) as found:
            files, shape = found.files(), found.shape()
            refused = found.apply("--context", "far")
            assert (refused.code, refused.out) == (2, "")
            assert "nothing was written: db would mount secrets/postgres_password, which the engine at tcp://10.98.0.1:2376 (context far)" in refused.err
            assert "Run batten on the engine's host." in refused.err
            assert (found.files(), found.shape()) == (files, shape)

    @LONG
    def test_or_are_applied_when_the_host_has_them_at_the_same_path(self, remote: Machine) -> None:
        """As the refusal says."""
        remote.docker("import", "-", "postgres:16", given=tools_archive())
        with far(remote, SECRET) as found:
            files, shape = found.files(), found.shape()
            harden = (sys.executable, "-m", "batten", "harden", "--in-place", str(found.folder))
            assert remote.run(remote.client, *harden, environment=found.environ).returncode == 0
            found.copy_to_the_host()
            result = found.apply("--context", "far")
            assert (result.code, result.json["outcome"]) == (0, "applied"), result.out + result.err
            assert found.batten("undo", "--context", "far").code == 0
            assert (found.files(), found.shape()) == (files, shape)


@LONG
class TestOverSsh:
    def test_is_applied_verified_and_taken_back(self, machine: Machine, ssh: Path) -> None:
        with far(machine, DOCKER_HOST=by_ssh(machine), PATH=str(ssh / "bin")) as found:
            there_and_back(found)


@contextmanager
def on_its_way(found: Far, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """An apply that has begun to bring the project up, and the lines that it says."""
    command = found.command("apply", *design(found), "--probe-image", IMAGE, *arguments)
    with subprocess.Popen(command, env=found.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        said: list[str] = []
        stream = process.stderr
        assert stream is not None
        reader = threading.Thread(target=lambda: said.extend(stream), daemon=True)
        reader.start()
        try:
            until = time.monotonic() + 60
            while not any("Bring the project up" in line for line in said):
                assert process.poll() is None, "".join(said)
                assert time.monotonic() < until, "".join(said)
                time.sleep(0.05)
            yield process, said
        finally:
            process.kill()
            reader.join(timeout=20)


def told(said: list[str]) -> str:
    """Everything that was said, which is what is true now and the way back."""
    text = "".join(said)
    assert "Traceback" not in text
    assert "The hardened files are in place; the containers may be partly those from before." in text
    assert "'batten undo' brings the old files and containers back." in text
    return text


class TestAnEngineThatGoesAwayInTheMiddle:
    def test_is_told_and_the_files_can_be_taken_back(self, remote: Machine) -> None:
        with far(remote) as found:
            files = found.files()
            with on_its_way(found, "--context", "far", "--wait", "20") as (process, said):
                os.kill(remote.dockerd, signal.SIGKILL)
                assert process.wait(timeout=60) == 2
            told(said)
            assert "--files-only puts the files back" in found.batten("undo", "--context", "far").err
            assert found.batten("undo", "--files-only", "--context", "far").code == 0
            assert found.files() == files
            (remote.folder / "pid").unlink()
            remote.start()
            found.compose("up", "--detach", "--remove-orphans")

    @LONG
    def test_is_told_over_ssh_too(self, machine: Machine, ssh: Path) -> None:
        with far(machine, DOCKER_HOST=by_ssh(machine), PATH=str(ssh / "bin")) as found:
            files = found.files()
            with on_its_way(found, "--wait", "20") as (process, said):
                os.kill(machine.dockerd, signal.SIGKILL)
                assert process.wait(timeout=60) == 2
            told(said)
            assert found.batten("undo", "--files-only").code == 0
            assert found.files() == files
            (machine.folder / "pid").unlink()
            machine.start()
            found.compose("up", "--detach", "--remove-orphans")

    @LONG
    def test_whose_network_falls_silent_is_told_in_time(self, remote: Machine, show_table: Callable[[str], None]) -> None:
        with far(remote) as found:
            files, shape = found.files(), found.shape()
            with on_its_way(found, "--context", "far", "--wait", "10") as (process, said):
                remote.host.run("ip", "link", "set", "lan0", "down")
                began = time.monotonic()
                try:
                    assert process.wait(timeout=90) == 2
                    took = time.monotonic() - began
                    told(said)
                    assert found.batten("undo", "--files-only", "--context", "far").code == 0
                    assert found.files() == files
                finally:
                    remote.host.run("ip", "link", "set", "lan0", "up")
            found.compose("up", "--detach", "--remove-orphans")
            assert found.shape() == shape
        show_table(f"apply over TLS to a network that falls silent, of which Compose has 10 s: told after {took:.0f} s")


@LONG
class TestSixtyServices:
    def test_are_applied_verified_and_taken_back(self, remote: Machine, show_table: Callable[[str], None]) -> None:
        """Ten groups of six, each of which has a network of its own and one with the next group."""
        services = "".join(f"  s{at}: {{{PLAIN}, networks: [own{at // 6}{f', next{at // 6}' if at % 6 == 0 else ''}]}}\n" for at in range(60))
        networks = "".join(f"  own{at}:\n  next{at}:\n" for at in range(10))
        with far(remote, f"name: pier\nservices:\n{services}networks:\n{networks}") as found:
            Path(f"{found.folder}.design").write_text(
                "version: 1\nprivileges:\n" + "".join(f"  s{at}: {{drop: [ALL], read_only: true, reason: it serves files}}\n" for at in range(60))
            )
            files, shape = found.files(), found.shape()
            began = time.monotonic()
            result = found.apply(*design(found), "--context", "far", limit=550)
            applied = time.monotonic()
            assert result.code == 0, result.out[-2000:] + result.err[-2000:]
            assert (result.json["outcome"], result.json["verification"]["differs"], len(result.json["restarted"])) == ("applied", False, 60)
            back = found.batten("undo", "--context", "far", limit=400)
            undone = time.monotonic()
            assert back.code == 0, back.err
            assert (found.files(), found.shape()) == (files, shape)
        show_table(f"sixty services over TLS: applied and verified in {applied - began:.0f} s, taken back in {undone - applied:.0f} s")
