"""Changes applied to the resolved tree: the project that is intended, whatever words it becomes in the files."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from batten.compose.paths import absolute
from batten.model import Action, Change, TreePath, Value


def apply(tree: Value, changes: Sequence[Change], home: Path) -> Any:
    """The plain resolved project after ``changes``.

    Args:
        tree: the resolved tree.
        changes: in the order in which they act.
        home: the folder that paths of new values (files of secrets) are relative to.
    """
    data = tree.plain()
    for change in changes:
        _act(data, change, home)
    for kind in ("networks", "secrets", "configs"):
        for key, value in data.get(kind, {}).items():
            value.setdefault("name", f"{data['name']}_{key}")
            if kind == "networks":
                value.setdefault("ipam", {})
    for service in data["services"].values():
        _complete(service)
    _drop_implicit_default(data, tree)
    return data


def _complete(service: dict[str, Any]) -> None:
    """What the reference prints of every service, said of a new one too."""
    service.setdefault("command", None)
    service.setdefault("entrypoint", None)
    if isinstance(service.get("deploy"), dict):
        service["deploy"].setdefault("placement", {})


def _act(data: Any, change: Change, home: Path) -> None:
    if change.action in (Action.SET, Action.REMOVE):
        holder = _holder(data, change.path[:-1])
        if change.action == Action.SET:
            _set(holder, change.path[-1], _new_value(change, home))
        else:
            holder.pop(change.path[-1], None)
            _drop_if_empty(data, change.path[:-1])
        return
    items = _holder(data, change.path, [])
    if change.action == Action.APPEND and change.value not in items:
        items.append(change.value)
    elif change.action == Action.REMOVE_ITEM:
        items.remove(change.value)
        _drop_if_empty(data, change.path)


def _holder(data: Any, path: TreePath, last: Any = None) -> Any:
    """What is at ``path``, made where it is not there: mappings on the way, ``last`` at the end."""
    for position, step in enumerate(path):
        if isinstance(step, str):
            fresh = last if position == len(path) - 1 and last is not None else {}
            if data.get(step) is None:
                data[step] = fresh
        data = data[step]
    return data


def _set(holder: Any, key: str | int, value: Any) -> None:
    if key == "host_ip" and value == "":
        holder.pop(key, None)
    else:
        holder[key] = value


def _drop_if_empty(data: Any, path: TreePath) -> None:
    """An emptied list or mapping of a service is not there, as the reference prints it."""
    holder = _holder(data, path[:-1])
    if len(path) > 2 and not holder[path[-1]]:
        del holder[path[-1]]


def _new_value(change: Change, home: Path) -> Any:
    if change.path[0] in ("secrets", "configs") and isinstance(change.value, dict) and "file" in change.value:
        return {**change.value, "file": absolute(change.value["file"], home)}
    return deepcopy(change.value)


def _drop_implicit_default(data: Any, tree: Value) -> None:
    """The default network is only there for those who use it, unless somebody wrote it down."""
    default = tree.get("networks", "default")
    written = default is None or default.origin is not None
    used = any("default" in (service.get("networks") or {}) for service in data["services"].values())
    if not written and not used:
        del data["networks"]["default"]
        if not data["networks"]:
            del data["networks"]
