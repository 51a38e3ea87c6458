"""``firewall/``: rules for exactly one project's published ports and networks, as one script, and a page that says them in words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple

from batten.design.host_reading import PROTOCOLS
from batten.design.host_reading import address as host_address
from batten.design.host_reading import ports as numbers
from batten.errors import DesignError
from batten.hardening import Hardening
from batten.model import GeneratedFile, Network, Port, Project, Service
from batten.plan.firewall import BRIDGE_NAME
from batten.reach.rules.published import is_loopback
from generators.firewall_page import page
from generators.firewall_rules import DROP, FAMILIES, RETURN, Rule, Ruleset, both_spellings, sources
from generators.host_rendering import PROGRAM, rendered

DOCKERS: Final = ("lo", "docker0", "docker_gwbridge", "br-+")
"""By these comes what this host and its containers send, where no interface is named: the loopback and the bridges as Docker calls them."""
PATHS: Final = ("firewall/batten-firewall.sh", "firewall/README.md")
_BRIDGE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}\Z")
_WILDCARDS = {"": FAMILIES, "0.0.0.0": (4,), "::": (6,)}


class Opening(NamedTuple):
    """One published port of the hardened project and those who may reach it."""

    service: str
    protocol: str
    published: str
    """Port or range on the host."""
    address: str
    """Host address that it is bound to; empty for every one."""
    families: tuple[int, ...]
    sources: tuple[str, ...]
    """Nobody named: everyone, or, at a loopback address, nobody from outside."""

    @property
    def closed(self) -> bool:
        """Whether it is for this host alone."""
        return is_loopback(self.address)

    @property
    def guarded(self) -> bool:
        """Whether there is a rule for it."""
        return self.closed or bool(self.sources)


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """Everything below ``firewall/``; nothing where the design leaves ports and networks as they are.

    Raises:
        DesignError: a bridge has a name that is none.
    """
    if not hardening.design.firewall.wanted:
        return
    four, six = (ruleset(hardening, family) for family in FAMILIES)
    name = identity(hardening.after.name)
    yield rendered(
        PATHS[0],
        "firewall/project.sh.j2",
        "puts the rules for this project's ports and networks in place, looks after them and takes them away",
        mode=PROGRAM,
        title=f"Firewall of the Docker project {name}",
        script="batten-firewall.sh",
        program=f"batten-firewall-{name}",
        hurried="",
        ipv6=True,
        four=four,
        rules=both_spellings(four, six),
        mark=_mark(hardening),
    )
    yield page(hardening, openings(hardening), bridges(hardening.after), four, f"batten-firewall-{name}")


def identity(project: str) -> str:
    """A word for a project that fits into the name of a chain (28 characters), of a table and of a unit, and is no other project's."""
    readable = re.sub(r"[^a-z0-9]+", "-", project.lower())[:8].strip("-")
    return "-".join(part for part in (readable, hashlib.sha256(project.encode()).hexdigest()[:6]) if part)


def ruleset(hardening: Hardening, family: int) -> Ruleset:
    """The rules for one family."""
    name = identity(hardening.after.name)
    forward = f"BATTEN-{name}"
    made = _Rules(hardening, family, forward)
    others = (made.published, made.local, made.egress)
    order = (forward, made.input, *others).index
    return Ruleset(f"batten-{name}", forward, made.input, others, tuple(sorted(made.all(), key=lambda rule: order(rule.chain))))


def openings(hardening: Hardening) -> tuple[Opening, ...]:
    """Every published port whose number on the host is known; raises DesignError for one that no rule can be about."""
    services = hardening.after.services.values()
    return tuple(_opening(hardening, service, port) for service in services for port in service.ports if port.published and _publishes(service))


def _publishes(service: Service) -> bool:
    return service.network_mode not in ("host", "none")


def _opening(hardening: Hardening, service: Service, port: Port) -> Opening:
    firewall, address = hardening.design.firewall, port.host_ip.strip("[]")
    try:
        _check(port, address)
    except ValueError as error:
        span = hardening.after.origin((*service.path, "ports", port.index)).primary
        raise DesignError(f"no rule of the firewall can be about this port of {service.name}: it {error}.", span=span) from None
    families = _WILDCARDS.get(address) or (ip_address(address).version,)
    named = () if is_loopback(address) else firewall.addresses(firewall.who(port.published, port.protocol))
    return Opening(service.name, port.protocol, port.published, "" if address in _WILDCARDS else address, families, named)


def _check(port: Port, address: str) -> None:
    """Raise ValueError for what a compose file may say of a port and a rule cannot."""
    numbers(port.published)
    if port.protocol not in PROTOCOLS:
        raise ValueError(f"must have a protocol of {', '.join(PROTOCOLS)}")
    if address:
        host_address(address)


def bridges(project: Project) -> Mapping[str, str]:
    """Network → name of its bridge on the host, where the project says it.

    Raises:
        DesignError: it is no name of an interface.
    """
    found = {key: network.driver_opts[BRIDGE_NAME] for key, network in project.networks.items() if _says_bridge(network)}
    for key, name in found.items():
        if not _BRIDGE.match(name):
            raise DesignError(f"the bridge of the network '{key}' has a name that is none of an interface.", span=project.origin(("networks", key)).primary)
    return found


def _says_bridge(network: Network) -> bool:
    return not network.external and BRIDGE_NAME in network.driver_opts


class _Rules:
    """Makes the rules of one project for one family."""

    def __init__(self, hardening: Hardening, family: int, forward: str) -> None:
        self.hardening, self.family, self.forward = hardening, family, forward
        self.input, self.published, self.local, self.egress = (f"{forward}-{end}" for end in ("HOST", "IN", "HIN", "OUT"))
        self.bridges = bridges(hardening.after)
        self.limits = {self.bridges[name]: to for name, to in hardening.design.firewall.egress.items() if name in self.bridges}

    def all(self) -> Iterator[Rule]:
        for chain, entrance in ((self.forward, self.published), (self.input, self.local)):
            yield Rule(chain, RETURN, answers=True, comment=_mark(self.hardening))
            yield from self.limited(chain)
            yield from self.entrances(chain, entrance)
        for opening in openings(self.hardening):
            if opening.guarded and self.family in opening.families:
                yield from self.guarding(opening)
        yield from (Rule(self.published, DROP, leaves=bridge, direct=True) for bridge in self.guarded_bridges())
        yield from self.limits_themselves()

    def limited(self, chain: str) -> Iterator[Rule]:
        """What leaves a network with a limit; its own members and the search for neighbours are free."""
        for bridge in self.limits:
            if chain == self.forward:
                yield Rule(chain, RETURN, comes=bridge, leaves=bridge)
            else:
                yield Rule(chain, RETURN, comes=bridge, protocol="ipv6-icmp" if self.family == 6 else "icmp")
            yield Rule(chain, self.egress, comes=bridge)

    def entrances(self, chain: str, entrance: str) -> Iterator[Rule]:
        """What comes from outside is looked at: by the named interfaces, or by any that is not Docker's own."""
        named = self.hardening.design.firewall.interfaces
        if named:
            yield from (Rule(chain, entrance, comes=interface) for interface in named)
            return
        own = [bridge for bridge in self.bridges.values() if not bridge.startswith("br-")]
        yield from (Rule(chain, RETURN, comes=interface) for interface in (*DOCKERS, *own))
        yield Rule(chain, entrance)

    def guarding(self, opening: Opening) -> Iterator[Rule]:
        """A port for those who may; forwarded packets by the number that they were sent to, those that docker-proxy takes by the one they bear."""
        allowed = [] if opening.closed else list(sources(opening.sources, self.family))
        for verdict, source in (*((RETURN, source) for source in allowed), (DROP, "")):
            yield Rule(self.published, verdict, source=source, protocol=opening.protocol, published=opening.published, address=opening.address)
            yield Rule(self.local, verdict, source=source, target=opening.address, protocol=opening.protocol, port=opening.published)

    def guarded_bridges(self) -> tuple[str, ...]:
        """Bridges of networks on which a guarded port might be reached at the container's own address, past its number on the host."""
        after = self.hardening.after
        services = {opening.service for opening in openings(self.hardening) if opening.guarded}
        joined = (name for service in services for name in after.services[service].networks)
        return tuple(dict.fromkeys(self.bridges[name] for name in sorted(joined) if name in self.bridges and not after.networks[name].internal))

    def limits_themselves(self) -> Iterator[Rule]:
        """Where to the members of each network with a limit may connect."""
        firewall = self.hardening.design.firewall
        for bridge, allowed in self.limits.items():
            for one in allowed:
                for target in sources(firewall.addresses(one.sources), self.family):
                    yield Rule(self.egress, RETURN, comes=bridge, target=target, protocol=one.protocol, port=one.ports)
            yield Rule(self.egress, DROP, comes=bridge)


def _mark(hardening: Hardening) -> str:
    """A word that is in these rules and in no others, so that it can be seen whether they are in place."""
    wanted = repr((hardening.design.firewall, openings(hardening), sorted(bridges(hardening.after).items())))
    return f"batten-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
