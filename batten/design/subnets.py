"""Addresses for new networks where Docker's default pools are not to be asked for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network, ip_network
from zlib import crc32

from batten.design.sections.networks import Networks
from batten.model import Project

_RANGE = IPv4Network("10.128.0.0/9")
"""Where they are taken from: no part of Docker's default pools, and far from the 10.0.0.0 on where a swarm's own pool begins."""
_OF_A_PROJECT = 32
"""So many networks lie between the places where two projects begin, so that they do not meet on one host; which place it is follows from the name."""


def given(networks: Networks, project: Project) -> Networks:
    """``networks`` with a subnet of 254 addresses for each that is new and has none; two of one host must not overlap."""
    taken = [*_written(project), *(IPv4Network(network.subnet) for network in networks.networks.values() if network.subnet)]
    free = (one for one in _candidates(project.name) if not any(one.overlaps(other) for other in taken))
    new = (name for name, network in networks.networks.items() if name not in project.networks and not network.subnet)
    chosen = dict(zip(new, free, strict=False))
    return replace(networks, networks={name: replace(one, subnet=str(chosen[name])) if name in chosen else one for name, one in networks.networks.items()})


def left_to_docker(networks: Networks) -> Networks:
    """``networks`` without subnets."""
    return replace(networks, networks={name: replace(one, subnet="") for name, one in networks.networks.items()})


def carried_over(old: Networks, new: Networks, project: Project) -> Networks:
    """``new`` with the subnets that networks of the same name had in ``old``, and with more of them if there were any."""
    known: Mapping[str, str] = {name: one.subnet for name, one in old.networks.items() if one.subnet}
    if not known:
        return new
    return given(replace(new, networks={name: replace(one, subnet=known.get(name, "")) for name, one in new.networks.items()}), project)


def _candidates(project: str) -> Iterator[IPv4Network]:
    whole = list(_RANGE.subnets(new_prefix=24))
    begin = crc32(project.encode()) % (len(whole) // _OF_A_PROJECT) * _OF_A_PROJECT
    yield from (*whole[begin:], *whole[:begin])


def _written(project: Project) -> Iterator[IPv4Network]:
    """Subnets that the project's own networks have; what is no address is not for us to judge."""
    for network in project.networks.values():
        for text in network.subnets:
            try:
                found = ip_network(text, strict=False)
            except ValueError:
                continue
            if isinstance(found, IPv4Network):
                yield found
