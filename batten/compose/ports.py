"""Published ports and mounts: their short forms and what Compose makes of them."""

from __future__ import annotations

import re
from typing import Any

from batten.compose.primitives import bad, number_or_text, same, text
from batten.model import Value

_RANGE = re.compile(r"[0-9]+(-[0-9]+)?\Z")
_FOUR = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}\Z")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")
_PROTOCOLS = {"", "tcp", "udp", "sctp"}
_PROPAGATION = {"private", "rprivate", "shared", "rshared", "slave", "rslave"}


def _made(value: Value, parts: dict[str, Any]) -> Value:
    at = value.at
    return at({name: part if isinstance(part, Value) else at(part) for name, part in parts.items() if part is not None})


def ports(value: Value) -> Value:
    """Published ports in long form, ranges spread out."""
    if not isinstance(value.data, list):
        raise bad(value, "ports must be a list.")
    result: list[Value] = []
    for item in value.data:
        result.extend([_long_port(item)] if isinstance(item.data, dict) else _short_port(item))
    return same(value, result)


def _long_port(item: Value) -> Value:
    if "target" not in item.data:
        raise bad(item, "a port needs a target, the port inside the container.")
    return _made(item, {"mode": "ingress", "protocol": "tcp", **item.data})


def address(value: Value) -> Value:
    """An address of the host."""
    if not _is_address(text(value).data):
        raise bad(value, "this is not an IP address.")
    return value


def _is_address(written: str) -> bool:
    if _FOUR.match(written):
        return all(int(part) < 256 for part in written.split("."))
    import ipaddress  # slow to load, and hardly ever needed

    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True


def _short_port(item: Value) -> list[Value]:
    written, _, protocol = number_or_text(item).partition("/")
    *before, target = written.rsplit(":", 2)
    bound, host = (before[0], before[1]) if len(before) == 2 else ("", before[0] if before else "")
    if not _RANGE.match(target) or (host and not _RANGE.match(host)) or protocol.lower() not in _PROTOCOLS:
        raise bad(item, "this is not a port.", "Write [host address:][host port:]container port[/protocol].")
    if bound.strip("[]") and not _is_address(bound.strip("[]")):
        raise bad(item, "the address of this port is not an IP address.")
    first, last = _range(target)
    published = _range(host) if host else None
    if not first or first > last or last > 65535:
        raise bad(item, "a port of the container is a number from 1 to 65535.")
    if published and (published[0] > published[1] or published[1] > 65535):
        raise bad(item, "a port of the host is a number up to 65535.")
    count = last - first + 1
    if published and published[1] - published[0] + 1 != count and count != 1:
        raise bad(item, "the two port ranges have different lengths.")
    common = {"mode": "ingress", "host_ip": bound.strip("[]") or None, "protocol": protocol.lower() or "tcp"}
    result = []
    for offset in range(count):
        outside = None if not published else _shown(*published) if count == 1 else str(published[0] + offset)
        result.append(_made(item, {**common, "target": first + offset, "published": outside}))
    return result


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _shown(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def volumes(value: Value) -> Value:
    """Mounts in long form."""
    if not isinstance(value.data, list):
        raise bad(value, "volumes must be a list.")
    return same(value, [_long_volume(item) if isinstance(item.data, dict) else _short_volume(item) for item in value.data])


def _long_volume(item: Value) -> Value:
    if "type" not in item.data:
        raise bad(item, "a mount needs a type, such as bind or volume.")
    return item


def split_mount(text: str) -> list[str]:
    """The parts of ``source:target:mode``; a drive letter belongs to its path."""
    parts: list[str] = []
    rest = text
    while rest:
        start = 2 if _WINDOWS.match(rest) else 0
        cut = rest.find(":", start)
        if cut < 0:
            parts.append(rest)
            break
        parts.append(rest[:cut])
        rest = rest[cut + 1 :]
        if not rest:
            parts.append("")
    return parts


def _short_volume(item: Value) -> Value:
    written = text(item).data
    if not written:
        raise bad(item, "this mount is empty.")
    parts = split_mount(written)
    if len(parts) > 3 or "" in parts:
        raise bad(item, "this is not a mount.", "Write source:target[:mode].")
    if len(parts) == 1:
        return _made(item, {"type": "volume", "target": parts[0], "volume": _made(item, {}) if len(parts[0]) > 2 else None})  # as the reference prints it
    source, target = parts[0], parts[1]
    modes = set(parts[2].split(",")) if len(parts) == 3 else set()
    bind = source[:1] in (".", "/", "~") or bool(_WINDOWS.match(source))
    kind = "bind" if bind else "volume"
    propagation = next((mode for mode in modes if mode in _PROPAGATION), None)
    selinux = next((mode for mode in ("Z", "z") if mode in modes), None)
    made: dict[str, Any] = {"type": kind, "source": source, "target": target, "read_only": True if "ro" in modes else None}
    if bind or propagation or selinux:
        made["bind"] = _made(item, {"propagation": propagation, "selinux": selinux})
    if not bind:
        made["volume"] = _made(item, {"nocopy": True if "nocopy" in modes else None})
    return _made(item, made)
