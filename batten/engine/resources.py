"""The networks, volumes, secrets and configs that a project's containers use, as sections of a compose file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from batten.engine.grouping import COMPOSE_PROJECT, Group, usable
from batten.engine.protocol import EngineNetwork, EngineVolume, Workload
from batten.engine.writing import DEFAULT_BRIDGE, is_anonymous, secret_files

_STACK = "com.docker.stack.namespace"
_KEYS = {"network": "com.docker.compose.network", "volume": "com.docker.compose.volume"}
_NOT_NETWORKS = frozenset({"host", "none"})
_ENABLED = ("com.docker.network.enable_ipv4", "com.docker.network.enable_ipv6")
"""Options that the engine writes down by itself from version 28 on."""
_VXLAN = "com.docker.network.driver.overlay.vxlanid_list"


class Resources:
    """What one group uses. What it did not make itself is external to it, and still told as the engine has it."""

    def __init__(self, group: Group, networks: Sequence[EngineNetwork], volumes: Sequence[EngineVolume]) -> None:
        self._group = group
        members = [one for found in group.members.values() for one in found]
        joined = {member.network for one in members for member in one.networks if _is_joined(one, member.network)}
        used = {mount.source for one in members for mount in one.mounts if mount.kind == "volume" and not is_anonymous(mount)}
        there = {network.name: network for network in networks}
        known = {volume.name: volume for volume in volumes}
        self._networks = [there.get(name) or EngineNetwork("", name, "") for name in sorted(joined)]
        self._volumes = [known.get(name) or EngineVolume(name, "local") for name in sorted(used)]
        self._members = members
        self.network_keys = self._keys("network", self._networks)
        self.volume_keys = self._keys("volume", self._volumes)

    def _keys(self, kind: str, found: Sequence[EngineNetwork | EngineVolume]) -> Mapping[str, str]:
        """Name on the engine → key in the project; two that come to the same key are numbered."""
        keys = [usable(self._key(kind, one)) for one in found]
        return {one.name: key if keys.count(key) == 1 else f"{key}.{number}" for number, (one, key) in enumerate(zip(found, keys, strict=True))}

    def _key(self, kind: str, one: EngineNetwork | EngineVolume) -> str:
        if not self._owns(one.labels):
            return one.name
        return one.labels.get(_KEYS[kind]) or one.name.removeprefix(f"{self._group.label}_")

    def _owns(self, labels: Mapping[str, str]) -> bool:
        return self._group.label in (labels.get(COMPOSE_PROJECT), labels.get(_STACK))

    def sections(self) -> dict[str, Any]:
        """The sections that have something in them."""
        secrets: dict[str, Any] = {key: {"file": file} for one in self._members for key, file in secret_files(one.mounts).items()}
        secrets |= {grant.name: {"external": True} for one in self._members for grant in one.grants if not grant.config}
        found = {
            "networks": {self.network_keys[one.name]: self._network(one) for one in self._networks},
            "volumes": {self.volume_keys[one.name]: self._volume(one) for one in self._volumes},
            "secrets": secrets,
            "configs": {grant.name: {"external": True} for one in self._members for grant in one.grants if grant.config},
        }
        return {key: entries for key, entries in found.items() if entries}

    def _network(self, one: EngineNetwork) -> dict[str, Any]:
        options = {name: value for name, value in one.options.items() if name not in _ENABLED and name != _VXLAN}
        found: dict[str, Any] = {"name": one.name, **({} if self._owns(one.labels) else {"external": True})}
        found |= {"driver": one.driver} if one.driver not in ("", "bridge") else {}
        found |= {"driver_opts": options} if options else {}
        found |= {key: True for key, said in (("internal", one.internal), ("attachable", one.attachable), ("enable_ipv6", one.ipv6)) if said}
        six = [{"subnet": subnet} for subnet in one.subnets if ":" in subnet]
        return found | ({"ipam": {"config": six}} if six else {})

    def _volume(self, one: EngineVolume) -> dict[str, Any]:
        if not self._owns(one.labels):
            return {"name": one.name, "external": True}
        found: dict[str, Any] = {"name": one.name}
        found |= {"driver": one.driver} if one.driver != "local" else {}
        return found | ({"driver_opts": dict(one.options)} if one.options else {})


def _is_joined(one: Workload, network: str) -> bool:
    """Whether a network is named below ``networks``; the engine's own are said by ``network_mode``."""
    if network in _NOT_NETWORKS:
        return False
    return not (one.kind == "container" and network == DEFAULT_BRIDGE and {member.network for member in one.networks} == {DEFAULT_BRIDGE})
