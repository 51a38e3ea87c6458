"""``firewall/``: the base of a host's firewall as one script, with the rules in it and a page that says them in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from batten.design.host import HostDesign
from batten.design.host_reading import Allowed
from batten.errors import DesignError
from batten.model import GeneratedFile
from generators.firewall_rules import DROP, FAMILIES, RETURN, Rule, Ruleset, both_spellings, iptables, sources
from generators.host_rendering import PROGRAM, rendered

FORWARD, INPUT = "BATTEN-HOST", "BATTEN-INPUT"
"""The chains that hang from Docker's and from the kernel's own; what comes in from outside goes on to one of the same name with ``-IN``."""
NEIGHBOURS = {
    4: (Rule(f"{INPUT}-IN", RETURN, protocol="icmp"), Rule(f"{INPUT}-IN", RETURN, protocol="udp", source_port="67", port="68")),
    6: (Rule(f"{INPUT}-IN", RETURN, protocol="ipv6-icmp"), Rule(f"{INPUT}-IN", RETURN, source="fe80::/10", protocol="udp", port="546")),
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
    four, six = (ruleset(design, family) for family in FAMILIES)
    return (
        rendered(
            "firewall/batten-firewall.sh",
            "firewall.sh.j2",
            "puts the rules in place, looks after them and takes them away",
            mode=PROGRAM,
            title="Base of this host's firewall",
            script="batten-firewall.sh",
            program="batten-firewall",
            hurried="--force --quiet ",
            ipv6=firewall.ipv6,
            four=four,
            rules=both_spellings(four, six),
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
            rules=[line for line in iptables(four).splitlines() if line.startswith("-A")],
        ),
    )


def rules(design: HostDesign, family: int) -> str:
    """Our chains as ``iptables-restore --noflush`` takes them; they hang nowhere yet."""
    return iptables(ruleset(design, family))


def ruleset(design: HostDesign, family: int) -> Ruleset:
    """The rules for one family."""
    found = [rule for chain in (FORWARD, INPUT) for rule in _entrance(design, chain)]
    found += [*_to_containers(design, family), *_to_the_host(design, family)]
    found += [Rule(f"{chain}-IN", DROP, comment=_mark(design)) for chain in (FORWARD, INPUT)]
    return Ruleset("batten-host", FORWARD, INPUT, (f"{FORWARD}-IN", f"{INPUT}-IN"), tuple(found))


def _entrance(design: HostDesign, chain: str) -> Iterator[Rule]:
    """Answers pass; what comes in from outside is looked at."""
    yield Rule(chain, RETURN, answers=True)
    yield from (Rule(chain, f"{chain}-IN", comes=interface) for interface in design.firewall.interfaces)


def _to_containers(design: HostDesign, family: int) -> Iterator[Rule]:
    """Published ports, by their number on the host: when these rules see a packet, it already bears the container's."""
    for allowed in design.firewall.published:
        for source in sources(allowed.sources, family):
            yield Rule(f"{FORWARD}-IN", RETURN, source=source, protocol=allowed.protocol, published=allowed.ports)


def _to_the_host(design: HostDesign, family: int) -> Iterator[Rule]:
    """The host's own ports; published ones too, since some of their traffic ends in docker-proxy, which is a process of the host."""
    yield from NEIGHBOURS[family]
    for allowed in (*design.firewall.host, *design.firewall.published, *_remote_api(design), *_swarm(design)):
        for source in sources(allowed.sources, family):
            yield Rule(f"{INPUT}-IN", RETURN, source=source, protocol=allowed.protocol, port=allowed.ports)
    if design.swarm.wanted and design.swarm.encrypted and design.swarm.peers:
        yield from (Rule(f"{INPUT}-IN", RETURN, source=source, protocol="esp") for source in sources(design.swarm.peers, family))


def _remote_api(design: HostDesign) -> Iterator[Allowed]:
    """The port of the remote API, for those who are named; it is never opened to everyone."""
    if design.tls.wanted and design.tls.sources:
        yield Allowed(str(design.tls.port), "tcp", design.tls.sources)


def _swarm(design: HostDesign) -> Iterator[Allowed]:
    """What nodes of a swarm say to each other; it is never opened to others."""
    if design.swarm.wanted and design.swarm.peers:
        yield from (Allowed(port, protocol, design.swarm.peers) for port, protocol in (*SWARM_PORTS, (str(design.swarm.data_port), "udp")))


def _first_and_last(ports: str) -> str:
    first, _, last = ports.partition("-")
    return f"{first} {last or first}"


def _mark(design: HostDesign) -> str:
    """A word that is in the rules of this design and of no other, so that it can be seen whether they are in place."""
    wanted = repr((design.firewall, design.swarm, design.tls.wanted, design.tls.port, design.tls.sources))
    return f"batten-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
