"""What of a daemon can be read on its own host: its settings, the files they name, and who may open them. Nothing is asked of the engine here."""

from __future__ import annotations

import json
import os
import socket
import stat
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from batten.engine.certificates import expiry
from batten.engine.endpoint import Endpoint
from batten.review.hosts.subject import Certificate, HostFile

_USUAL = "/etc/docker/daemon.json"
_SWITCHES = frozenset({"debug", "experimental", "icc", "ip6tables", "iptables", "live-restore", "no-new-privileges", "tls", "tlsverify", "userland-proxy"})
"""Flags of dockerd that take no word behind them."""
_LISTS = {"host": "hosts", "H": "hosts", "insecure-registry": "insecure-registries", "authorization-plugin": "authorization-plugins"}
"""Flags that may be repeated, and the key of daemon.json that is the same."""
_WATCHED = (
    ("/etc/docker", "settings"),
    ("/etc/docker/daemon.json", "settings"),
    ("/etc/default/docker", "settings"),
    ("/etc/sysconfig/docker", "settings"),
    ("/etc/systemd/system/docker.service", "unit"),
    ("/usr/lib/systemd/system/docker.service", "unit"),
    ("/etc/systemd/system/docker.socket", "unit"),
    ("/usr/lib/systemd/system/docker.socket", "unit"),
    ("/run/containerd/containerd.sock", "socket"),
)
_TLS = (("tlscacert", "certificate"), ("tlscert", "certificate"), ("tlskey", "key"))


class Found(NamedTuple):
    """What was found on this machine."""

    settings: Mapping[str, Any] | None
    """None where it is not known what the daemon was told."""
    file: str
    files: tuple[HostFile, ...]
    certificates: tuple[Certificate, ...]


def look(endpoint: Endpoint, host: str) -> Found:
    """What this machine knows of the daemon at ``endpoint``, which calls its host ``host``; of a far one only the client's own files."""
    own = list(_of_client(endpoint))
    here = endpoint.local and host == socket.gethostname()
    arguments = _arguments(endpoint.url.removeprefix("unix://")) if here else None
    if not here or arguments is None:
        settings: Mapping[str, Any] | None = None
        return _found(settings, "", own)
    told = flags(arguments)
    file = str(told.get("config-file") or _USUAL)
    written = _settings(Path(file))
    settings = None if written is None else {**written, **told}
    watched = [*_WATCHED, (endpoint.url.removeprefix("unix://"), "socket"), (file, "settings")]
    named = [(str(settings[key]), kind) for key, kind in _TLS if settings and settings.get(key)]
    files = dict.fromkeys((os.path.realpath(path), kind) for path, kind in [*watched, *named])
    found = [one for path, kind in files if (one := _file(path, kind)) is not None]
    return _found(settings, file if os.path.exists(file) else "", [*found, *own])


def _found(settings: Mapping[str, Any] | None, file: str, files: Sequence[HostFile]) -> Found:
    dated = [Certificate(one.path, end) for one in files if one.kind == "certificate" and (end := expiry(one.path)) is not None]
    return Found(settings, file, tuple(files), tuple(dated))


def _of_client(endpoint: Endpoint) -> Iterator[HostFile]:
    if endpoint.tls is not None:
        for path, kind in ((endpoint.tls.ca, "certificate"), (endpoint.tls.cert, "certificate"), (endpoint.tls.key, "key")):
            found = _file(path, kind, ours=True) if path else None
            if found is not None:
                yield found


def _file(path: str, kind: str, *, ours: bool = False) -> HostFile | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return HostFile(path, kind, stat.S_IMODE(seen.st_mode), seen.st_uid, ours)


def _settings(file: Path) -> Mapping[str, Any] | None:
    """What ``daemon.json`` says; nothing where there is none, None where it cannot be read."""
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def flags(arguments: Sequence[str]) -> Mapping[str, Any]:
    """What the command line of dockerd says, by the keys of ``daemon.json``."""
    found: dict[str, Any] = {}
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            continue
        name, equals, value = word.lstrip("-").partition("=")
        if name in _SWITCHES:
            found[name] = value != "false" if equals else True
            continue
        text = value if equals else next(words, "")
        if name in _LISTS:
            found.setdefault(_LISTS[name], []).append(text)
        else:
            found[name] = text
    return found


def _arguments(path: str) -> Sequence[str] | None:
    """The command line of the daemon behind a socket, without its name; None where the process cannot be seen.

    The kernel says who listens there: the daemon, or the service manager that opened the socket for it; then the only dockerd there is counts.
    """
    peer = _peer(path)
    if peer and _name(peer) == "dockerd":
        return _command(peer)
    others = [number for number in _processes() if _name(number) == "dockerd"] if peer == 1 else []
    return _command(others[0]) if len(others) == 1 else None


def _peer(path: str) -> int:
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return 0
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(2)
            asking.connect(path)
            number: int = struct.unpack("3i", asking.getsockopt(socket.SOL_SOCKET, option, 12))[0]
            return number
    except OSError:
        return 0


def _processes() -> Iterable[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _name(number: int) -> str:
    try:
        return Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return ""


def _command(number: int) -> Sequence[str] | None:
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return [word.decode(errors="replace") for word in words[1:] if word]
