"""Bridges with a name of their own: what rules of the firewall need that are about a network and not about a port."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from batten.design import Design
from batten.errors import DesignError
from batten.model import Action, Change, Network, Project, Risk
from batten.reach.rules.published import is_loopback

BRIDGE_NAME: Final = "com.docker.network.bridge.name"
"""The bridge driver's option for the name of the interface on the host; up to 15 characters, as Linux has it."""
DECISION = "firewall"


def changes(project: Project, design: Design) -> Iterator[Change]:
    """One for each network of the project that rules are about; new networks come with the name in them.

    Raises:
        DesignError: the design limits where a network's services connect, and the network has no bridge of its own.
    """
    for name in design.firewall.egress:
        _refuse_without_bridge(project, design, name)
    for name, network in project.networks.items():
        bridge = bridge_for(project, design, name)
        if bridge:
            path = (*network.path, "driver_opts", BRIDGE_NAME)
            yield Change(f"{DECISION}.{name}", path, Action.SET, bridge, "", _why(design, name), Risk.CHECK, DECISION)


def bridge_for(project: Project, design: Design, name: str) -> str:
    """The name that the bridge of a network is to get; empty where it has one, or where no rule is about it."""
    network = project.networks.get(name)
    if name not in _meant(project, design) or (network is not None and (BRIDGE_NAME in network.driver_opts or not _has_bridge(network, design))):
        return ""
    return bridge_name(project.name, name)


def bridge_name(project: str, network: str) -> str:
    """A name that no other network of a host has, and that begins as Docker's own do."""
    readable = re.sub(r"[^a-z0-9]+", "", network.lower())[:5]
    digest = hashlib.sha256(f"{project}\0{network}".encode()).hexdigest()
    return f"br-{readable}-{digest[: 11 - len(readable)]}"


def _meant(project: Project, design: Design) -> set[str]:
    """Networks that rules are about: those with a limit, and those on which somebody may reach a published port past its number on the host."""
    firewall = design.firewall
    if not firewall.wanted or design.target.kind == "stack":
        return set()
    guarded = {one.service for one in design.published if is_loopback(one.address) or firewall.who(one.published, one.protocol)}
    planned = design.networks.networks
    joined = {name for service in guarded & set(project.services) for name in design.networks.of(service) or project.services[service].networks}
    internal = {name for name in joined if (planned[name].internal if name in planned else project.networks[name].internal)}
    return (joined - internal) | set(firewall.egress)


def _has_bridge(network: Network, design: Design) -> bool:
    """Whether it is a bridge of this project's."""
    return not network.external and network.driver in ("", "bridge") and design.target.kind != "stack"


def _refuse_without_bridge(project: Project, design: Design, name: str) -> None:
    network = project.networks.get(name)
    if design.target.kind == "stack":
        raise DesignError(f"the firewall cannot limit where '{name}' connects: on a swarm everybody leaves by one bridge, docker_gwbridge.")
    if network is not None and not _has_bridge(network, design):
        what = "external: its bridge belongs to another project" if network.external else f"a {network.driver} network, which has no bridge"
        raise DesignError(f"the firewall cannot limit where '{name}' connects, since it is {what}.", hint="Take it out of 'firewall.egress'.")


def _why(design: Design, name: str) -> str:
    what = "where its services connect can be limited" if name in design.firewall.egress else "nobody goes to its containers past the rules for their ports"
    made = "Compose 5 makes the network anew by itself; with another one, 'docker compose down' first."
    return f"The bridge of {name} gets a name of its own, so that {what}. {made}"
