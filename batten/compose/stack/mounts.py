"""Volumes of a service, and its ``tmpfs``, which a stack file can only say as volumes of that type."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import Any

from batten.compose import scalars
from batten.compose.stack.places import Plain, Scene, said
from batten.model import TreePath

_OPTIONS = {"bind": {"propagation"}, "volume": {"nocopy"}, "tmpfs": {"size"}}
"""What the schema 3.9 has below each kind's key."""
_KINDS = frozenset({"bind", "volume", "tmpfs", "npipe"})
_DEFAULTS = frozenset({"rw", "noexec", "nosuid", "nodev", "mode=1777", "mode=01777"})
"""Options that every tmpfs of Docker's has anyway."""


def mounts(scene: Scene, path: TreePath, service: Plain) -> list[Plain]:
    """Everything that is mounted into the service."""
    volumes = service.get("volumes") or []
    found = [entry for index, volume in enumerate(volumes) if (entry := _mount(scene, (*path, "volumes", index), volume)) is not None]
    taken = {posixpath.normpath(str(volume["target"])) for volume in found}
    for index, text in enumerate(service.get("tmpfs") or []):
        entry = _tmpfs(scene, (*path, "tmpfs", index), str(text))
        if posixpath.normpath(str(entry["target"])) not in taken:
            found.append(entry)
    return found


def _mount(scene: Scene, path: TreePath, volume: Plain) -> Plain | None:
    kind = str(volume["type"])
    if kind not in _KINDS:
        scene.ledger.note(path, "volumes.type", f"{volume.get('target')}, of the type {kind}")
        return None
    entry: dict[str, Any] = {key: volume[key] for key in ("type", "source", "target", "read_only", "consistency") if said(volume.get(key))}
    if kind == "bind":
        entry["source"] = written_path(str(volume["source"]), scene.home)
        scene.ledger.note((*path, "source"), "volumes.bind", str(volume["source"]))
    for group, known in _OPTIONS.items():
        options = volume.get(group) or {}
        for option, value in options.items():
            if option not in known and (option, value) != ("mode", 0o1777):
                scene.ledger.note((*path, group, option), f"volumes.{group}.{option}", str(volume.get("target")))
        kept = {option: int(value) if option == "size" else value for option, value in options.items() if option in known}
        entry |= {group: kept} if kept else {}
    if said(volume.get("image")):
        scene.ledger.note((*path, "image"), "volumes.type", str(volume.get("target")))
    return entry


def written_path(path: str, home: Path) -> str:
    """A path of the host as the stack file names it: relative where it lies below its folder."""
    if not path.startswith("/"):
        return path
    inside = os.path.relpath(path, home)
    return path if inside.startswith("..") else f"./{inside}" if inside != "." else "./"


def _tmpfs(scene: Scene, path: TreePath, text: str) -> Plain:
    """``/tmp:size=64m,exec`` as a volume."""
    target, _, options = text.partition(":")
    scene.ledger.note(path, "tmpfs", target)
    size, lost = None, []
    for option in filter(None, options.split(",")):
        key, _, value = option.partition("=")
        if key == "size" and (found := scalars.size(value)) is not None:
            size = found
        elif option not in _DEFAULTS:
            lost.append(option)
    if lost:
        scene.ledger.note(path, "tmpfs.options", f"{target}: {', '.join(lost)}")
    return {"type": "tmpfs", "target": target, **({"tmpfs": {"size": size}} if size is not None else {})}
