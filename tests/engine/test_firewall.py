"""Two projects' own firewalls on a real host: who gets in from beside it, what gets out, and that nothing else notices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from batten.compose import load_project
from batten.design.host_reading import Allowed
from batten.design.proposal import propose
from batten.design.sections.firewall import Firewall
from batten.design.sections.networks import Networks
from batten.files import write_all
from batten.hardening import harden
from generators import export, host_firewall
from tests.engine.bench import Space
from tests.engine.conftest import go_without
from tests.engine.dockerd import compose_program
from tests.engine.hosting import CLIENT, CLIENT_6, HOST, HOST_6, IMAGE, Machine
from tests.engine.test_host_firewall import design as base_design

pytestmark = pytest.mark.engine

OTHER, OTHER_6 = "10.98.0.3", "fd98::3"
"""A second machine beside the host, as its addresses tell."""
SERVE: Final = "for port in 80 81 82; do /bin/busybox httpd -p [::]:$$port -h /www; done; exec /bin/busybox sleep 100000"
SHOP: Final = f"""
name: shop
services:
  web:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, &serve '{SERVE}']
    ports: ["8080:80", "8443:81", "8000:82", "127.0.0.1:9000:82"]
    networks: [front]
    restart: always
    stop_grace_period: 0s
  worker: &worker
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, *serve]
    networks: [jobs]
    restart: always
    stop_grace_period: 0s
  mate: *worker
networks:
  front:
    enable_ipv6: true
    ipam: {{config: [{{subnet: 10.77.0.0/24}}, {{subnet: "fd77::/64"}}]}}
  jobs:
"""
BLOG: Final = f"""
name: blog
services:
  web:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, '{SERVE}']
    ports: ["8100:80", "8101:81"]
    restart: always
    stop_grace_period: 0s
"""
RULES: Final[Mapping[str, Firewall]] = {
    "shop": Firewall(
        (Allowed("8080", "tcp", ("lan",)), Allowed("8443", "tcp", (f"{OTHER}/32", "fd98::3/128"))),
        {"jobs": (Allowed("80", "tcp", (f"{CLIENT}/32",)),)},
        lan=(f"{CLIENT}/32", f"{CLIENT_6}/128"),
    ),
    "blog": Firewall((Allowed("8101", "tcp", ("192.0.2.0/24",)),), interfaces=("lan0",)),
}
SHOP_PORTS, BLOG_PORTS = (8080, 8443, 8000, 9000), (8100, 8101)
PROBE: Final = """
import socket, sys, json, concurrent.futures as futures
def tried(one):
    source, host, port, seconds = one
    try:
        with socket.create_connection((host, port), timeout=seconds, source_address=(source, 0)) as found:
            found.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            return bool(found.recv(1))
    except OSError:
        return False
with futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps(list(pool.map(tried, json.load(sys.stdin)))))
"""


class Way(NamedTuple):
    """From an address to a port at another."""

    source: str
    host: str
    port: int


def ways(sources: Iterable[str], host: str, ports: Iterable[int]) -> set[Way]:
    """From each to each."""
    return {Way(source, host, port) for source in sources for port in ports}


EVERYBODY = {HOST: (CLIENT, OTHER), HOST_6: (CLIENT_6, OTHER_6)}


def everything(ports: Sequence[int]) -> set[Way]:
    """From both machines to the host, by both families."""
    return {way for host, sources in EVERYBODY.items() for way in ways(sources, host, ports)}


def allowed() -> set[Way]:
    """What the shop's rules leave of it."""
    found = everything((8000,))
    for host, (client, other) in EVERYBODY.items():
        found |= {Way(client, host, 8080), Way(other, host, 8443)}
    return found


class Street(NamedTuple):
    """A host with two projects that were hardened and started from their exports."""

    machine: Machine
    folders: Mapping[str, Path]

    def script(self, project: str, *arguments: str) -> tuple[int, str]:
        """Run a project's script on the host."""
        done = self.machine.run(self.machine.host, "sh", str(self.folders[project] / "firewall/batten-firewall.sh"), *arguments)
        return done.returncode, done.stdout + done.stderr

    def must(self, project: str, *arguments: str) -> str:
        """The same where it has to work."""
        code, said = self.script(project, *arguments)
        assert code == 0, said
        return said

    def open(self, asked: set[Way], expected: set[Way]) -> set[Way]:
        """Those of the ways that are open; what surprises is tried again with more patience, since a busy machine does not close a door."""
        found = self._tried(asked, 1)
        if found != expected:
            found |= self._tried(asked - found, 3)
        return found

    def _tried(self, asked: set[Way], seconds: int) -> set[Way]:
        order = sorted(asked)
        given = json.dumps([(*way, seconds) for way in order])
        answers = json.loads(self.machine.client.run(sys.executable, "-c", PROBE, given=given))
        return {way for way, answered in zip(order, answers, strict=True) if answered}

    def gets(self, project: str, service: str, *urls: str) -> set[str]:
        """Those of the addresses that answer to a container."""
        loop = 'for url; do (/bin/busybox timeout 3 /bin/busybox wget -q -O /dev/null "$url" && echo "$url") & done; wait; true'
        done = self.machine.docker("exec", f"{project}_{service}", "/bin/busybox", "sh", "-c", loop, "sh", *urls)
        return set(done.stdout.decode().split())

    def past_the_host(self) -> set[Way]:
        """From a machine beside the host to containers' own addresses, and to what is bound to the loopback address."""
        networks = json.loads(self.machine.says("inspect", "--format", "{{json .NetworkSettings.Networks}}", "shop_web"))["shop_front"]
        found = ways((CLIENT,), networks["IPAddress"], (80, 81, 82)) | ways((CLIENT_6,), networks["GlobalIPv6Address"], (80, 81, 82))
        return found | {Way(CLIENT, "127.0.0.1", 9000)}

    def rules(self) -> str:
        """All rules, without counters and times."""
        text = "".join(self.machine.host.run(tool) for tool in ("iptables-save", "ip6tables-save"))
        lines = [line.partition(" [")[0] for line in text.splitlines() if not line.startswith("#")]
        return "\n".join(lines) + self.machine.host.run("nft", "list", "tables")


def put_up(machine: Machine, name: str, text: str) -> Path:
    """Harden a project with its firewall into a folder and start it from there."""
    folder = machine.folder / name
    folder.mkdir()
    (folder / "compose.yaml").write_text(text)
    project = load_project([folder / "compose.yaml"], environ={})
    design = replace(propose(project), firewall=RULES[name], networks=Networks(), privileges={}, connections=())
    export(harden(project, design, into=folder / "out"))
    override = {"services": {service: {"container_name": f"{name}_{service}"} for service in project.services}}
    (folder / "names.json").write_text(json.dumps(override))
    files = ("-f", str(folder / "out/compose.yaml"), "-f", str(folder / "names.json"))
    command = (str(compose_program()), *files, "up", "-d", "--quiet-pull")
    done = subprocess.run(command, env=machine.environment(), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "out"


def send_loopback_onto_the_wire(neighbour: Space) -> None:
    """A neighbour that does not keep 127.0.0.1 to itself."""
    neighbour.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet")
    neighbour.run("ip", "address", "flush", "dev", "lo")
    neighbour.run("ip", "route", "add", "127.0.0.1/32", "via", HOST, "src", CLIENT)


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    """The host, its two projects without rules yet, and two machines beside it."""
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        for address in (f"{OTHER}/24", f"{OTHER_6}/64"):
            machine.client.run("ip", "address", "add", address, "dev", "eth0", *(("nodad",) if ":" in address else ()))
        machine.client.run("ip", "-6", "route", "add", "default", "via", HOST_6)
        send_loopback_onto_the_wire(machine.client)
        machine.host.run("sh", "-c", "ip6tables -N first && ip6tables -X first")  # the table itself stays when its rules go
        machine.start({})
        machine.make_image()
        machine.listen(machine.host, 7000, "host")
        for port in (80, 81):
            machine.listen(machine.client, port, f"client {port}")
        yield Street(machine, {name: put_up(machine, name, text) for name, text in (("shop", SHOP), ("blog", BLOG))})
    finally:
        machine.close()


@pytest.fixture
def before(street: Street) -> Iterator[str]:
    """The rules as they were; afterwards they are so again."""
    found = street.rules()
    yield found
    for project in street.folders:
        street.must(project, "remove")
    assert street.rules() == found


class TestWithoutRules:
    def test_everything_that_is_published_answers(self, street: Street) -> None:
        expected = everything((8080, 8443, 8000, *BLOG_PORTS))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected

    def test_an_old_engine_has_ways_past_the_host(self, street: Street) -> None:
        """Up to Docker 26 to published container ports, and by IPv6 to all of them; from 28 on to none."""
        old = int(street.machine.says("version", "--format", "{{.Server.Version}}").split(".")[0]) < 28
        assert street.open(street.past_the_host(), found := street.past_the_host() if old else set()) == found


@pytest.mark.parametrize("backend", ["iptables", "nftables"])
@pytest.mark.usefixtures("before")
class TestInPlace:
    @pytest.fixture(autouse=True)
    def in_place(self, street: Street, backend: str, before: str) -> None:
        """Both projects' rules, as they are written for a backend; a table of our own works beside either of Docker's."""
        for project in street.folders:
            street.must(project, "--backend", backend, "apply")

    def test_ports_answer_to_those_who_may_and_to_nobody_else(self, street: Street) -> None:
        expected = allowed() | everything((8100,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected

    def test_there_is_no_way_past_the_host(self, street: Street) -> None:
        assert street.open(street.past_the_host(), set()) == set()

    def test_containers_get_out_where_they_may(self, street: Street) -> None:
        client = [f"http://{CLIENT}:{port}/" for port in (80, 81)]
        host = f"http://{HOST}:7000/"
        assert street.gets("shop", "web", *client, host) == {*client, host}
        assert street.gets("blog", "web", *client) == set(client)
        assert street.gets("shop", "worker", *client, host, f"http://{HOST}:8000/", "http://mate:81/") == {client[0], "http://mate:81/"}

    def test_the_host_reaches_all_of_them(self, street: Street) -> None:
        machine = street.machine
        for url in (f"http://{HOST}:8443/", "http://127.0.0.1:8080/", "http://127.0.0.1:9000/", f"http://[{HOST_6}]:8101/"):
            assert machine.reaches(machine.host, url)


class TestApplying:
    def test_again_gives_the_same_rules(self, street: Street, before: str) -> None:
        street.must("shop", "apply")
        once = street.rules()
        assert once != before
        street.must("shop", "apply")
        assert street.rules() == once
        assert street.must("shop", "status") == "the rules are in place\n"

    def test_dry_changes_nothing(self, street: Street, before: str) -> None:
        for backend in ("iptables", "nftables"):
            street.must("shop", "--dry-run", "--backend", backend, "apply")
        assert street.rules() == before
        assert street.script("shop", "status")[0] == 1

    def test_one_project_leaves_the_other_alone(self, street: Street, before: str) -> None:
        street.must("blog", "apply")
        alone = street.rules()
        street.must("shop", "apply")
        street.must("shop", "remove")
        assert street.rules() == alone

    @pytest.mark.parametrize("base_first", [True, False])
    def test_beside_the_base_in_any_order_both_hold(self, street: Street, before: str, base_first: bool) -> None:
        machine = street.machine
        write_all(host_firewall.files(base_design("8080", "8443", "8101")), machine.folder / "base", force=True)
        base = ("sh", str(machine.folder / "base/firewall/batten-firewall.sh"))
        order: list[Callable[[], str]] = [lambda: machine.host.run(*base, "--quiet", "apply"), lambda: street.must("shop", "apply")]
        for step in order if base_first else reversed(order):
            step()
        expected = (allowed() - everything((8000,))) | everything((8101,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        machine.host.run(*base, "remove")
        expected = allowed() | everything(BLOG_PORTS)
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected


class TestARestartOfTheDaemon:
    def test_leaves_the_rules_in_force(self, street: Street) -> None:
        for project in street.folders:
            street.must(project, "apply")
        street.machine.stop()
        street.machine.start()
        self.wait(street)
        expected = allowed() | everything((8100,))
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        for project in street.folders:
            assert street.must(project, "status") == "the rules are in place\n"
            street.must(project, "remove")

    def test_finds_rules_that_were_there_before_it(self, street: Street) -> None:
        machine = street.machine
        machine.stop()
        for tool in ("iptables", "ip6tables"):
            machine.host.run("sh", "-c", f"{tool} -F; {tool} -X; {tool} -t nat -F; {tool} -t nat -X")
        street.must("shop", "--backend", "iptables", "apply")
        machine.start()
        self.wait(street)
        expected = allowed() | everything(BLOG_PORTS)
        assert street.open(everything((*SHOP_PORTS, *BLOG_PORTS)), expected) == expected
        assert street.gets("shop", "worker", f"http://{CLIENT}:80/", f"http://{CLIENT}:81/") == {f"http://{CLIENT}:80/"}

    def wait(self, street: Street) -> None:
        """Until everything that was started listens again."""
        for name in ("shop_web", "shop_worker", "shop_mate", "blog_web"):
            running = "until /bin/busybox wget -q -O /dev/null http://127.0.0.1:82/; do /bin/busybox sleep 0.1; done"
            street.machine.docker("exec", name, "/bin/busybox", "timeout", "20", "/bin/busybox", "sh", "-c", running)
