"""``batten verify`` on a real engine: green where the project runs as it says, and the right pair named where something was changed by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import ROOT, Result, call
from tests.engine.compose import Stack
from tests.engine.dockerd import Engine

pytestmark = pytest.mark.engine

SHOP = """
name: quay
services:
  web: {image: "nginx:1.27", ports: ["8093:80"], networks: [front]}
  api: {image: "example.org/api:1", expose: ["8080"], networks: [front, back], environment: {DB_HOST: db}}
  db: {image: "postgres:16", expose: ["5432"], networks: [back]}
networks:
  front:
  back: {internal: true}
"""


def as_there(engine: Engine, *command: str) -> tuple[str, ...]:
    """A command as it is called to run on the engine's host: in its network and with its processes as it numbers them."""
    own = ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh")
    return ("nsenter", f"--net=/proc/{engine.pid}/ns/net", f"--pid=/proc/{engine.pid}/ns/pid", *own, *command)


def on_host(engine: Engine, *arguments: object, seconds: float = 120) -> Result:
    """Run batten as root on the engine's host."""
    command = as_there(engine, sys.executable, "-m", "batten", "verify", *map(str, arguments))
    env = {**os.environ, **engine.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def put(folder: Path, text: str) -> Path:
    """A compose file in a folder."""
    file = folder / "compose.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def quay(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small project that runs."""
    file = put(tmp_path_factory.mktemp("verify") / "quay", SHOP)
    with Stack(engine, [file]):
        yield file


def differing(found: Any) -> set[tuple[str, str]]:
    """The pairs that differ."""
    return {(pair["from"], pair["to"]) for pair in found["pairs"] if pair["state"] == "differs"}


class TestAsItIs:
    def test_is_drawn(self, engine: Engine, quay: Path) -> None:
        result = on_host(engine, quay)
        assert result.code == 0, result.out + result.err
        assert [line.split() for line in result.out.splitlines()[2:7]] == [
            ["to", "→", "web", "api", "db", "host"],
            ["web", "–", "●", "·"],
            ["api", "●", "–", "●"],
            ["db", "·", "●", "–"],
            ["zones", "host", "●", "●", "●", "–"],
        ]
        assert "9 of 9 pairs as predicted; all networks are as predicted." in result.out

    def test_is_told_to_programs(self, engine: Engine, quay: Path) -> None:
        data = on_host(engine, quay, "--format", "json").json
        assert set(data) == {"schema_version", "project", "engine", "differs", "pairs", "memberships", "unasked", "names", "notes", "connections"}
        assert (data["schema_version"], data["project"], data["differs"], data["memberships"], data["unasked"]) == (1, "quay", False, [], [])
        (pair,) = [one for one in data["pairs"] if (one["from"], one["to"]) == ("api", "db")]
        doors = ["4999/tcp", "5432/tcp"]
        assert pair == {"from": "api", "to": "db", "state": "same", "reason": None, "expected": doors, "found": doors, "unknown": [], "needed": True}

    def test_leaves_nothing_behind(self, engine: Engine, quay: Path) -> None:
        before = (engine.docker("ps", "-a", "-q"), engine.docker("network", "ls", "-q"), namespaces(engine))
        assert len(before[2]) == 4
        assert on_host(engine, quay).code == 0
        assert (engine.docker("ps", "-a", "-q"), engine.docker("network", "ls", "-q"), namespaces(engine)) == before


def namespaces(engine: Engine) -> set[str]:
    """Every network namespace that a process of the engine lives in."""
    done = subprocess.run(as_there(engine, "lsns", "-t", "net", "-n", "-o", "NS"), capture_output=True, text=True, check=True, timeout=30)
    return set(done.stdout.split())


class TestWhatWasChangedByHand:
    def test_a_network_that_was_joined(self, engine: Engine, quay: Path) -> None:
        engine.docker("network", "connect", "quay_back", "quay-web-1")
        try:
            result = on_host(engine, quay, "--format", "json")
        finally:
            engine.docker("network", "disconnect", "quay_back", "quay-web-1")
        assert result.code == 1, result.err
        assert differing(result.json) == {("web", "db"), ("db", "web")}
        assert result.json["memberships"] == [{"service": "web", "container": "quay-web-1", "expected": ["quay_front"], "found": ["quay_back", "quay_front"]}]

    def test_a_network_that_is_missing(self, engine: Engine, quay: Path) -> None:
        engine.docker("network", "disconnect", "quay_back", "quay-api-1")
        try:
            result = on_host(engine, quay)
        finally:
            engine.docker("network", "connect", "--alias", "api", "quay_back", "quay-api-1")
        assert result.code == 1, result.err
        assert "api → db: 4999/tcp, 5432/tcp should answer and does not, and it is needed." in result.out
        assert "api does not find db by name." in result.out
        assert "api (quay-api-1) should be on quay_back and is not." in result.out
        assert "7 of 9 pairs as predicted; 1 container on other networks than predicted." in " ".join(result.out.split())

    def test_a_rule_of_the_firewall(self, engine: Engine, quay: Path) -> None:
        rule = ("DOCKER-USER", "-p", "tcp", "--dport", "8080", "-j", "DROP")
        on_the_host(engine, "iptables", "-I", *rule)
        try:
            result = on_host(engine, quay, "--format", "json")
        finally:
            on_the_host(engine, "iptables", "-D", *rule)
        assert result.code == 1, result.err
        assert {("web", "api"), ("db", "api")} >= differing(result.json) >= {("web", "api")}
        assert result.json["memberships"] == []

    def test_a_stranger_on_a_network(self, engine: Engine, quay: Path) -> None:
        engine.docker("run", "-d", "--name", "stowaway", "--network", "quay_back", "--entrypoint", "/bin/busybox", "postgres:16", "sleep", "1000")
        try:
            result = on_host(engine, quay)
        finally:
            engine.docker("rm", "-f", "stowaway")
        assert result.code == 1, result.err
        assert "stowaway is none of the project's containers, and is on its quay_back." in result.out

    def test_a_service_that_does_not_run(self, engine: Engine, quay: Path) -> None:
        engine.docker("stop", "-t", "0", "quay-db-1")
        try:
            result = on_host(engine, quay)
        finally:
            engine.docker("start", "quay-db-1")
        assert result.code == 0, result.out
        assert "db: it does not run" in result.out
        assert "4 of 4 pairs as predicted, 5 not asked" in result.out


def on_the_host(engine: Engine, *command: str) -> None:
    """Run a command in the network of the engine's host."""
    subprocess.run(("nsenter", f"--net=/proc/{engine.pid}/ns/net", *command), check=True, capture_output=True, timeout=30)


class TestADesign:
    def test_differs_from_a_flat_project_until_it_is_applied(self, engine: Engine, quay: Path, tmp_path: Path) -> None:
        design = tmp_path / "design.yaml"
        design.write_text(FLAT)
        result = on_host(engine, quay, "--design", design, "--format", "json")
        assert result.code == 1, result.err
        assert {("web", "api"), ("api", "web")} == differing(result.json)


FLAT = """
version: 1
networks:
  strategy: least
  networks:
    outer: {services: [web]}
    inner: {services: [api, db], internal: true}
"""


class TestWhatCannotBeAsked:
    def test_an_engine_that_is_gone(self, engine: Engine, quay: Path) -> None:
        result = on_host(engine, quay, "--context", "nowhere")
        assert (result.code, result.out) == (2, "")
        gone = call_there(engine, "verify", quay, host="unix:///run/nobody.sock")
        assert (gone.code, gone.out) == (2, "")
        assert "there is no engine" in gone.err

    def test_a_project_that_does_not_run(self, engine: Engine, quay: Path) -> None:
        result = on_host(engine, quay, "--project-name", "other")
        assert result.code == 2
        assert "nothing of a project named 'other' runs" in result.err

    def test_an_engine_that_does_not_listen(self, engine: Engine, quay: Path) -> None:
        result = call_there(engine, "verify", quay, host="tcp://127.0.0.1:1")
        assert result.code == 2
        assert "nothing listens at tcp://127.0.0.1:1" in result.err

    def test_but_its_networks_can(self, engine: Engine, quay: Path) -> None:
        result = call_there(engine, "verify", quay, "--no-connect")
        assert result.code == 0, result.err
        assert "No connection was opened; all networks are as predicted." in result.out


def call_there(engine: Engine, *arguments: object, host: str = "") -> Result:
    """Run batten on this machine, where the engine's processes have other numbers."""
    with pytest.MonkeyPatch.context() as patched:
        for name, value in {**engine.environment, **({"DOCKER_HOST": host} if host else {})}.items():
            patched.setenv(name, value)
        return call(*arguments)


DATAGRAMS = """
name: lagoon
services:
  dns: {image: "bind:1", expose: ["53", "53/udp"], networks: [inner]}
  web: {image: "nginx:1", expose: ["80"], networks: [inner]}
  lone: {image: "alpine:1", expose: ["81"], networks: [outer]}
networks:
  inner: {internal: true}
  outer:
"""


class TestDatagrams:
    def test_tell_what_can_be_known_of_udp(self, engine: Engine, tmp_path: Path) -> None:
        file = put(tmp_path / "lagoon", DATAGRAMS)
        with Stack(engine, [file]):
            answered, rejected, dropped = on_host(engine, file), *(filtered(engine, file, verdict) for verdict in ("REJECT", "DROP"))
        assert answered.code == 0, answered.out + answered.err
        assert rejected.code == 1
        assert "web → dns: 53/udp should answer and does not" in rejected.out
        assert dropped.code == 0, dropped.out
        assert "dns 53/udp said nothing to web" in dropped.out


def filtered(engine: Engine, file: Path, verdict: str) -> Result:
    """A comparison while the firewall has a verdict about datagrams from container to container."""
    rule = ("DOCKER-USER", "-p", "udp", "--dport", "53", "-j", verdict)
    on_the_host(engine, "iptables", "-I", *rule)
    try:
        return on_host(engine, file)
    finally:
        on_the_host(engine, "iptables", "-D", *rule)
