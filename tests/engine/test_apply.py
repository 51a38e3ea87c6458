"""``batten apply`` and ``batten undo`` on a real engine: in, proved, and back byte for byte; and whatever goes wrong on the way."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.calling import Result
from tests.engine.applying import FLAT, PASSWORD, Yard, entry
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE
from tests.engine.shapes import CHOICE
from tests.engine.test_verify import as_there

pytestmark = pytest.mark.engine

LONG = pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason=f"takes its time, and a shorter one is like it; {CHOICE}=all runs it")


@pytest.fixture
def yard(engine: Engine, tmp_path: Path) -> Iterator[Yard]:
    """A small project that runs."""
    with Yard(engine, tmp_path / "quay") as found:
        yield found


class TestApply:
    def test_is_verified_and_taken_back_byte_for_byte(self, yard: Yard) -> None:
        files, shape, networks = yard.tree(), yard.shape(), yard.networks()
        result = yard.apply("--format", "json")
        assert result.code == 0, result.out + result.err
        said = result.json
        assert (said["outcome"], said["troubles"], said["suspects"], said["taken_back"], said["unverified"]) == ("applied", [], [], [], "")
        assert said["verification"]["differs"] is False
        assert any(pair["found"] for pair in said["verification"]["pairs"])
        assert set(said["restarted"]) == {"web", "api", "db"}
        assert {one["state"] for one in said["containers"]} == {"healthy"}
        assert (yard.answers("web", "api", 8080), yard.answers("api", "db", 5432), yard.answers("web", "db", 5432)) == (True, True, False)
        assert PASSWORD not in result.out + result.err
        back = yard.undo("--format", "json")
        assert back.code == 0, back.out + back.err
        assert back.json["outcome"] == "undone"
        assert yard.tree() == files
        assert (yard.shape(), yard.networks()) == (shape, networks)
        assert yard.answers("web", "db", 5432)

    def test_asks_on_a_terminal_and_does_nothing_on_no(self, yard: Yard) -> None:
        files = yard.tree()
        own = {name: one["Id"] for name, one in yard.containers().items()}
        ours, theirs = pty.openpty()
        command = as_there(yard.engine, sys.executable, "-m", "batten", "apply", str(yard.folder))
        with subprocess.Popen(command, env=dict(yard.environ), stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True) as process:
            os.close(theirs)
            os.write(ours, b"2\n")
            told = "".join(iter(lambda: read_some(ours), ""))
            assert process.wait(timeout=60) == 2
        os.close(ours)
        assert "restarts likely  db: its entry in the files changes" in told
        assert "3 services will be restarted. Go on?" in told
        assert yard.tree() == files
        assert {name: one["Id"] for name, one in yard.containers().items()} == own

    @LONG
    def test_restarts_what_it_said_and_nothing_else(self, yard: Yard) -> None:
        (yard.folder / "batten.yaml").write_text("version: 1\nprivileges:\n  api: {drop: [NET_RAW], reason: it pings nobody}\n")
        before = {name: one["Id"] for name, one in yard.containers().items()}
        result = yard.apply("--no-connect", "--format", "json")
        assert result.code == 0, result.err
        after = {name: one["Id"] for name, one in yard.containers().items()}
        assert {name for name in before if before[name] != after[name]} == set(result.json["restarted"]) == {"api"}

    @LONG
    def test_of_what_does_not_run_starts_it_and_undo_stops_it(self, yard: Yard) -> None:
        yard.compose("down", "--timeout", "0")
        files = yard.tree()
        result = yard.apply("--no-connect", "--format", "json")
        assert result.code == 0, result.err
        assert set(result.json["started"]) == {"web", "api", "db"}
        back = yard.undo("--format", "json")
        assert (back.code, back.json["situation"]) == (0, "The old files are back, and nothing runs, as before.")
        assert (yard.tree(), yard.networks()) == (files, ["quay_default"])
        assert {name: runs for name, (runs, _, _) in yard.shape().items()} == {"web": False, "api": False, "db": False}

    @LONG
    def test_takes_the_plugin_where_there_is_one(self, yard: Yard, tmp_path: Path) -> None:
        plugins = Path(yard.engine.environment["HOME"]) / ".docker/cli-plugins"
        plugins.mkdir(parents=True)
        (plugins / "docker-compose").symlink_to(str(compose_program()))
        yard.programs = tmp_path
        try:
            assert yard.apply("--no-connect").code == 0
            assert yard.undo().code == 0
        finally:
            (plugins / "docker-compose").unlink()


def read_some(handle: int) -> str:
    """What a terminal shows next; nothing where nobody is at its other end any more."""
    try:
        return os.read(handle, 4096).decode()
    except OSError:
        return ""


POINTS = 20


@pytest.fixture(scope="class")
def pier(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """One project for several tests, each of which leaves it as it was."""
    with Yard(engine, tmp_path_factory.mktemp("pier") / "pier") as found:
        yield found


@pytest.fixture(scope="class")
def steps(pier: Yard) -> tuple[int, str]:
    """How many steps an apply has, and what Compose makes of the hardened project."""
    counted = pier.folder.parent / "steps"
    result = pier.batten(0, counted, "apply", pier.folder, "--yes", "--no-connect", program=("-m", "tests.engine.killing"))
    assert result.code == 0, result.err
    new = pier.compose("config")
    assert pier.undo().code == 0
    return int(counted.read_text()), new


class TestKilled:
    """SIGKILL at points spread over the whole of an apply."""

    @pytest.mark.parametrize("point", range(1, POINTS + 1, 1 if os.environ.get(CHOICE) == "all" else 2))
    def test_leaves_the_old_or_the_new_project_and_undo_works(self, pier: Yard, steps: tuple[int, str], point: int) -> None:
        files, shape, old, (count, new) = pier.tree(), pier.shape(), pier.compose("config"), steps
        last = 1 + (count - 1) * (point - 1) // (POINTS - 1)
        killed = pier.batten(last, pier.folder.parent / "steps", "apply", pier.folder, "--yes", "--no-connect", program=("-m", "tests.engine.killing"))
        assert killed.code in (0, -9, 137), killed.err
        assert pier.compose("config") in (old, new)
        back = pier.undo()
        assert back.code == 0 or (back.code == 2 and "there is no backup" in back.err), back.out + back.err
        assert pier.tree() == files
        assert pier.shape() == shape

    @LONG
    @pytest.mark.parametrize("point", range(1, 9))
    def test_an_undo_that_is_killed_can_be_done_again(self, pier: Yard, point: int) -> None:
        files, shape, networks = pier.tree(), pier.shape(), pier.networks()
        assert pier.apply("--no-connect").code == 0
        killed = pier.batten(point * 13, pier.folder.parent / "steps", "undo", pier.folder, "--yes", program=("-m", "tests.engine.killing"))
        assert killed.code in (-9, 137), killed.err
        back = pier.undo()
        assert back.code == 0 or (back.code == 2 and "there is no backup" in back.err), back.err
        assert (pier.tree(), pier.shape(), pier.networks()) == (files, shape, networks)


TRAP = "\n".join(
    [
        "services:",
        entry("web", "nginx:1.27", 80, networks=["front", "back"]),
        entry("api", "example.org/api:1", 8080, networks=["front", "back"], environment={"DB_URL": "postgres://db:5432/shop"}),
        entry("db", "postgres:16", 5432, networks=["back"], volumes=["/scratch"]),
        "networks: {front: {}, back: {}}",
        "",
    ]
)
"""A network that two services share with one that is to leave it."""
TRAP_DESIGN = """
version: 1
networks:
  strategy: least
  networks:
    front: {services: [web, api]}
    back: {services: [api, db], internal: true}
"""


class TestNetworksThatAreMadeAnew:
    """A network's way out cannot be closed while it is there, and Compose removes none that a container is still on."""

    def test_let_those_go_who_leave_them(self, engine: Engine, tmp_path: Path) -> None:
        with Yard(engine, tmp_path / "trap", TRAP) as yard:
            files, shape = yard.tree(), yard.shape()
            result = yard.apply("--design", self._design(tmp_path), "--format", "json")
            assert result.code == 0, result.out + result.err
            assert result.json["networks"] == ["trap_back"]
            assert self._internal(yard, "trap_back")
            assert {name: networks for name, (_, networks, _) in yard.shape().items()} == {
                "web": ("trap_front",),
                "api": ("trap_back", "trap_front"),
                "db": ("trap_back",),
            }
            assert yard.shape()["db"][2] == shape["db"][2], "its anonymous volume is another one"
            assert yard.undo().code == 0
            assert (yard.tree(), yard.shape()) == (files, shape)
            assert not self._internal(yard, "trap_back")

    @LONG
    def test_are_made_anew_where_compose_does_not(self, engine: Engine, tmp_path: Path) -> None:
        """Networks without the mark by which newer versions of Compose see a change stay as they are under any version."""
        with Yard(engine, tmp_path / "trap", TRAP) as yard:
            shape = self._unmarked(yard)
            result = yard.apply("--design", self._design(tmp_path), "--format", "json")
            assert result.code == 0, result.out + result.err
            assert self._internal(yard, "trap_back")
            assert set(result.json["restarted"]) == {"web", "api", "db"}
            assert yard.shape()["db"][2] == shape["db"][2]
            assert yard.undo().code == 0
            assert yard.shape() == shape

    def test_are_not_touched_while_somebody_else_is_on_them(self, engine: Engine, tmp_path: Path) -> None:
        with Yard(engine, tmp_path / "trap", TRAP) as yard:
            files = yard.tree()
            engine.docker("run", "-d", "--name", "guest", "--network", "trap_back", "--entrypoint", "/bin/busybox", "postgres:16", "sleep", "1000")
            try:
                result = yard.apply("--design", self._design(tmp_path))
            finally:
                engine.docker("rm", "-f", "guest")
            assert result.code == 2
            assert "the network trap_back has to be made anew, and guest of another project is on it" in result.err
            assert "docker network disconnect trap_back guest" in result.err
            assert yard.tree() == files

    @staticmethod
    def _design(folder: Path) -> Path:
        (folder / "design.yaml").write_text(TRAP_DESIGN)
        return folder / "design.yaml"

    @staticmethod
    def _internal(yard: Yard, network: str) -> bool:
        return yard.engine.docker("network", "inspect", "--format", "{{.Internal}}", network).strip() == "true"

    @staticmethod
    def _unmarked(yard: Yard) -> dict[str, tuple[bool, tuple[str, ...], tuple[str, ...]]]:
        """The same project, on networks as an older version of Compose makes them."""
        shape = yard.shape()
        own = yard.containers()
        label = "com.docker.compose"
        for key in ("front", "back"):
            name = f"trap_{key}"
            on_it = [service for service, (_, networks, _) in shape.items() if name in networks]
            for service in on_it:
                yard.engine.docker("network", "disconnect", name, own[service]["Id"])
            yard.engine.docker("network", "rm", name)
            yard.engine.docker("network", "create", "--label", f"{label}.project=trap", "--label", f"{label}.network={key}", name)
            for service in on_it:
                yard.engine.docker("network", "connect", "--alias", service, name, own[service]["Id"])
        return shape


class TestWhatGoesWrong:
    def test_a_container_that_restarts_all_the_time_is_named_and_its_change_alone_taken_back(self, yard: Yard) -> None:
        result = yard.apply("--design", self._breaking(yard), "--format", "json", "--on-trouble", "take-back", "--wait", 60)
        assert result.code == 1, result.out + result.err
        said = result.json
        assert (said["outcome"], [one["change"] for one in said["taken_back"]]) == ("changed", ["privileges.api.read-only"])
        written = (yard.folder / "batten.yaml").read_text()
        assert "change: privileges.api.read-only" in written
        assert "no-new-privileges" in (yard.folder / "compose.yaml").read_text()
        assert yard.batten("harden", yard.folder, "--check").code == 0
        assert yard.undo().code == 0

    @LONG
    def test_or_everything_is(self, yard: Yard) -> None:
        design = self._breaking(yard)
        files, shape = yard.tree(), yard.shape()
        result = yard.apply("--design", design, "--format", "json", "--wait", 60)
        assert result.code == 1, result.out + result.err
        said = result.json
        assert said["outcome"] == "undone"
        assert any(one["service"] == "api" for one in said["troubles"]), said
        assert (yard.tree(), yard.shape()) == (files, shape)

    @staticmethod
    def _breaking(yard: Yard) -> Path:
        """A project one of whose services writes to its own files, and a design that takes that away from it."""
        lines = (yard.folder / "compose.yaml").read_text().splitlines()
        script = "echo x >/var/state || { echo 'cannot create /var/state: Read-only file system' >&2; exit 1; }; exec /bin/busybox sleep 1000"
        api = entry("api", "example.org/api:1", 8080, entrypoint=[INSIDE, "sh", "-c", f"/bin/busybox mkdir -p /var; {script}"], restart="always")
        (yard.folder / "compose.yaml").write_text("\n".join(api if line.startswith("  api:") else line for line in lines) + "\n")
        yard.compose("up", "--detach")
        design = yaml.safe_load(yard.batten("design", yard.folder).out)
        design["privileges"]["api"]["read_only"] = True
        (yard.folder.parent / "design.yaml").write_text(yaml.safe_dump(design))
        return yard.folder.parent / "design.yaml"

    def test_a_compose_that_hangs_is_ended_in_time(self, yard: Yard, tmp_path: Path) -> None:
        self._hanging(yard, tmp_path)
        began = time.monotonic()
        result = yard.apply("--format", "json", "--wait", 3, "--on-trouble", "keep")
        assert time.monotonic() - began < 60
        assert result.code == 1, result.out + result.err
        assert any("did not come to an end within 3 seconds" in one["text"] for one in result.json["troubles"])
        assert not self._alive(int((tmp_path / "pid").read_text()))
        yard.programs = yard.engine.folder / "programs"
        assert yard.undo().code == 0

    @staticmethod
    def _hanging(yard: Yard, folder: Path) -> None:
        """A docker-compose that never comes back from bringing a project up."""
        yard.programs = folder / "programs"
        yard.programs.mkdir()
        script = yard.programs / "docker-compose"
        script.write_text(f'#!/bin/sh\nfor word; do [ "$word" != --detach ] || {{ echo $$ >{folder}/pid; sleep 1000; }}; done\nexec {compose_program()} "$@"\n')
        script.chmod(0o755)

    @staticmethod
    def _alive(pid: int) -> bool:
        """Whether a process of the engine's host runs; its numbers are those of the host."""
        return Path(f"/proc/{pid}").exists() and "docker-compose" in Path(f"/proc/{pid}/cmdline").read_text()

    @LONG
    def test_an_engine_that_hangs_in_the_middle_is_said_with_what_is_true_then(self, yard: Yard) -> None:
        files, shape = yard.tree(), yard.shape()
        with running(yard, "--wait", "5") as (process, said):
            until_said(said, "Bring the project up")
            os.kill(yard.engine.pid, signal.SIGSTOP)
            try:
                assert process.wait(timeout=60) == 2
            finally:
                os.kill(yard.engine.pid, signal.SIGCONT)
        told = "".join(said)
        assert "does not answer within 10 seconds" in told
        assert "The hardened files are in place; the containers may be partly those from before." in told
        assert "'batten undo' brings the old files and containers back." in told
        assert yard.undo().code == 0
        assert (yard.tree(), yard.shape()) == (files, shape)

    def test_an_engine_that_is_killed_in_the_middle_too(self, tmp_path: Path) -> None:
        engine = Engine()
        try:
            yard = Yard(engine, tmp_path / "quay")
            yard.compose("up", "--detach")
            files = yard.tree()
            with running(yard, "--wait", "20", there=False) as (process, said):
                until_said(said, "Bring the project up")
                os.kill(engine.pid, signal.SIGKILL)
                assert process.wait(timeout=60) == 2
            assert "'batten undo' brings the old files and containers back." in "".join(said)
            refused, alone = from_here(yard), from_here(yard, "--files-only")
            assert refused.code == 2
            assert "--files-only puts the files back" in refused.err
            assert alone.code == 0
            assert yard.tree() == files
        finally:
            engine.close()

    def test_ctrl_c_stops_it_and_says_what_is_true_then(self, yard: Yard) -> None:
        files, shape = yard.tree(), yard.shape()
        with running(yard) as (process, said):
            until_said(said, "Bring the project up")
            os.kill(int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]), signal.SIGINT)
            assert process.wait(timeout=60) == 130
        assert "'batten undo' brings the old files and containers back." in "".join(said)
        assert yard.undo().code == 0
        assert (yard.tree(), yard.shape()) == (files, shape)


@contextlib.contextmanager
def running(yard: Yard, *arguments: str, there: bool = True) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """An apply on its way, and the lines that it has said so far. Processes that run ``there``, on the engine's host, end with the engine."""
    plain = (sys.executable, "-m", "batten", "apply", str(yard.folder), "--yes", *arguments)
    command = as_there(yard.engine, *plain) if there else plain
    with subprocess.Popen(command, env=dict(yard.environ), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        said: list[str] = []
        stream = process.stderr
        assert stream is not None
        reader = threading.Thread(target=lambda: said.extend(stream), daemon=True)
        reader.start()
        try:
            yield process, said
        finally:
            process.kill()
            reader.join(timeout=20)


def from_here(yard: Yard, *arguments: str) -> Result:
    """An undo by a process that does not live on the engine's host."""
    command = (sys.executable, "-m", "batten", "undo", str(yard.folder), "--yes", *arguments)
    done = subprocess.run(command, env=dict(yard.environ), capture_output=True, text=True, timeout=60, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def until_said(said: list[str], text: str) -> None:
    """Wait for a line."""
    until = time.monotonic() + 60
    while not any(text in line for line in said):
        assert time.monotonic() < until, "".join(said)
        time.sleep(0.05)


class TestHostileNames:
    def test_reach_no_shell_and_no_option(self, engine: Engine, tmp_path: Path) -> None:
        text = FLAT.replace("  api: ", "  --help: ").replace("http://api:8080", "http://--help:8080").replace("# a shop; comments stay", "name: pier")
        folder = tmp_path / 'it\'s $(touch pwned) "x" -rf' / "pier"
        with Yard(engine, folder, text) as yard:
            files, shape = yard.tree(), yard.shape()
            result = yard.apply()
            assert result.code == 0, result.err
            assert set(yard.shape()) == {"web", "--help", "db"}
            assert yard.undo().code == 0
            assert (yard.tree(), yard.shape()) == (files, shape)
            assert not list(tmp_path.rglob("pwned"))
