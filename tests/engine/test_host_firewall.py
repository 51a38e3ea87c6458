"""The base firewall on a real host: from a machine beside it only the allowed ports answer, and containers notice nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import pytest

from batten.design.host import HostDesign, propose
from batten.design.host_reading import allowed
from batten.files import write_all
from generators import host_firewall
from tests.engine.conftest import go_without
from tests.engine.hosting import CLIENT, CLIENT_6, HOST, HOST_6, IMAGE, Machine

pytestmark = pytest.mark.engine

HTTPD = "for port in 80 81; do /bin/busybox httpd -p [::]:$port -h /www; done; exec /bin/busybox sleep 100000"
OPEN, CLOSED = ("8080", "7001"), ("8443", "7000")
"""Ports of the host, a published one and one of its own each, that the design lets in and that it does not."""


class Firewalled(NamedTuple):
    """A host with containers, and the script."""

    machine: Machine
    script: str

    def script_says(self, *arguments: str, script: str = "") -> tuple[int, str]:
        """Run the script on the host."""
        done = self.machine.run(self.machine.host, "sh", script or self.script, *arguments)
        return done.returncode, done.stdout + done.stderr

    def rules(self) -> str:
        """All rules of both families, without counters and times."""
        text = "".join(self.machine.host.run(tool) for tool in ("iptables-save", "ip6tables-save"))
        lines = [line.partition(" [")[0] for line in text.splitlines() if not line.startswith("#")]
        return "\n".join(lines)

    def answers(self, *ports: str, host: str = HOST) -> list[str]:
        """Those of the ports that answer to the machine beside the host."""
        with ThreadPoolExecutor(max_workers=len(ports)) as pool:
            found = pool.map(lambda port: self.machine.reaches(self.machine.client, f"http://{host}:{port}/"), ports)
            return [port for port, answered in zip(ports, found, strict=True) if answered]


def design(*published: str, host: tuple[str, ...] = ("22", "7001")) -> HostDesign:
    """What is let in."""
    proposed = propose(["lan0"])
    return replace(proposed, firewall=replace(proposed.firewall, published=tuple(map(allowed, published)), host=tuple(map(allowed, host))))


def script_of(machine: Machine, name: str, wanted: HostDesign) -> str:
    """The script for a design."""
    write_all(host_firewall.files(wanted), machine.folder / name)
    return str(machine.folder / name / "firewall/batten-firewall.sh")


@pytest.fixture(scope="module")
def running() -> Iterator[Machine]:
    """A host with two containers that publish, and services of its own."""
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        machine.start({})
        machine.make_image()
        for port in (7000, 7001):
            machine.listen(machine.host, port, f"host {port}")
        machine.listen(machine.client, 80, "client")
        machine.docker("network", "create", "front")
        publish = ("-p", "8080:80", "-p", "8443:81")
        machine.docker(
            "run", "-d", "--name", "web", "--network", "front", "--restart", "always", "--stop-timeout", "1", *publish, IMAGE, "/bin/busybox", "sh", "-c", HTTPD
        )
        machine.docker(
            "run", "-d", "--name", "near", "--network", "front", "--restart", "always", "--stop-timeout", "1", IMAGE, "/bin/busybox", "sh", "-c", HTTPD
        )
        yield machine
    finally:
        machine.close()


@pytest.fixture
def firewalled(running: Machine, request: pytest.FixtureRequest) -> Iterator[Firewalled]:
    """The host with the design's rules, which are gone afterwards."""
    name = "".join(character for character in request.node.name if character.isalnum())
    found = Firewalled(running, script_of(running, name, design("8080")))
    yield found
    assert found.script_says("remove")[0] == 0


def container_reaches(machine: Machine, url: str) -> bool:
    """Whether a container gets an answer."""
    return any(
        machine.docker("exec", "near", "/bin/busybox", "timeout", str(seconds), "/bin/busybox", "wget", "-q", "-O", "-", url, check=False).returncode == 0
        for seconds in (1, 3)
    )


class TestBefore:
    def test_everything_answers(self, firewalled: Firewalled) -> None:
        for host in (HOST, f"[{HOST_6}]"):
            assert firewalled.answers(*OPEN, *CLOSED, host=host) == [*OPEN, *CLOSED]


class TestApplied:
    def test_lets_in_what_is_allowed_and_nothing_else(self, firewalled: Firewalled) -> None:
        code, said = firewalled.script_says("apply")
        assert code == 0, said
        for host in (HOST, f"[{HOST_6}]"):
            assert firewalled.answers(*OPEN, *CLOSED, host=host) == [*OPEN]

    def test_closes_the_containers_own_addresses(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        address = firewalled.machine.says("inspect", "--format", "{{.NetworkSettings.Networks.front.IPAddress}}", "web")
        assert firewalled.answers("80", "81", host=address) == []

    def test_leaves_containers_their_way_out_and_each_other(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        for url in (f"http://{CLIENT}/", "http://web/", "http://web:81/"):
            assert container_reaches(firewalled.machine, url)

    def test_leaves_the_host_its_way_out_and_to_its_containers(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        machine = firewalled.machine
        for url in (f"http://{CLIENT}/", f"http://[{CLIENT_6}]/", "http://127.0.0.1:8443/", "http://127.0.0.1:7000/"):
            assert machine.reaches(machine.host, url)

    def test_says_what_it_closes(self, firewalled: Firewalled) -> None:
        for arguments in (("--dry-run", "apply"), ("apply",)):
            said = firewalled.script_says(*arguments)[1]
            assert "  8443/tcp of web\n" in said
            assert said.count(" of web") == 1

    def test_leaves_open_connections_open(self, firewalled: Firewalled) -> None:
        machine = firewalled.machine
        code = (
            "import socket, sys\n"
            "found = [socket.create_connection((sys.argv[1], port), timeout=10) for port in (8443, 7000)]\n"
            "print('open', flush=True)\nsys.stdin.readline()\n"
            "for one in found:\n    one.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\n    print(one.recv(8).decode())\n"
        )
        command = machine.client.inside(sys.executable, "-c", code, HOST)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as held:
            assert held.stdout is not None
            assert held.stdout.readline() == "open\n"
            assert firewalled.script_says("apply")[0] == 0
            rest, _ = held.communicate("go on\n", timeout=30)
        assert rest.split() == ["HTTP/1.0", "HTTP/1.0"] or rest.split() == ["HTTP/1.1", "HTTP/1.1"]

    def test_asks_where_a_caller_comes_from(self, firewalled: Firewalled) -> None:
        machine = firewalled.machine
        for name, sources, expected in (("near", f"{CLIENT},{CLIENT_6}", ["8443"]), ("far", "192.0.2.0/24,2001:db8::/32", [])):
            script = script_of(machine, f"source-{name}", design(f"8443@{sources}", host=("22",)))
            assert firewalled.script_says("apply", script=script)[0] == 0
            for host in (HOST, f"[{HOST_6}]"):
                assert firewalled.answers("8080", "8443", host=host) == expected

    def test_again_gives_the_same_rules(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        once = firewalled.rules()
        assert firewalled.script_says("apply")[0] == 0
        assert firewalled.rules() == once

    def test_with_another_design_leaves_nothing_of_the_first(self, firewalled: Firewalled) -> None:
        machine = firewalled.machine
        firewalled.script_says("apply")
        first = firewalled.rules()
        other = script_of(machine, "other", design("8443", host=("22",)))
        firewalled.script_says("apply", script=other)
        assert firewalled.answers(*OPEN, *CLOSED) == ["8443"]
        firewalled.script_says("apply")
        assert firewalled.rules() == first

    def test_is_seen_by_status(self, firewalled: Firewalled) -> None:
        assert firewalled.script_says("status")[0] == 1
        firewalled.script_says("apply")
        assert firewalled.script_says("status")[0] == 0

    def test_comes_back_after_somebody_flushed_it(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        firewalled.machine.host.run("iptables", "-F", "DOCKER-USER")
        assert "8443" in firewalled.answers("8443")
        assert firewalled.script_says("status")[0] == 1
        assert firewalled.script_says("keep")[0] == 0
        assert firewalled.answers(*OPEN, *CLOSED) == [*OPEN]


class TestUndone:
    def test_leaves_the_rules_as_they_were(self, firewalled: Firewalled) -> None:
        before = firewalled.rules()
        firewalled.script_says("apply")
        assert firewalled.rules() != before
        code, said = firewalled.script_says("remove")
        assert code == 0, said
        assert firewalled.rules() == before
        assert firewalled.answers(*OPEN, *CLOSED) == [*OPEN, *CLOSED]

    def test_twice_is_nothing_to_complain_about(self, firewalled: Firewalled) -> None:
        before = firewalled.rules()
        assert firewalled.script_says("remove")[0] == 0
        assert firewalled.rules() == before

    def test_leaves_what_others_put_there(self, firewalled: Firewalled) -> None:
        host = firewalled.machine.host
        host.run("iptables", "-I", "DOCKER-USER", "-s", "192.0.2.66", "-j", "DROP")
        before = firewalled.rules()
        firewalled.script_says("apply")
        firewalled.script_says("remove")
        assert firewalled.rules() == before
        host.run("iptables", "-D", "DOCKER-USER", "-s", "192.0.2.66", "-j", "DROP")


class TestADryRun:
    def test_changes_nothing(self, firewalled: Firewalled) -> None:
        before = firewalled.rules()
        code, said = firewalled.script_says("--dry-run", "apply")
        assert code == 0, said
        assert "-A BATTEN-HOST-IN" in said
        assert firewalled.rules() == before
        firewalled.script_says("apply")
        applied = firewalled.rules()
        assert firewalled.script_says("--dry-run", "remove")[0] == 0
        assert firewalled.rules() == applied


class TestARestartOfTheDaemon:
    def test_leaves_the_rules_in_force(self, firewalled: Firewalled) -> None:
        firewalled.script_says("apply")
        firewalled.machine.stop()
        firewalled.machine.start()
        assert firewalled.answers(*OPEN, *CLOSED) == [*OPEN]
        assert firewalled.script_says("status")[0] == 0

    def test_finds_rules_that_were_there_before_it(self, firewalled: Firewalled) -> None:
        machine = firewalled.machine
        machine.stop()
        for tool in ("iptables", "ip6tables"):
            machine.host.run("sh", "-c", f"{tool} -F; {tool} -X; {tool} -t nat -F; {tool} -t nat -X")
        assert firewalled.script_says("apply")[0] == 0
        machine.start()
        assert firewalled.answers(*OPEN, *CLOSED) == [*OPEN]
        assert container_reaches(machine, f"http://{CLIENT}/")
