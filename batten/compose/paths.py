"""Relative paths of a compose file made absolute, as Compose resolves them."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

from batten.compose.keys import ROOT, Spec
from batten.compose.tags import like
from batten.model import Value

_DRIVE = re.compile(r"[A-Za-z]:")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://|git@|github\.com/|service:)")


def absolute(text: str, base: Path) -> str:
    """``text`` relative to ``base``, with ``~`` replaced and ``.`` and ``..`` taken out; what is absolute stays as it is."""
    if text.startswith("~"):
        text = os.path.normpath(os.path.join(os.path.expanduser("~"), text[1:].lstrip("/")))
    return text if os.path.isabs(text) else os.path.normpath(os.path.join(base, text))


def is_url(text: str) -> bool:
    """Whether a build context is not a folder: a repository, an image, another service."""
    return bool(_URL.match(text))


def resolve_paths(value: Value, base: Path, spec: Spec = ROOT) -> Value:
    """``value`` with the paths that the key table knows resolved against ``base``."""
    if spec.key.form == "volumes":
        return like(value, [_mount(item, base) for item in value.data]) if isinstance(value.data, list) else value
    if spec.key.form == "volume":
        return _driver_device(value, base)
    kind = spec.key.path
    if kind and isinstance(value.data, str) and value.data and not (kind == "context" and is_url(value.data)):
        return value.at(absolute(value.data, base))
    if not spec.children:
        return value
    if isinstance(value.data, dict):
        return like(value, {key: resolve_paths(child, base, spec.child(key)) for key, child in value.data.items()})
    if isinstance(value.data, list):
        return like(value, [resolve_paths(item, base, spec.child("*")) for item in value.data])
    return value


def _mount(item: Value, base: Path) -> Value:
    changed: dict[str, Value] = {}
    target, kind, source = item.get("target"), item.get("type"), item.get("source")
    if target is not None and isinstance(target.data, str) and target.data:
        changed["target"] = target.at(posixpath.normpath(target.data))
    if kind is not None and source is not None and kind.data == "bind" and isinstance(source.data, str) and not _DRIVE.match(source.data):
        changed["source"] = source.at(absolute(source.data, base))
    return like(item, {**item.data, **changed}) if changed else item


def _driver_device(volume: Value, base: Path) -> Value:
    """A volume of the local driver that binds a folder (``o: bind`` alone) has a path in its ``device``."""
    driver, kind, device = volume.get("driver"), volume.get("driver_opts", "o"), volume.get("driver_opts", "device")
    if driver is None or kind is None or device is None or driver.data != "local" or kind.data != "bind" or not isinstance(device.data, str):
        return volume
    options = volume.data["driver_opts"]
    changed = {**options.data, "device": Value(absolute(device.data, base), device.origin)}
    return like(volume, {**volume.data, "driver_opts": like(options, changed)})
