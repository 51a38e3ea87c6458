"""How changes belong together when they are written, and where among a service's layers something new goes."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from batten.compose.locating import Layer, entry
from batten.model import Action, Change

_MEGABYTE = 1024 * 1024
"""Bytes in what Compose calls ``M``."""
_LISTS = (("entrypoint",), ("command",), ("healthcheck", "test"))
"""Keys of a service that are set to a list as a whole."""


def group(change: Change) -> tuple[Any, ...]:
    """Changes that must be written together: those of a decision to an environment, those to one list or section."""
    path = change.path
    if path[0] == "services" and len(path) > 3 and path[2] == "environment":
        return ("environment", path[1], change.decision)
    if path[0] == "services" and path[2:] in _LISTS and change.action == Action.SET:
        return ("key", path[1], path[2])
    if path[0] == "services" and path[2:3] == ("command",) and change.action in (Action.APPEND, Action.SET):
        return ("command", path[1])
    if path[0] == "services" and len(path) == 3 and (change.action == Action.APPEND or (change.action == Action.REMOVE_ITEM and path[2] != "volumes")):
        return ("list", path[1], path[2])
    if path[0] == "services" and path[2:] == ("volumes",) and change.action == Action.REMOVE_ITEM:
        return ("unmount", path[1])
    if path[0] == "services" and len(path) == 4 and path[2] == "depends_on" and change.action == Action.SET:
        return ("dependency", path[1])
    if path[0] == "services" and len(path) in (3, 4) and path[2] == "networks" and change.action == Action.SET:
        return ("memberships", path[1])
    if path[0] == "services" and len(path) == 5 and path[2] == "ports" and path[4] == "host_ip":
        return ("port", path[1], path[3])
    if path[0] == "services" and len(path) == 4 and path[2] == "labels" and change.action == Action.SET:
        return ("label", path[1])
    if path[0] == "services" and len(path) > 2 and path[2] not in ("environment", "depends_on", "networks") and change.action == Action.SET:
        return ("setting", path[1], path[2])
    if path[0] in ("networks", "secrets", "configs", "services") and len(path) == 2 and change.action == Action.SET:
        return ("section", path[0])
    if path[0] == "networks" and (len(path) == 3 or (len(path) == 4 and path[2] == "driver_opts")) and change.action == Action.SET:
        return ("network", *path[1:])
    return ("unknown", *path)


def base(own: Sequence[Layer], key: str) -> Layer:
    """The layer of a service that takes new items of a list: the last one that has the list, since new items go to its end.

    Where no layer has it, that of the first file, which also has to hold without the others.
    """
    return next((layer for layer in own if entry(layer.source, layer.node, key) is not None), own[-1])


def short(value: Any) -> Any:
    """A list item as people write it: a secret by its name where its target is the usual one, a size as a number, as stack files want it."""
    if isinstance(value, dict) and value.get("type") == "tmpfs" and "size" in value.get("tmpfs", {}):
        return {**value, "tmpfs": {**value["tmpfs"], "size": int(value["tmpfs"]["size"])}}
    if isinstance(value, dict) and value.get("target") == f"/run/secrets/{value.get('source')}":
        return value["source"]
    return value


def nested(keys: Sequence[str], value: Any) -> Any:
    """A value below keys, the outermost first."""
    return {keys[0]: nested(keys[1:], value)} if keys else value


def told(change: Change) -> Any:
    """A new entry of a section as people write it: limits in megabytes."""
    value = deepcopy(change.value)
    limits = value.get("deploy", {}).get("resources", {}).get("limits", {}) if change.path[0] == "services" else {}
    if str(limits.get("memory", "")).isdigit() and int(limits["memory"]) % _MEGABYTE == 0:
        limits["memory"] = f"{int(limits['memory']) // _MEGABYTE}M"
    return value


def frozen(value: Any) -> Any:
    """A value that can be compared and put into sets, equal for equal ones."""
    if isinstance(value, dict):
        return tuple(sorted((key, frozen(item)) for key, item in value.items()))
    return tuple(map(frozen, value)) if isinstance(value, list) else value
