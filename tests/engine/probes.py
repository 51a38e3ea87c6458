"""Measure who reaches whom: every place asks every address of every other, and the answer must name the right one."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from tests.engine.bench import HOST_SERVICE_PORT, LAN_CLIENT, LAN_HOST, LOOPBACK, OUTSIDE, WAN_HOST, ZONE_PORT, Bench, busybox, zone_answer
from tests.engine.compose import Container, Stack
from tests.engine.images import INSIDE, service_answer

ZONES: Final = ("internet", "lan", "host")
_AT_ONCE: Final = 24
_ASK: Final = f"""
count=0
while read -r id host port; do
  (answer=$("$0" timeout 1 "$0" wget -q -Y off -O - "http://$host:$port/" 2>/dev/null) && echo "$id $answer") &
  count=$((count + 1))
  [ $((count % {_AT_ONCE})) -ne 0 ] || wait
done
wait
"""


class Probe(NamedTuple):
    """One question: does ``target`` answer at ``host:port``?"""

    target: str
    """A service or a zone."""
    road: str
    """``name``, ``address``, ``published``, ``wire`` (a neighbour's packet for the host's 127.0.0.1) or ``egress``."""
    host: str
    port: int
    inside: int
    """The port in the container (or of the zone's own service) that this leads to."""

    @property
    def answer(self) -> str:
        """What the right one says."""
        return zone_answer(self.target) if self.target in ZONES else service_answer(self.target)


class Measured(NamedTuple):
    """What came of a probe."""

    source: str
    probe: Probe
    open: bool


def measure(stack: Stack) -> list[Measured]:
    """Every probe from every container, the LAN client, the outside and the host."""
    containers = stack.containers()
    bench = stack.engine.bench
    assert bench is not None
    work: list[tuple[str, tuple[str, ...], list[Probe]]] = []
    work += [(one.service, ("docker", "exec", "--interactive", one.id, INSIDE), _from_container(stack, containers, one)) for one in containers]
    work += [(zone, command, _from_zone(stack, containers, zone)) for zone, command in _zone_shells(bench)]
    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        results = pool.map(lambda job: _ask(stack, *job), work)
        return [row for rows in results for row in rows]


def _zone_shells(bench: Bench) -> list[tuple[str, tuple[str, ...]]]:
    return [(zone, space.inside(busybox())) for zone, space in (("host", bench.host), ("lan", bench.lan), ("internet", bench.outside))]


def _from_container(stack: Stack, containers: Sequence[Container], asking: Container) -> list[Probe]:
    others = [one for one in containers if one is not asking]
    doors = [LAN_HOST, WAN_HOST, *stack.gateways()]
    names = [Probe(one.service, "name", one.service, port, port) for one in others for port in one.ports]
    zones = [Probe("host", "address", door, HOST_SERVICE_PORT, HOST_SERVICE_PORT) for door in doors]
    zones += [Probe(zone, "egress", host, ZONE_PORT, ZONE_PORT) for zone, host in (("internet", OUTSIDE), ("lan", LAN_CLIENT))]
    published = [probe for probe in _published(stack, doors) if probe.target != asking.service]
    return names + _addresses(others) + published + zones


def _from_zone(stack: Stack, containers: Sequence[Container], zone: str) -> list[Probe]:
    doors = {"internet": [WAN_HOST], "lan": [LAN_HOST, WAN_HOST, *stack.gateways()], "host": [LOOPBACK, LAN_HOST, WAN_HOST]}[zone]
    wire = _published(stack, [LOOPBACK], "wire") if zone == "lan" else []
    return _published(stack, doors) + wire + _addresses(containers)


def _addresses(containers: Sequence[Container]) -> list[Probe]:
    return [Probe(one.service, "address", address, port, port) for one in containers for address in one.addresses.values() for port in one.ports]


def _published(stack: Stack, doors: Sequence[str], road: str = "published") -> list[Probe]:
    return [Probe(one.service, road, door, one.port, one.inside) for one in stack.published() for door in doors]


def _ask(stack: Stack, source: str, shell: tuple[str, ...], probes: Sequence[Probe]) -> list[Measured]:
    """Ask all; what stays silent is asked once more, so that a busy machine does not close a door."""
    heard = _answers(stack, shell, dict(enumerate(probes)))
    heard |= _answers(stack, shell, {index: probe for index, probe in enumerate(probes) if index not in heard})
    return [Measured(source, probe, heard.get(index) == probe.answer) for index, probe in enumerate(probes)]


def _answers(stack: Stack, shell: tuple[str, ...], probes: dict[int, Probe]) -> dict[int, str]:
    questions = "".join(f"{index} {probe.host} {probe.port}\n" for index, probe in probes.items())
    call = (*shell, "sh", "-c", _ASK, shell[-1])
    done = subprocess.run(call, input=questions, capture_output=True, text=True, env=stack.engine.environment, timeout=120, check=False)
    if done.returncode:
        raise RuntimeError(f"asking failed: {done.stderr.strip()}")
    pairs = (line.partition(" ") for line in done.stdout.splitlines())
    return {int(index): answer for index, _, answer in pairs}
