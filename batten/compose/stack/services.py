"""One service: what a stack file keeps of it, what it says in other words and what it loses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from batten.compose.keys import spec_at
from batten.compose.splicing import Token
from batten.compose.stack.attachments import aliases, attach
from batten.compose.stack.deploying import MOVED, deploy
from batten.compose.stack.mounts import mounts
from batten.compose.stack.places import Plain, Scene, said
from batten.compose.stack.publishing import ports
from batten.model import TreePath

Part: TypeAlias = Callable[[Scene, TreePath, Any], Any]
"""Takes the scene, the place and the value of a key; gives what the stack file says there, None for nothing."""

_ELSEWHERE = frozenset({"build", "networks", "network_mode", "deploy", "tmpfs", "container_name", "links", "volumes", "env_file", *MOVED})
"""Keys that are looked at together with others."""
_FIRST, _LAST = ("image", "hostname", "entrypoint", "command", "user"), ("networks", "ports", "healthcheck", "deploy")
"""The order in which people read a service."""


def service(scene: Scene, name: str, value: Plain) -> Plain:
    """A service as a stack file has it."""
    path = ("services", name)
    found: Plain = {"image": _image(scene, path, value)}
    for key, item in value.items():
        if key not in _ELSEWHERE and key != "image" and said_of(key, item):
            found[key] = _part(scene, (*path, key), key, item)
    found["volumes"] = mounts(scene, path, value)
    found["networks"] = attach(scene, path, value, aliases(scene, name, value))
    found["deploy"] = deploy(scene, path, value)
    if "x-batten-env-files" in value:
        scene.ledger.note((*path, "env_file"), "env_file")
    return _in_order({key: item for key, item in found.items() if said(item)})


def said_of(key: str, value: Any) -> bool:
    """Whether a key of a service says anything; an empty entrypoint does."""
    return said(value) or (key == "entrypoint" and value == [])


def _part(scene: Scene, path: TreePath, key: str, value: Any) -> Any:
    if key in _PARTS:
        return _PARTS[key](scene, path, value)
    if key.startswith("x-"):
        return None if key == "x-batten-env-files" else value
    if spec_at("services", "*", key).key.stack == "supported":
        return value
    scene.ledger.note(path, key)
    return None


def _in_order(service: Plain) -> Plain:
    middle = [key for key in service if key not in _FIRST and key not in _LAST]
    return {key: service[key] for key in (*_FIRST, *middle, *_LAST) if key in service}


def _image(scene: Scene, path: TreePath, value: Plain) -> str:
    """The image; one that is only built gets the name that Compose gives it, so that a build there is found."""
    image = str(value.get("image") or "")
    named = image or f"{scene.project}-{path[1]}".lower()
    if said(value.get("build")):
        scene.ledger.note((*path, "build"), "build" if image else "build.unnamed", named)
    return named


def _entrypoint(scene: Scene, path: TreePath, value: list[str]) -> list[str] | None:
    """An empty one would take the image's away; a swarm cannot be told so."""
    if value:
        return value
    scene.ledger.note(path, "entrypoint.empty")
    return None


def _hosts(scene: Scene, path: TreePath, value: list[str]) -> list[str]:
    """``name:address``, as the stack format wants it."""
    return [":".join(entry.split("=", 1)) for entry in value]


def _distinct(scene: Scene, path: TreePath, value: list[str]) -> list[str]:
    return list(dict.fromkeys(value))


def _healthcheck(scene: Scene, path: TreePath, value: Plain) -> Plain:
    found = dict(value)
    if "start_interval" in found and not scene.since(25):
        scene.ledger.note((*path, "start_interval"), "healthcheck.start_interval")
        del found["start_interval"]
    elif "start_interval" in found:
        scene.ledger.need(12)
    if found.get("disable") and "test" in found:
        scene.ledger.note((*path, "test"), "healthcheck.test")
        del found["test"]
    return found


def _oom_score(scene: Scene, path: TreePath, value: int) -> int | None:
    if scene.since(28):
        scene.ledger.need(13)
        return value
    scene.ledger.note(path, "oom_score_adj")
    return None


def _ulimits(scene: Scene, path: TreePath, value: Plain) -> Plain:
    """The schema wants names of small letters, and both limits where there is one."""
    known = {name: limit for name, limit in value.items() if name.isalpha() and name.islower() and (not isinstance(limit, Mapping) or len(limit) == 2)}
    for name in value:
        if name not in known:
            scene.ledger.note((*path, name), "ulimits", name)
    return known


def _logging(scene: Scene, path: TreePath, value: Plain) -> Plain:
    return {key: item for key, item in value.items() if said(item)}


def _labels(scene: Scene, path: TreePath, value: Plain) -> Plain:
    deployed = (scene.tree["services"][path[1]].get("deploy") or {}).get("labels") or {}
    if any(name.startswith("traefik.") for name in value) and not any(name.startswith("traefik.") for name in deployed):
        scene.ledger.note(path, "labels.routing")
    return value


def _credential(scene: Scene, path: TreePath, value: list[Plain]) -> list[Plain]:
    """Uses of secrets or configs: the mode as a number, the place below ``/run/secrets`` by its name."""
    found = []
    for entry in value:
        target = str(entry.get("target") or "")
        short = target.removeprefix("/run/secrets/") if path[-1] == "secrets" else target
        use = {**entry, **({"target": short} if short else {}), **({"mode": Token(_octal(entry["mode"]))} if entry.get("mode") is not None else {})}
        found.append({key: use[key] for key in ("source", "target", "uid", "gid", "mode") if use.get(key) is not None})
    return found


def _octal(mode: object) -> str:
    """File mode bits as a number of YAML 1.1, which is what the stack format is read as."""
    return f"0{int(str(mode), 8):03o}"


_PARTS: Mapping[str, Part] = {
    "ports": ports,
    "entrypoint": _entrypoint,
    "extra_hosts": _hosts,
    "cap_add": _distinct,
    "cap_drop": _distinct,
    "healthcheck": _healthcheck,
    "oom_score_adj": _oom_score,
    "ulimits": _ulimits,
    "logging": _logging,
    "labels": _labels,
    "secrets": _credential,
    "configs": _credential,
}
