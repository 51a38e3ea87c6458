"""Reading ``host.yaml``: what each of its fields may hold, with the place in every complaint.

Every text here ends up in a script that root runs or in a certificate, so each has a pattern of its own; what does not fit is refused.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from batten.design.sections.reading import flag, mapping, only, sequence, text, texts, wrong
from batten.model import Value

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}\Z)(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\Z")
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,13}[A-Za-z0-9_.:@+-]?\Z")
_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?\Z")
KEYS = ("ec", "rsa", "ed25519")
PROTOCOLS = ("tcp", "udp", "sctp")


class Allowed(NamedTuple):
    """Ports that may be reached from outside."""

    ports: str
    """One port or a range, ``8000-8010``."""
    protocol: str = "tcp"
    sources: tuple[str, ...] = ()
    """Addresses or networks that may; none means everyone."""

    def __str__(self) -> str:
        who = f" from {', '.join(self.sources)}" if self.sources else ""
        return f"{self.ports}/{self.protocol}{who}"


Check = Callable[[str], str]
"""Takes a text and returns it in its normal form; raises ValueError with what it must be."""


def host_name(given: str) -> str:
    """A DNS name or an address."""
    try:
        return address(given)
    except ValueError:
        if _HOST.match(given) and not given.replace(".", "").isdigit():
            return given
        raise ValueError("must be a DNS name or an IP address") from None


def address(given: str) -> str:
    """An IP address."""
    try:
        return str(ipaddress.ip_address(_without_scope(given)))
    except ValueError:
        raise ValueError("must be an IP address") from None


def _without_scope(given: str) -> str:
    """The same; refuses a scope (``fe80::1%eth0``), in which any text may stand."""
    if "%" in given:
        raise ValueError
    return given


def network(given: str) -> str:
    """An address or a network such as ``10.0.0.0/8``."""
    try:
        return str(ipaddress.ip_network(_without_scope(given), strict=False))
    except ValueError:
        raise ValueError("must be an IP address or a network such as 10.0.0.0/8") from None


def caller(given: str) -> str:
    """Who may come to the remote API: an address or a network, but never everyone."""
    found = network(given)
    if found.endswith("/0"):
        raise ValueError("must not be everyone: whoever gets in there is root")
    return found


def interface(given: str) -> str:
    """A network interface; a ``+`` at the end stands for any ending, as iptables has it."""
    if not _INTERFACE.match(given):
        raise ValueError("must be the name of a network interface, at most 15 letters, digits, '.', ':', '@', '_' and '-'")
    return given


def client_name(given: str) -> str:
    """A client's name: it becomes a folder and the subject of a certificate."""
    if not _CLIENT.match(given):
        raise ValueError("must begin with a letter or a digit; letters, digits, '.', '_' and '-' may follow, 64 in all")
    return given


def folder(given: str) -> str:
    """An absolute path on the host."""
    if not given.startswith("/") or not given.isprintable() or len(given) > 1024:
        raise ValueError("must be an absolute path without control characters")
    return given


def ports(given: str) -> str:
    """A port or a range of ports."""
    found = _PORTS.match(given)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last < 65536:
        raise ValueError("must be a port or a range such as 8000-8010")
    return str(first) if first == last else f"{first}-{last}"


def allowed(given: str, check: Check = network) -> Allowed:
    """``PORT[/PROTOCOL][@SOURCE[,SOURCE…]]``, as the command line has it; raises ValueError."""
    which, _, sources = given.partition("@")
    number, _, protocol = which.partition("/")
    if (protocol or "tcp") not in PROTOCOLS:
        raise ValueError(f"must be PORT[/PROTOCOL][@SOURCE], with a protocol of {', '.join(PROTOCOLS)}")
    return Allowed(ports(number), protocol or "tcp", tuple(check(source) for source in sources.split(",") if sources))


def _choice(*names: str) -> Check:
    def check(given: str) -> str:
        if given not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return given

    return check


def _any_line(given: str) -> str:
    return " ".join(given.split())


def _checked(value: Value, given: str, what: str, check: Check) -> str:
    try:
        return check(given)
    except ValueError as error:
        raise wrong(value, f"{what} {error}.") from None


def _one(check: Check, *, empty: bool = False) -> Callable[[Value, str], str]:
    def read(value: Value, what: str) -> str:
        given = text(value, what, "" if empty else None, near=value)
        return "" if empty and not given else _checked(value, given, what, check)

    return read


def many(check: Check) -> Callable[[Value, str], tuple[str, ...]]:
    """Reads a list of texts of one kind."""

    def read(value: Value, what: str) -> tuple[str, ...]:
        items = sequence(value, what)
        return tuple(_checked(item, given, what, check) for item, given in zip(items, texts(value, what), strict=True))

    return read


def _flag(value: Value, what: str) -> bool:
    return flag(value, what, False)


def _number(low: int, high: int) -> Callable[[Value, str], int]:
    def read(value: Value, what: str) -> int:
        if isinstance(value.data, bool) or not isinstance(value.data, int) or not low <= value.data <= high:
            raise wrong(value, f"{what} must be a number from {low} to {high}.")
        return value.data

    return read


def allowances(who: str = "sources", check: Check = network) -> Callable[[Value, str], tuple[Allowed, ...]]:
    """Reads a list of ports, each with those who may, or with where to, below the key ``who``."""

    def read(value: Value, what: str) -> tuple[Allowed, ...]:
        return tuple(_allowance(item, what, who, check) for item in sequence(value, what))

    return read


def _allowance(item: Value, what: str, who: str, check: Check) -> Allowed:
    entry = dict(only(item, {"ports", "protocol", who}, what))
    if "ports" not in entry:
        raise wrong(item, f"{what}: 'ports' is missing.")
    protocol = _one(_choice(*PROTOCOLS))(entry["protocol"], f"{what}.protocol") if "protocol" in entry else "tcp"
    addresses = many(check)(entry[who], f"{what}.{who}") if who in entry else ()
    return Allowed(_one(ports)(entry["ports"], f"{what}.ports"), protocol, addresses)


Reader = Callable[[Value, str], Any]

TLS: Mapping[str, Reader] = {
    "wanted": _flag,
    "names": many(host_name),
    "clients": many(client_name),
    "address": _one(address),
    "port": _number(1, 65535),
    "sources": many(caller),
    "key": _one(_choice(*KEYS)),
    "passphrase": _flag,
    "ca_days": _number(1, 7300),
    "server_days": _number(1, 825),
    "client_days": _number(1, 825),
    "folder": _one(folder),
    "reason": _one(_any_line, empty=True),
}
FIREWALL: Mapping[str, Reader] = {
    "interfaces": many(interface),
    "published": allowances(),
    "host": allowances(),
    "ipv6": _flag,
    "reason": _one(_any_line, empty=True),
}
SWARM: Mapping[str, Reader] = {
    "wanted": _flag,
    "advertise": _one(address, empty=True),
    "data_path": _one(address, empty=True),
    "data_port": _number(1024, 49151),
    "autolock": _flag,
    "cert_days": _number(1, 3650),
    "peers": many(address),
    "encrypted": _flag,
    "reason": _one(_any_line, empty=True),
}


def sections(document: Value, version: int, names: Collection[str]) -> dict[str, Value]:
    """The sections of a design of the right version; raises DesignError."""
    entries = mapping(document, "a host's design")
    said = entries.get("version")
    if said is None or said.data != version or isinstance(said.data, bool):
        raise wrong(said or document, f"a host's design needs 'version: {version}'.")
    return {name: value for name, value in only(document, {"version", *names}, "a host's design") if name != "version"}


def fields(section: Value | None, name: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The fields that a section names; raises DesignError."""
    if section is None:
        return {}
    return {key: readers[key](value, f"{name}.{key}") for key, value in only(section, set(readers), name)}


def settings(section: Value | None) -> list[tuple[str, Any, str]]:
    """The entries for ``daemon.json``; raises DesignError for one without key or value, or twice the same."""
    entries = dict(only(section, {"settings"}, "daemon")) if section is not None else {}
    found: dict[str, tuple[str, Any, str]] = {}
    for item in sequence(entries["settings"], "daemon.settings") if "settings" in entries else []:
        entry = dict(only(item, {"key", "value", "reason"}, "daemon.settings"))
        key = text(entry.get("key"), "key", near=item)
        if "value" not in entry or key in found:
            raise wrong(item, f"the setting '{key}' is there twice." if key in found else f"the setting '{key}' has no value.")
        _refuse_no_number(entry["value"])
        found[key] = (key, entry["value"].plain(), text(entry.get("reason"), "reason", ""))
    return list(found.values())


def _refuse_no_number(value: Value) -> None:
    """YAML knows infinity and what is no number; JSON, which this becomes, knows neither."""
    if isinstance(value.data, float) and not math.isfinite(value.data):
        raise wrong(value, "daemon.json cannot hold this number.")
    for inner in (*value.elements(), *(item for _, item in value.items())):
        _refuse_no_number(inner)
