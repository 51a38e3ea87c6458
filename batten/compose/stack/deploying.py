"""``deploy``, and what other keys of a service say that belongs there in a stack: limits, restarts, replicas."""

from __future__ import annotations

from typing import Any

from batten.compose.stack.places import Plain, Scene, said
from batten.model import TreePath

_LIMITS = {"cpus": ("limits", "cpus"), "mem_limit": ("limits", "memory"), "pids_limit": ("limits", "pids"), "mem_reservation": ("reservations", "memory")}
MOVED = frozenset({"restart", "scale", "profiles", *_LIMITS})
"""Keys of a service that are said under ``deploy``."""
_KEPT = ("mode", "replicas", "endpoint_mode", "labels", "placement", "update_config", "rollback_config", "restart_policy")
_KNOWN = {"limits": ("cpus", "memory", "pids"), "reservations": ("cpus", "memory", "generic_resources")}


def deploy(scene: Scene, path: TreePath, service: Plain) -> Plain:
    """All that a swarm is told about running a service."""
    own = service.get("deploy") or {}
    found: Plain = {key: own[key] for key in _KEPT if said(own.get(key))}
    _placed(found)
    for key in own:
        if key not in (*_KEPT, "resources") and said(own[key]):
            scene.ledger.note((*path, "deploy", key), "deploy.other", key)
    _replicas(scene, path, service, found)
    _restart(scene, path, service, found)
    resources = _resources(scene, path, service)
    return {**found, **({"resources": resources} if resources else {})}


def _placed(found: Plain) -> None:
    placement = {key: value for key, value in (found.pop("placement", None) or {}).items() if said(value)}
    if placement:
        found["placement"] = placement


def _replicas(scene: Scene, path: TreePath, service: Plain, found: Plain) -> None:
    """``scale``; and none for a service of a profile, which Compose does not start by itself either."""
    everywhere = str(found.get("mode", "")).startswith("global")
    if service.get("scale") is not None:
        scene.ledger.note((*path, "scale"), "scale")
        found.setdefault("replicas", service["scale"]) if not everywhere else None
    if said(service.get("profiles")):
        scene.ledger.note((*path, "profiles"), "profiles.global" if everywhere else "profiles", f"{scene.project}_{path[1]}")
        if not everywhere:
            found["replicas"] = 0


def _restart(scene: Scene, path: TreePath, service: Plain, found: Plain) -> None:
    """A container's restart policy in the words of a swarm, which restarts whatever ends unless it is told otherwise."""
    written = service.get("restart")
    if not written:
        return
    scene.ledger.note((*path, "restart"), "restart", str(written))
    name, _, count = str(written).partition(":")
    condition = {"always": "any", "unless-stopped": "any", "on-failure": "on-failure", "no": "none"}.get(name)
    if condition is not None and "restart_policy" not in found:
        found["restart_policy"] = {"condition": condition, **({"max_attempts": int(count)} if count.isdigit() and int(count) else {})}


def _resources(scene: Scene, path: TreePath, service: Plain) -> Plain:
    own = (service.get("deploy") or {}).get("resources") or {}
    found: dict[str, dict[str, Any]] = {}
    for group, known in _KNOWN.items():
        for key, value in (own.get(group) or {}).items():
            if key in known and said(value):
                found.setdefault(group, {})[key] = _written(key, value)
            elif said(value):
                scene.ledger.note((*path, "deploy", "resources", group, key), f"deploy.resources.{key}")
    for key, (group, name) in _LIMITS.items():
        value = service.get(key)
        if value is None:
            continue
        scene.ledger.note((*path, key), key)
        if float(value) > 0:
            found.setdefault(group, {}).setdefault(name, _written(name, value))
    for group in list(found):
        _without_no_limit(found, group)
    return found


def _without_no_limit(found: dict[str, dict[str, Any]], group: str) -> None:
    """No limit at all is what a swarm does where nothing is said; zero it may take for something else."""
    found[group] = {key: value for key, value in found[group].items() if key != "pids" or int(value) > 0}
    if not found[group]:
        del found[group]


def _written(key: str, value: Any) -> Any:
    """Processors and bytes are texts in a stack file, processes a number."""
    if key == "cpus":
        return f"{float(value):.9f}".rstrip("0").rstrip(".") if not isinstance(value, str) else value
    return str(value) if key == "memory" else value
