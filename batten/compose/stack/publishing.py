"""Published ports. A swarm publishes on every address of every node, so that what is bound to one address is left out."""

from __future__ import annotations

from typing import Any

from batten.compose.stack.places import Plain, Scene
from batten.model import TreePath

_EVERY = frozenset({"", "0.0.0.0", "::", "0:0:0:0:0:0:0:0"})
_BINDING = "com.docker.network.bridge.host_binding_ipv4"


def ports(scene: Scene, path: TreePath, value: list[Plain]) -> list[Plain] | None:
    """The ports that are public anyway, each once, in the long form."""
    bound = _bound_by_network(scene, path)
    found: list[Plain] = []
    for index, port in enumerate(value):
        address = str(port.get("host_ip") or "").strip("[]")
        if address not in _EVERY or bound:
            scene.ledger.note((*path, index), "ports.host_ip", f"{_words(port)}, bound to {bound or address}")
        elif (entry := _entry(scene, (*path, index), port)) not in found:
            found.append(entry)
    return found or None


def _bound_by_network(scene: Scene, path: TreePath) -> str:
    """The address to which a network binds whatever is published on it; empty for every address."""
    members = scene.tree["services"][path[1]].get("networks") or {"default": None}
    options = [scene.networks().get(name, {}).get("driver_opts") or {} for name in members]
    return next((str(one[_BINDING]) for one in options if str(one.get(_BINDING, "")) not in _EVERY), "")


def _entry(scene: Scene, path: TreePath, port: Plain) -> Plain:
    for key in ("name", "app_protocol"):
        if port.get(key):
            scene.ledger.note((*path, key), f"ports.{key}", str(port[key]))
    if port.get("host_ip"):
        scene.ledger.note((*path, "host_ip"), "ports.every")
    entry: dict[str, Any] = {"target": int(port["target"]), "protocol": port.get("protocol") or "tcp", "mode": _mode(scene, path, port)}
    published = str(port.get("published") or "")
    first, _, last = published.partition("-")
    if last:
        scene.ledger.note((*path, "published"), "ports.range", published)
    if first:
        entry = {"target": entry["target"], "published": int(first), "protocol": entry["protocol"], "mode": entry["mode"]}
    return entry


def _mode(scene: Scene, path: TreePath, port: Plain) -> str:
    """The routing mesh needs a virtual address, which a service with ``dnsrr`` has not (a swarm refuses both together)."""
    mode = str(port.get("mode") or "ingress")
    own = scene.tree["services"][path[1]].get("deploy") or {}
    if mode == "ingress" and own.get("endpoint_mode") == "dnsrr":
        scene.ledger.note((*path, "mode"), "ports.dnsrr", _words(port))
        return "host"
    return mode


def _words(port: Plain) -> str:
    return f"{port.get('published') or 'a free port'} → {port['target']}/{port.get('protocol') or 'tcp'}"
