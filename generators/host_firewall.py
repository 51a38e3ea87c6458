"""``firewall/``: the base of a host's firewall as one script, with the rules in it and a page that says them in words."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator

from batten.design.host import HostDesign
from batten.design.host_reading import Allowed
from batten.errors import DesignError
from batten.model import GeneratedFile
from generators.host_rendering import PROGRAM, rendered

ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"
NEIGHBOURS = {
    4: ("-p icmp -j RETURN", "-p udp --sport 67 --dport 68 -j RETURN"),
    6: ("-p ipv6-icmp -j RETURN", "-s fe80::/10 -p udp --dport 546 -j RETURN"),
}
"""What a host needs to have an address and a route at all: ICMP, which finds neighbours and packet sizes, and DHCP."""
SWARM_PORTS = (("2377", "tcp"), ("7946", "tcp"), ("7946", "udp"))


def files(design: HostDesign) -> tuple[GeneratedFile, ...]:
    """Everything below ``firewall/``.

    Raises:
        DesignError: no interface is named, so that the rules would not touch anything.
    """
    firewall = design.firewall
    if not firewall.interfaces:
        raise DesignError("the firewall needs to know which interfaces lead outside.", hint="Name each one with --interface, for example --interface eth0.")
    four, six = (rules(design, family) for family in (4, 6))
    return (
        rendered(
            "firewall/batten-firewall.sh",
            "firewall.sh.j2",
            "puts the rules in place, looks after them and takes them away",
            mode=PROGRAM,
            ipv6=firewall.ipv6,
            rules_4=four,
            rules_6=six,
            mark=_mark(design),
            published_ports=[f"{allowed.protocol} {_first_and_last(allowed.ports)}" for allowed in firewall.published],
            host_ports=[_first_and_last(allowed.ports) for allowed in firewall.host if allowed.protocol == "tcp"],
        ),
        rendered(
            "firewall/README.md",
            "firewall.md.j2",
            "the rules in words, and how to put them in place",
            firewall=firewall,
            tls=design.tls,
            swarm=design.swarm,
            rules=[line for line in four.splitlines() if line.startswith("-A")],
        ),
    )


def rules(design: HostDesign, family: int) -> str:
    """Our chains as ``iptables-restore --noflush`` takes them; they hang nowhere yet."""
    chains = ("BATTEN-HOST", "BATTEN-HOST-IN", "BATTEN-INPUT", "BATTEN-INPUT-IN")
    lines = ["*filter", *(f":{chain} - [0:0]" for chain in chains)]
    for chain in ("BATTEN-HOST", "BATTEN-INPUT"):
        lines.append(f"-A {chain} {ESTABLISHED}")
        lines += [f"-A {chain} -i {interface} -j {chain}-IN" for interface in design.firewall.interfaces]
    lines += [f"-A BATTEN-HOST-IN {rule}" for rule in _to_containers(design, family)]
    lines += [f"-A BATTEN-INPUT-IN {rule}" for rule in _to_the_host(design, family)]
    lines += [f"-A {chain} -m comment --comment {_mark(design)} -j DROP" for chain in ("BATTEN-HOST-IN", "BATTEN-INPUT-IN")]
    return "\n".join([*lines, "COMMIT"])


def _to_containers(design: HostDesign, family: int) -> Iterator[str]:
    """Published ports, by their number on the host: when these rules see a packet, it already bears the container's."""
    for allowed in design.firewall.published:
        port = f"-p {allowed.protocol} -m conntrack --ctstate DNAT --ctorigdstport {_range(allowed.ports)} --ctdir ORIGINAL -j RETURN"
        yield from (f"{source}{port}" for source in _sources(allowed.sources, family))


def _to_the_host(design: HostDesign, family: int) -> Iterator[str]:
    """The host's own ports; published ones too, since some of their traffic ends in docker-proxy, which is a process of the host."""
    yield from NEIGHBOURS[family]
    for allowed in (*design.firewall.host, *design.firewall.published, *_remote_api(design), *_swarm(design)):
        port = f"-p {allowed.protocol} --dport {_range(allowed.ports)} -j RETURN"
        yield from (f"{source}{port}" for source in _sources(allowed.sources, family))
    if design.swarm.wanted and design.swarm.encrypted and design.swarm.peers:
        yield from (f"{source}-p esp -j RETURN" for source in _sources(design.swarm.peers, family))


def _remote_api(design: HostDesign) -> Iterator[Allowed]:
    """The port of the remote API, for those who are named; it is never opened to everyone."""
    if design.tls.wanted and design.tls.sources:
        yield Allowed(str(design.tls.port), "tcp", design.tls.sources)


def _swarm(design: HostDesign) -> Iterator[Allowed]:
    """What nodes of a swarm say to each other; it is never opened to others."""
    if design.swarm.wanted and design.swarm.peers:
        yield from (Allowed(port, protocol, design.swarm.peers) for port, protocol in (*SWARM_PORTS, (str(design.swarm.data_port), "udp")))


def _sources(sources: Iterable[str], family: int) -> Iterator[str]:
    """The beginning of a rule for each source of this family; one without any where everyone may."""
    named = list(sources)
    if not named:
        yield ""
    for source in named:
        if ipaddress.ip_network(source).version == family:
            yield f"-s {source} "


def _range(ports: str) -> str:
    return ports.replace("-", ":")


def _first_and_last(ports: str) -> str:
    first, _, last = ports.partition("-")
    return f"{first} {last or first}"


def _mark(design: HostDesign) -> str:
    """A word that is in the rules of this design and of no other, so that it can be seen whether they are in place."""
    wanted = repr((design.firewall, design.swarm, design.tls.wanted, design.tls.port, design.tls.sources))
    return f"batten-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
