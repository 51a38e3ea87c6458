"""What bringing a changed project up does to what runs of it: which containers are made anew, which are started, and which networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from batten.engine.grouping import COMPOSE_PROJECT, COMPOSE_SERVICE
from batten.engine.protocol import EngineNetwork, Workload
from batten.engine.settling import ended, members
from batten.errors import EngineError
from batten.model import Project

CONFIG_HASH = "com.docker.compose.config-hash"
NETWORK_KEY = "com.docker.compose.network"
_ALIVE = ("running", "restarting", "paused")
FILES = "its entry in the files changes"
_OLD = "its container is not as the files say already"
_MADE = "networks are made anew, and all containers with them"


class Snapshot(NamedTuple):
    """What runs of a project."""

    containers: tuple[Workload, ...]
    networks: tuple[EngineNetwork, ...]
    strangers: Mapping[str, tuple[str, ...]]
    """Network → containers on it that are not the project's."""

    @property
    def running(self) -> Mapping[str, int]:
        """Service → number of containers that run."""
        found: dict[str, int] = {}
        for one in self.containers:
            if one.state in _ALIVE:
                name = one.labels[COMPOSE_SERVICE]
                found[name] = found.get(name, 0) + one.replicas
        return found

    @property
    def down(self) -> Mapping[str, str]:
        """Services of which a container has ended, and how."""
        return {one.labels[COMPOSE_SERVICE]: text for one in self.containers if (text := ended(one))}


class Foreseen(NamedTuple):
    """What is going to happen."""

    recreated: Mapping[str, str]
    """Service → why its containers are made anew, which restarts it."""
    started: tuple[str, ...]
    """Services that do not run and are started."""
    networks: tuple[str, ...]
    """Networks of the engine that are made anew."""
    certain: bool
    """Whether Compose was asked, by the hash that it would give each service; otherwise this is what is likely."""
    scale: Mapping[str, int]
    """Services of which another number runs than the files say."""
    names: tuple[str, ...] = ()
    """Services to name, because one of them runs and its profile is not chosen; none where Compose starts the right ones by itself."""
    anew: bool = False
    """Whether every container is made anew, which it takes where a network is.

    Compose by itself leaves the network as it is (2.26), or stops in the middle where a container is to leave or to join it, and connects the others
    again without their names (5.6).
    """

    @property
    def anything(self) -> bool:
        """Whether anything happens at all."""
        return bool(self.recreated or self.started or self.networks)


def snapshot(containers: Sequence[Workload], networks: Sequence[EngineNetwork], project: str) -> Snapshot:
    """What runs of a project; its own networks by their label."""
    own = members(containers, project)
    ids = {one.id for one in own}
    nets = tuple(one for one in networks if one.labels.get(COMPOSE_PROJECT) == project and NETWORK_KEY in one.labels)
    names = {one.name for one in nets}
    strangers: dict[str, tuple[str, ...]] = {}
    for one in containers:
        for member in one.networks if one.id not in ids else ():
            if member.network in names:
                strangers[member.network] = (*strangers.get(member.network, ()), one.name)
    return Snapshot(tuple(own), nets, strangers)


class Told(NamedTuple):
    """What Compose says of a project's files."""

    active: frozenset[str]
    """Services that it starts without being told their names."""
    hashes: Mapping[str, str]
    """Service → hash of its entry; a container bears the one that it was made with."""
    to_come: bool = False
    """Whether it was asked about the files to come, and not about those that are there."""


def foresee(before: Project, after: Project, now: Snapshot, told: Told, running: Mapping[str, int] | None = None) -> Foreseen:
    """What it takes to bring ``after`` up where ``now`` runs.

    Args:
        before: the project as its files say at present.
        after: the project as they will say.
        now: what runs.
        told: what Compose says of the files.
        running: service → number of containers that are to run; those that run now where None.

    Raises:
        EngineError: a network has to be made anew and somebody else is on it.
    """
    networks = changed_networks(before, after, now)
    _refuse_strangers(networks, now)
    counts = {name: count for name, count in (now.running if running is None else running).items() if name in after.services}
    names = tuple(sorted((told.active | set(counts)) & set(after.services))) if set(counts) - told.active else ()
    recreated = dict(_changed(before, after, now, told))
    anew = bool(networks) or any(_astray(one, after) for one in now.containers if one.labels[COMPOSE_SERVICE] not in recreated)
    for one in networks:
        on_it = [name for name, service in after.services.items() if one.labels[NETWORK_KEY] in service.networks]
        recreated |= {name: f"the network {one.name} is made anew" for name in on_it if name not in recreated}
    recreated |= dict(_sharing(after, recreated))
    if anew:
        recreated |= {name: _MADE for name in now.running if name not in recreated}
    return Foreseen(
        {name: why for name, why in sorted(recreated.items()) if name in now.running and name in after.services},
        tuple(sorted((set(names) or told.active & set(after.services)) - set(now.running))),
        tuple(one.name for one in networks),
        told.to_come,
        {name: count for name, count in counts.items() if count > 1 and count != after.services[name].replicas},
        names,
        anew,
    )


def _sharing(after: Project, recreated: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Services that live in the network of another one, which goes with its container."""
    for name, service in after.services.items():
        owner = service.network_mode.removeprefix("service:")
        if owner != service.network_mode and owner in recreated and name not in recreated:
            yield name, f"it shares the network of {owner}"


def _changed(before: Project, after: Project, now: Snapshot, told: Told) -> Iterator[tuple[str, str]]:
    """Services whose containers do not fit the files to come, and why."""
    worn = {one.labels[COMPOSE_SERVICE]: one.labels.get(CONFIG_HASH) for one in now.containers}
    for name, mark in worn.items():
        if name not in after.services:
            continue
        changed = said_of(before, "services", name) != said_of(after, "services", name)
        if changed and not told.to_come:
            yield name, FILES
        elif name in told.hashes and told.hashes[name] != mark:
            yield name, FILES if changed else _OLD


def said_of(project: Project, section: str, name: str) -> object:
    """What a project says at ``section.name``, as plain data; None where it says nothing."""
    value = project.value((section, name))
    return value.plain() if value is not None else None


def _astray(one: Workload, after: Project) -> bool:
    """Whether a container that would stay lacks a network that it should be on: a killed run took it off, and Compose would leave it so."""
    service = after.services.get(one.labels[COMPOSE_SERVICE])
    if service is None or one.state not in _ALIVE:
        return False
    wanted = {after.networks[key].name for key in service.networks if key in after.networks}
    return not wanted <= {member.network for member in one.networks}


def changed_networks(before: Project, after: Project, now: Snapshot) -> list[EngineNetwork]:
    """Networks of the engine that cannot stay as they are."""
    return [one for one in now.networks if _differs(one, before, after)]


def _differs(there: EngineNetwork, before: Project, after: Project) -> bool:
    """Whether a network cannot stay as it is; one that nobody wants any more simply stays."""
    key = there.labels[NETWORK_KEY]
    wanted = after.networks.get(key)
    if wanted is None or wanted.external or there.name != wanted.name:
        return False
    return there.internal != wanted.internal or (key in before.networks and said_of(before, "networks", key) != said_of(after, "networks", key))


def _refuse_strangers(networks: Sequence[EngineNetwork], now: Snapshot) -> None:
    for one in networks:
        if found := now.strangers.get(one.name):
            hint = f"Take it off first: docker network disconnect {one.name} {found[0]}."
            raise EngineError(f"the network {one.name} has to be made anew, and {', '.join(found)} of another project is on it.", hint=hint)
