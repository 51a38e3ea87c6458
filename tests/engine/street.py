"""Two projects with firewalls of their own on one host, two machines beside it, and who gets an answer from whom."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from batten.compose import load_project
from batten.design.host_reading import Allowed
from batten.design.proposal import propose
from batten.design.sections.firewall import Firewall
from batten.design.sections.networks import Networks
from batten.hardening import harden
from generators import export
from tests.engine.bench import Space
from tests.engine.dockerd import compose_program
from tests.engine.hosting import CLIENT, CLIENT_6, HOST, HOST_6, IMAGE, Machine

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
    enable_ipv6: true
    ipam: {{config: [{{subnet: 10.78.0.0/24}}, {{subnet: "fd78::/64"}}]}}
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
        {"jobs": (Allowed("80", "tcp", (f"{CLIENT}/32",)), Allowed("81", "tcp", (f"{CLIENT_6}/128",)))},
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
        """All rules and chains, without counters and times; a table in which there is nothing counts as none."""
        text = "".join(self.machine.host.run(tool) for tool in ("iptables-save", "ip6tables-save"))
        lines = [line.partition(" [")[0] for line in text.splitlines() if line.startswith(("-A", ":"))]
        tables = [line for line in self.machine.host.run("nft", "list", "tables").splitlines() if "batten" in line]
        return "\n".join(line for line in [*lines, *tables] if not (line.startswith(":") and line.endswith(" ACCEPT")))


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
