"""Relative paths of a compose file made absolute, as Compose resolves them."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

from batten.compose.keys import ROOT, Spec
from batten.model import Value

_URL = re.compile(r"(https?://|git://|ssh://|git@|github\.com/|docker-image://|oci-layout://|service:|target:)")


def absolute(text: str, base: Path) -> str:
    """``text`` relative to ``base``, with ``~`` replaced and ``.`` and ``..`` taken out; what is absolute stays as it is."""
    if text.startswith("~"):
        text = os.path.expanduser(text)
    return text if os.path.isabs(text) else os.path.normpath(os.path.join(base, text))


def is_url(text: str) -> bool:
    """Whether a build context is not a folder: a repository, an image, another service."""
    return bool(_URL.match(text)) or text.endswith(".git")


def resolve_paths(value: Value, base: Path, spec: Spec = ROOT) -> Value:
    """``value`` with the paths that the key table knows resolved against ``base``."""
    if spec.key.form == "volumes":
        return Value([_mount(item, base) for item in value.elements()], value.origin) if isinstance(value.data, list) else value
    kind = spec.key.path
    if kind and isinstance(value.data, str) and value.data and not (kind == "context" and is_url(value.data)):
        return Value(absolute(value.data, base), value.origin)
    if not spec.children:
        return value
    if isinstance(value.data, dict):
        changed = {key: resolve_paths(child, base, spec.child(key)) for key, child in value.data.items()}
        return _like(value, _driver_device(changed, base))
    if isinstance(value.data, list):
        return _like(value, [resolve_paths(item, base, spec.child("*")) for item in value.data])
    return value


def _like(value: Value, data: object) -> Value:
    """A value of the same class (its tag kept) with other data."""
    made = object.__new__(type(value))
    for slot in ("tag",) if hasattr(value, "tag") else ():
        setattr(made, slot, getattr(value, slot))
    made.data, made.origin = data, value.origin
    return made


def _mount(item: Value, base: Path) -> Value:
    target = item.get("target")
    if target is not None and isinstance(target.data, str) and target.data:
        item = Value({**item.data, "target": Value(posixpath.normpath(target.data), target.origin)}, item.origin)
    kind, source = item.get("type"), item.get("source")
    if kind is None or source is None or kind.data != "bind" or not isinstance(source.data, str):
        return item
    if re.match(r"[A-Za-z]:", source.data):
        return item
    return Value({**item.data, "source": Value(absolute(source.data, base), source.origin)}, item.origin)


def _driver_device(entries: dict[str, Value], base: Path) -> dict[str, Value]:
    """A local volume that binds a folder (``o: bind``) has a path in its ``device``."""
    options = entries.get("driver_opts")
    if options is None or not isinstance(options.data, dict) or "device" not in options.data:
        return entries
    device, kind = options.data["device"], options.data.get("o")
    if kind is None or "bind" not in str(kind.data).split(",") or not str(device.data).startswith((".", "~")):
        return entries
    return {**entries, "driver_opts": Value({**options.data, "device": Value(absolute(str(device.data), base), device.origin)}, options.origin)}
