"""A host's ``daemon.json`` as it is, and as it is to be: no key of the user's is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batten.design.host import HostDesign, Setting
from batten.design.host_existing import Existing
from generators.host_tls import url_host

SOCKET = "fd://"
"""The socket that systemd listens on and passes to the daemon."""
_MASK = "••••••••"
_DRIVERS_WITH_SIZES = ("json-file", "local")


@dataclass(frozen=True, slots=True)
class Merged:
    """What the new file says, and what became of each wish."""

    entries: Mapping[str, Any] = field(repr=False)
    set: tuple[Setting, ...]
    """The wishes that the file meets; what the user's own maps hold besides is not in here, since it may be secret."""
    changed: Mapping[str, Any]
    """Keys that said something else before, with what they said; maps and lists only grow and are not among them."""
    left: Mapping[str, str]
    """Keys that stay as they are although the design names them, with the reason."""
    remarks: tuple[str, ...]
    """What the user's own file says that is dangerous; it stays all the same."""


def merged(design: HostDesign, existing: Existing) -> Merged:
    """The new file: the user's own keys, and those of the design."""
    entries, done, changed, left = dict(existing.entries), [], {}, {}
    for setting in (*design.daemon.settings, *tls_settings(design)):
        key, before = setting.key, existing.entries.get(setting.key)
        if reason := _obstacle(key, existing.entries):
            left[key] = reason
            continue
        after = _combined(entries.get(key), setting.value)
        entries[key] = after
        done.append(setting)
        if before not in (None, after) and not isinstance(before, (dict, list)):
            changed[key] = before
    return Merged(entries, tuple(done), changed, left, tuple(_remarks(existing.entries)))


def visible(design: HostDesign, existing: Existing) -> Any:
    """The new file as it may be shown: what the design says, and of the user's own the keys alone, since their values may be secret."""
    new = merged(design, existing)
    return _veiled(new.entries, {setting.key: setting.value for setting in new.set})


def _veiled(value: Any, ours: Any) -> Any:
    """A value with everything masked in it that is not ours."""
    if isinstance(value, dict):
        return {key: _veiled(item, ours.get(key) if isinstance(ours, dict) else None) for key, item in value.items()}
    if isinstance(value, list):
        return [item if isinstance(ours, list) and item in ours else _MASK for item in value]
    return value if value == ours else _MASK


def tls_settings(design: HostDesign) -> tuple[Setting, ...]:
    """What the daemon needs to listen for clients with certificates."""
    tls = design.tls
    if not tls.wanted:
        return ()
    return (
        Setting("tlsverify", True, "Only clients with a certificate of our CA get in."),
        Setting("tlscacert", f"{tls.folder}/ca.pem", "The CA that signs clients; it must be one of its own."),
        Setting("tlscert", f"{tls.folder}/server-cert.pem", "The server's certificate."),
        Setting("tlskey", f"{tls.folder}/server-key.pem", "Its key, without a passphrase since Docker reads no other."),
        Setting(
            "hosts", ["fd://", f"tcp://{url_host(tls.address)}:{tls.port}"], "The socket that systemd passes on, and the port for clients with a certificate."
        ),
    )


def _combined(before: Any, wanted: Any) -> Any:
    """What a key says in the end: maps and lists keep what is in them, anything else takes the wanted value."""
    if isinstance(before, dict) and isinstance(wanted, dict):
        return {**wanted, **before}
    if isinstance(before, list) and isinstance(wanted, list):
        local = any(str(item).startswith((SOCKET, "unix://")) for item in before)
        return [*before, *(item for item in wanted if item not in before and not (item == SOCKET and local))]
    return wanted


def _obstacle(key: str, entries: Mapping[str, Any]) -> str:
    """Why a wish cannot be met beside what the user's file says, or an empty text."""
    driver = entries.get("log-driver", "json-file")
    if key == "icc" and entries.get("iptables") is False:
        return "iptables is off in this file, and dockerd refuses to start with both."
    if key == "log-driver" and "log-driver" in entries:
        return "another driver was chosen here." if driver != "json-file" else "it is set already."
    if key == "log-opts" and driver not in _DRIVERS_WITH_SIZES:
        return "the driver that was chosen here does not know these limits."
    return ""


def _remarks(entries: Mapping[str, Any]) -> list[str]:
    hosts = entries.get("hosts") if isinstance(entries.get("hosts"), list) else []
    found = {
        "iptables is false: networks are not kept apart, and every port of a container is open to whoever routes to it.": entries.get("iptables") is False,
        "insecure-registries is not empty: images from there can be exchanged on their way.": bool(entries.get("insecure-registries")),
        "hosts names port 2375, which stands for the API without TLS.": any(str(host).endswith(":2375") for host in hosts or []),
        "tlsverify is false, which has meant TLS without asking for a certificate.": entries.get("tlsverify") is False,
    }
    return [remark for remark, holds in found.items() if holds]
