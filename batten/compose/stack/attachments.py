"""On which networks a service is, and under which names it is found there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from batten.compose.stack.places import LONGEST, Plain, Scene, fits, fitted, said
from batten.model import TreePath

HOST = "host"
"""The network that every node has and that a service joins by its name; a stack says it as external. ``none`` a swarm does not find (tried on 20.10.24)."""


def service_key(scene: Scene, name: str) -> str:
    """What a service is called in the stack: its own name, unless a swarm refuses that."""
    if fits(f"{scene.project}_{name}"):
        return name
    return fitted(name, max(LONGEST - 2 - len(scene.project), 16))


def aliases(scene: Scene, name: str, service: Plain) -> tuple[str, ...]:
    """Names besides its own by which others of the project call a service: its container's, and those of links to it."""
    renamed = service_key(scene, name) != name
    found = [name] if renamed else []
    found += [str(service["container_name"])] if service.get("container_name") else []
    for other in scene.tree["services"].values():
        for link in other.get("links") or []:
            target, _, alias = str(link).partition(":")
            found += [alias] if target == name and alias else []
    return tuple(alias for alias in dict.fromkeys(found) if renamed or alias != name)


def attach(scene: Scene, path: TreePath, service: Plain, names: Sequence[str]) -> Plain:
    """The memberships of a service; its other names are said on each of them."""
    _told(scene, path, service, names)
    mode = str(service.get("network_mode") or "")
    if mode in (HOST, "none"):
        scene.ledger.note((*path, "network_mode"), f"network_mode.{mode}")
        return {host_key(scene) if mode == HOST else alone_key(scene, str(path[1])): None}
    if mode:
        scene.ledger.note((*path, "network_mode"), "network_mode", mode)
    members = service.get("networks") or {"default": None}
    return {key: _member(scene, (*path, "networks", key), member or {}, names) for key, member in members.items()}


def _told(scene: Scene, path: TreePath, service: Plain, names: Sequence[str]) -> None:
    key = service_key(scene, str(path[1]))
    if key != path[1]:
        scene.ledger.note(path, "service.name", f"now {key}")
    if service.get("container_name"):
        scene.ledger.note((*path, "container_name"), "container_name", str(service["container_name"]))
    if said(service.get("links")):
        scene.ledger.note((*path, "links"), "links")


def _member(scene: Scene, path: TreePath, member: Plain, names: Sequence[str]) -> Plain | None:
    known: dict[str, Any] = {}
    for key, value in member.items():
        if key == "driver_opts" and said(value) and scene.since(28):
            scene.ledger.need(13)
            known[key] = value
        elif key != "aliases" and said(value):
            scene.ledger.note((*path, key), f"networks.{key}", f"{path[1]} on {path[3]}")
    others = list(dict.fromkeys([*(member.get("aliases") or []), *names]))
    return {**({"aliases": others} if others else {}), **known} or None


def host_key(scene: Scene) -> str:
    """The key under which a stack file has the node's own network."""
    return _free(scene, HOST, "-of-the-node")


def alone_key(scene: Scene, service: str) -> str:
    """The key of the network on which a service that must not have any is alone."""
    return _free(scene, f"{service_key(scene, service)}-alone", "-here")


def _free(scene: Scene, key: str, suffix: str) -> str:
    while key in scene.networks():
        key += suffix
    return key
