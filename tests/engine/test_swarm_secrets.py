"""Making and rotating the secrets of a stack on a real one-node swarm."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, IMAGE, Machine
from tests.generators.test_swarm_secrets import hardened

pytestmark = pytest.mark.engine

KEY = "postgres_password"
NAME = f"shop_{KEY}"


in_full = pytest.mark.skipif(os.environ.get("BATTEN_ENGINE_SHAPES") != "all", reason="runs with BATTEN_ENGINE_SHAPES=all: make engine-full")


class Swarm(NamedTuple):
    """A manager, and the export beside it."""

    machine: Machine
    folder: Path

    def run(self, script: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run one of the scripts on the manager."""
        call = self.machine.host.inside("sh", str(self.folder / script), *arguments)
        return subprocess.run(call, input=given, capture_output=True, env=self.machine.environment(), timeout=120, check=False)

    def done(self, script: str, *arguments: str, given: bytes = b"") -> str:
        """What a script says that must succeed."""
        ran = self.run(script, *arguments, given=given)
        assert ran.returncode == 0, ran.stderr.decode()
        return ran.stdout.decode() + ran.stderr.decode()

    def names(self) -> list[str]:
        """The secrets of the swarm."""
        return sorted(self.machine.says("secret", "ls", "--format", "{{.Name}}").split())

    def serve(self, service: str, command: str = "exec /bin/busybox sleep 1000000", secret: str = f"{NAME}_v1") -> None:
        """A service that has the secret in two places."""
        places = ("--secret", f"source={secret},target=pw", "--secret", f"source={secret},target=/etc/other,uid=7,mode=0440")
        shell = ("/bin/busybox", "sh", "-c", command)
        self.machine.docker(
            "service",
            "create",
            "--quiet",
            "--detach=false",
            "--stop-grace-period",
            "0s",
            "--update-monitor",
            "1s",
            "--name",
            service,
            *places,
            "--no-resolve-image",
            IMAGE,
            *shell,
        )

    def reads(self, service: str, path: str = "/run/secrets/pw") -> str:
        """What the service's running task finds in a secret's file."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            ids = self.machine.says("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name={service}").split()
            done = self.machine.docker("exec", ids[0], "/bin/busybox", "cat", path, check=False) if len(ids) == 1 else None
            if done is not None and done.returncode == 0:
                return done.stdout.decode()
            time.sleep(0.3)
        raise AssertionError(f"{service} does not run")


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A swarm of one node."""
    try:
        found = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        found.start({})
        found.docker("swarm", "init", "--advertise-addr", HOST)
        found.make_image()
        yield found
    finally:
        found.close()


@pytest.fixture
def swarm(machine: Machine, tmp_path: Path) -> Iterator[Swarm]:
    """An export whose secret is not in the swarm yet."""
    from generators.exporting import export

    exported = export(hardened(tmp_path))
    yield Swarm(machine, exported.folder)
    for service in machine.says("service", "ls", "--quiet").split():
        machine.docker("service", "rm", service)
    until = time.monotonic() + 20
    while (left := machine.says("secret", "ls", "--quiet").split()) and time.monotonic() < until:
        machine.docker("secret", "rm", *left, check=False)


class TestMaking:
    def test_makes_each_once_from_its_file(self, swarm: Swarm) -> None:
        assert f"{KEY} is there now, as {NAME}_v1" in swarm.done("create-secrets.sh")
        assert "is there already" in swarm.done("create-secrets.sh")
        assert swarm.names() == [f"{NAME}_v1"]
        swarm.serve("db")
        assert swarm.reads("db") == "kelp-lantern"

    @in_full
    def test_can_be_asked_about_first_and_undone(self, swarm: Swarm) -> None:
        assert "would run: docker secret create" in swarm.done("create-secrets.sh", "--dry-run")
        assert swarm.names() == []
        swarm.done("create-secrets.sh")
        assert "would run: docker secret rm" in swarm.done("create-secrets.sh", "--dry-run", "--undo")
        swarm.done("create-secrets.sh", "--undo")
        assert swarm.names() == []
        swarm.done("create-secrets.sh", "--undo")

    @in_full
    def test_takes_every_byte_from_standard_input(self, swarm: Swarm) -> None:
        swarm.done("create-secrets.sh", "--stdin", KEY, given=b"a $(id) '\"\\\n\n")
        swarm.serve("db")
        assert swarm.reads("db") == "a $(id) '\"\\\n\n"

    def test_asks_on_a_terminal_without_showing(self, swarm: Swarm) -> None:
        ours, theirs = pty.openpty()
        call = swarm.machine.host.inside("sh", str(swarm.folder / "create-secrets.sh"), "--prompt", KEY)
        with subprocess.Popen(call, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=swarm.machine.environment()) as process:
            assert process.stderr is not None
            for question in (b"Value of ", b"Once more: "):
                said = b""
                while question not in said:
                    said += os.read(process.stderr.fileno(), 1)
                time.sleep(0.3)
                os.write(ours, b"sea biscuit\n")
            out, err = process.communicate(timeout=30)
        shown = os.read(ours, 4096) if select.select([ours], [], [], 0.2)[0] else b""
        os.close(ours)
        os.close(theirs)
        assert process.returncode == 0, err
        assert b"biscuit" not in shown + out + err
        swarm.serve("db")
        assert swarm.reads("db") == "sea biscuit"

    def test_makes_nothing_of_nothing(self, swarm: Swarm) -> None:
        assert swarm.run("create-secrets.sh", "--stdin", KEY).returncode == 1
        assert swarm.run("create-secrets.sh", "--prompt", KEY).returncode == 1
        assert swarm.names() == []


class TestRotating:
    @pytest.fixture(autouse=True)
    def served(self, swarm: Swarm) -> None:
        """Two services that use the first version."""
        swarm.done("create-secrets.sh")
        swarm.serve("db")

    def test_gives_every_service_the_new_value_and_removes_the_old_one(self, swarm: Swarm) -> None:
        swarm.serve("reader")
        said = swarm.done("rotate-secret.sh", "--stdin", KEY, given=b"new-anchor")
        assert "new-anchor" not in said
        assert f"{KEY} is {NAME}_v2 now" in said
        assert swarm.names() == [f"{NAME}_v2"]
        for service in ("db", "reader"):
            assert swarm.reads(service) == swarm.reads(service, "/etc/other") == "new-anchor"
        secrets = swarm.machine.says(
            "service", "inspect", "--format", "{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.File.UID}} {{.File.Mode}} {{end}}", "db"
        )
        assert sorted(secrets.split()) == sorted(["0", "-r--r--r--", "7", "-r--r-----"]), "the engine keeps them in no order"
        assert f"    name: {NAME}_v2\n" in (swarm.folder / "stack.yaml").read_text()

    @in_full
    def test_from_its_file_and_again(self, swarm: Swarm) -> None:
        file = swarm.folder / "secrets" / KEY
        for number, value in ((2, "second"), (3, "third\n")):
            file.chmod(0o600)
            file.write_text(value)
            swarm.done("rotate-secret.sh", KEY)
            assert swarm.names() == [f"{NAME}_v{number}"]
            assert swarm.reads("db") == value
        assert "is there already, as" in swarm.done("create-secrets.sh")

    def test_can_be_asked_about_first(self, swarm: Swarm) -> None:
        said = swarm.done("rotate-secret.sh", "--dry-run", KEY)
        for words in ("docker secret create", f"--secret-rm {NAME}_v1", f"source={NAME}_v2,target=pw,uid=0,gid=0,mode=0444", f"docker secret rm {NAME}_v1"):
            assert words in said
        assert swarm.names() == [f"{NAME}_v1"]
        assert f"{NAME}_v1" in (swarm.folder / "stack.yaml").read_text()

    def test_goes_back_to_what_was_kept(self, swarm: Swarm) -> None:
        swarm.done("rotate-secret.sh", "--keep-old", "--stdin", KEY, given=b"new-anchor")
        assert swarm.names() == [f"{NAME}_v1", f"{NAME}_v2"]
        swarm.done("rotate-secret.sh", "--undo", KEY)
        assert swarm.names() == [f"{NAME}_v1"]
        assert swarm.reads("db") == "kelp-lantern"
        assert f"    name: {NAME}_v1\n" in (swarm.folder / "stack.yaml").read_text()
        assert swarm.run("rotate-secret.sh", "--undo", KEY).returncode == 1

    def test_goes_back_by_itself_where_a_service_does_not_come_up(self, swarm: Swarm) -> None:
        swarm.machine.docker("service", "rm", "db")
        swarm.serve("picky", 'read -r value </run/secrets/pw; [ "$value" != poison ] || exit 1; exec /bin/busybox sleep 1000000')
        done = swarm.run("rotate-secret.sh", "--stdin", KEY, given=b"poison\n")
        assert done.returncode == 1
        assert b"going back" in done.stderr
        assert b"poison" not in done.stdout + done.stderr
        assert swarm.names() == [f"{NAME}_v1"]
        assert swarm.reads("picky") == "kelp-lantern"

    @in_full
    def test_of_one_that_is_not_there_is_refused(self, swarm: Swarm) -> None:
        swarm.machine.docker("service", "rm", "db")
        time.sleep(1)
        swarm.done("create-secrets.sh", "--undo")
        done = swarm.run("rotate-secret.sh", KEY)
        assert done.returncode == 1
        assert b"create-secrets.sh" in done.stderr
