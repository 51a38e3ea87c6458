"""Changes that put each service on the networks of the design and close those that need no way out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set

from batten.design import Design
from batten.design.sections.networks import PlannedNetwork
from batten.design.sections.sockets import PROXY
from batten.design.sidecars import sidecars
from batten.errors import DesignError
from batten.model import Action, Attachment, Change, Project, Risk
from batten.plan.firewall import BRIDGE_NAME, bridge_for

DECISION = "networks"


def changes(project: Project, design: Design) -> Iterator[Change]:
    """New networks, internal ones, and memberships; external networks of a service stay as they are."""
    planned = design.networks.networks
    if not planned:
        return
    beside = {one.name: one.app for one in sidecars(design.mtls)}
    for name, network in planned.items():
        between = _between_nodes(project, [beside.get(one, one) for one in network.services])
        secret = {"driver_opts": {"encrypted": ""}} if network.encrypted and (between or design.target.own_stack) else {}
        yield from _network(project, name, network, {**between, **secret}, bridge_for(project, design, name))
    own = {use.proxy for use in design.sockets if use.how == PROXY}
    for service in project.services:
        wanted = design.networks.of(service)
        if wanted and project.services[service].networks:
            yield from _memberships(project, service, {name: planned[name].aliases.get(service, ()) for name in wanted}, own)


def _network(project: Project, name: str, network: PlannedNetwork, options: Mapping[str, object], bridge: str) -> Iterator[Change]:
    existing = project.networks.get(name)
    if existing is None:
        value: dict[str, object] = {**options, **({"internal": True} if network.internal else {})}
        if bridge and "driver" not in value:
            value["driver_opts"] = {BRIDGE_NAME: bridge}
        if network.subnet:
            value["ipam"] = {"config": [{"subnet": network.subnet}]}
        yield Change(f"networks.{name}", ("networks", name), Action.SET, value, network.why, f"A network of its own: {network.why}.", Risk.CHECK, DECISION)
    elif network.internal and not existing.internal:
        if existing.external:
            raise DesignError(f"the network '{name}' is external: whether it is internal is not decided here.")
        why = f"Nobody on '{name}' needs a way out, so an intruder there has none either."
        yield Change(f"networks.{name}.internal", ("networks", name, "internal"), Action.SET, True, "", why, Risk.CHECK, DECISION)


def _between_nodes(project: Project, members: Sequence[str]) -> dict[str, object]:
    """What a new network takes over from those that its members leave, where they reach over several nodes of a swarm.

    ``members`` are services of the project; in the place of a new sidecar stands the one beside which it is put.
    """
    current = {key for name in members if name in project.services for key in project.services[name].networks}
    own = [project.networks[key] for key in current if not project.networks[key].external]
    if not own or any(one.driver != "overlay" for one in own):
        return {}
    return {"driver": "overlay", **({"attachable": True} if all(one.attachable for one in own) else {})}


def _memberships(project: Project, service: str, wanted: Mapping[str, tuple[str, ...]], own: Set[str]) -> Iterator[Change]:
    """The change of one service's networks, if there is one; those in ``own`` are another section's business and stay.

    ``wanted`` are the networks that it is to be on, each with the further aliases that it gets there.
    """
    current = project.services[service].networks
    kept = {name: member for name, member in current.items() if name in wanted or name in own or project.networks[name].external}
    if set(kept) | set(wanted) == set(current):
        return
    aliases = tuple(dict.fromkeys(alias for member in current.values() if not project.networks[member.network].external for alias in member.aliases))
    order = (*(name for name in kept if name not in wanted), *wanted)
    value = {name: _member(project, service, name, kept.get(name), (*aliases, *wanted.get(name, ()))) for name in order}
    why = f"{service} meets only the services it needs.{_named_networks(project, set(current) - set(value))}"
    yield Change(f"networks.{service}", ("services", service, "networks"), Action.SET, value, "", why, Risk.CHECK, DECISION)


def _named_networks(project: Project, left: set[str]) -> str:
    """A warning about networks with a name of their own: other projects may join them by it."""
    names = sorted(project.networks[key].name for key in left if project.networks[key].name != f"{project.name}_{key}")
    return f" Other projects that join {' and '.join(names)} no longer meet it there." if names else ""


def _member(project: Project, service: str, network: str, current: Attachment | None, aliases: tuple[str, ...]) -> object:
    """Options of a membership: those it has, or the aliases under which the service was known on the network it leaves."""
    if current is not None:
        value = project.value(("services", service, "networks", network))
        return value.plain() if value is not None else None
    return {"aliases": list(aliases)} if aliases else None
