"""The design of a host: the remote API, the daemon, the base of the firewall and the swarm's control plane; its file is ``host.yaml``.

A host belongs to no project, so this is a design of its own, with one section for each of ``batten host``'s parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from batten.design.host_reading import Allowed
from batten.model import Value

NAME = "host.yaml"
VERSION = 1
EVERYWHERE = "0.0.0.0"
DECIDED = "decided by you"
_BY_SSH = "ssh reaches the API without a port of its own and without certificates"


@dataclass(frozen=True, slots=True)
class Tls:
    """The API over TCP, for clients that have a certificate."""

    wanted: bool = False
    names: tuple[str, ...] = ()
    """Every name and address under which clients call the host."""
    clients: tuple[str, ...] = ("admin",)
    address: str = EVERYWHERE
    """Where the daemon listens."""
    port: int = 2376
    sources: tuple[str, ...] = ()
    """Who may come to the port, as addresses or networks; the base firewall keeps everybody else out."""
    key: str = "ec"
    """Kind of keys: ``ec`` (P-256), ``rsa`` (4096 bits) or ``ed25519``."""
    passphrase: bool = True
    """Whether the CA's key is kept under a passphrase."""
    ca_days: int = 1825
    server_days: int = 365
    client_days: int = 90
    folder: str = "/etc/docker/tls"
    """Where the server's files are on the host."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One entry of ``daemon.json`` and why it is wanted."""

    key: str
    value: Any
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Daemon:
    """What ``daemon.json`` is to say; keys that are not named stay as they are."""

    settings: tuple[Setting, ...] = ()


@dataclass(frozen=True, slots=True)
class Firewall:
    """What may come in from outside; everything else that is new is dropped."""

    interfaces: tuple[str, ...] = ()
    """The interfaces that lead outside; nothing that comes in by another one is touched."""
    published: tuple[Allowed, ...] = ()
    """Ports that containers publish, by their number on the host."""
    host: tuple[Allowed, ...] = ()
    """Ports of the host's own services."""
    ipv6: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Swarm:
    """The swarm's control plane."""

    wanted: bool = False
    advertise: str = ""
    """Address that other nodes call this one by; empty leaves it to Docker."""
    data_path: str = ""
    """Address for the traffic of containers between nodes; empty is the same as ``advertise``."""
    data_port: int = 4789
    autolock: bool = True
    cert_days: int = 30
    """How long a node's certificate lasts."""
    peers: tuple[str, ...] = ()
    """Addresses of the other nodes; the base firewall lets the swarm's own traffic in from them alone."""
    encrypted: bool = True
    """Whether ESP is let in from the peers, which encrypted overlay networks need."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class HostDesign:
    """A target for one host. Immutable: an answer makes another one."""

    tls: Tls = field(default_factory=Tls)
    daemon: Daemon = field(default_factory=Daemon)
    firewall: Firewall = field(default_factory=Firewall)
    swarm: Swarm = field(default_factory=Swarm)


SECTIONS: Mapping[str, str] = {
    "tls": "The Docker API over TCP. Whoever has a client certificate is root on this host; ssh://USER@HOST needs none of this.",
    "daemon": "What daemon.json is to say. Other keys that are there already stay.",
    "firewall": "What may come in by these interfaces: published ports of containers, and ports of the host itself. No sources means everyone.",
    "swarm": "The swarm's control plane, and the other nodes.",
}
PARTS = tuple(SECTIONS)


def propose(interfaces: Iterable[str] = (), *, running: bool = False) -> HostDesign:
    """A design for a host whose way out is ``interfaces``; ``running`` says that it is part of a swarm."""
    outside = tuple(interfaces)
    swarm = Swarm(wanted=running, reason="this host is part of a swarm" if running else "this host is not known to be part of a swarm")
    return HostDesign(
        tls=Tls(reason=_BY_SSH),
        daemon=Daemon(proposed_settings(swarm=running)),
        firewall=Firewall(
            interfaces=outside,
            host=(Allowed("22"),),
            reason=f"the default route leads out by {', '.join(outside)}; ssh stays open" if outside else "name the interfaces that lead outside",
        ),
        swarm=swarm,
    )


def proposed_settings(*, swarm: bool = False) -> tuple[Setting, ...]:
    """The settings that most hosts can take, with the reason of each."""
    return tuple(Setting(row.key, row.value, row.why) for row in _rows() if row.proposed and not (swarm and row.not_with_swarm))


def with_tls(design: HostDesign, wanted: bool) -> HostDesign:
    """The design with the API on a port with TLS, or without it."""
    if wanted == design.tls.wanted:
        return design
    return replace(design, tls=replace(design.tls, wanted=wanted, reason=DECIDED if wanted else _BY_SSH))


def with_firewall(design: HostDesign, **fields: Any) -> HostDesign:
    """The design with other fields in its firewall, if they are others than it has."""
    changed = replace(design.firewall, **fields)
    return design if changed == design.firewall else replace(design, firewall=replace(changed, reason=DECIDED))


def with_swarm(design: HostDesign) -> HostDesign:
    """The design with a swarm in it, and without the settings that a swarm does not take."""
    barred = {row.key for row in _rows() if row.not_with_swarm}
    settings = tuple(setting for setting in design.daemon.settings if setting.key not in barred)
    swarm = design.swarm if design.swarm.wanted else replace(design.swarm, wanted=True, reason="said to be part of a swarm")
    return replace(design, swarm=swarm, daemon=Daemon(settings))


def without_swarm(design: HostDesign) -> HostDesign:
    """The design without a swarm, and with the settings that are proposed only then."""
    held = {setting.key for setting in design.daemon.settings}
    back = [Setting(row.key, row.value, row.why) for row in _rows() if row.proposed and row.not_with_swarm and row.key not in held]
    daemon = Daemon(in_order((*design.daemon.settings, *back)))
    return replace(design, swarm=replace(design.swarm, wanted=False, reason="said to be part of none"), daemon=daemon)


def in_order(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Settings in the order in which the known ones are shown; those that nobody knows come last."""
    order = {row.key: number for number, row in enumerate(_rows())}
    return tuple(sorted(settings, key=lambda one: order.get(one.key, len(order))))


@dataclass(frozen=True, slots=True)
class SettingFacts:
    """What is known of one key of ``daemon.json``."""

    key: str
    value: Any
    """The hardened value."""
    why: str
    breaks: str
    """What may stop working."""
    proposed: bool
    """Whether it is set unless the user says no; the others are explained only."""
    not_with_swarm: bool
    source: str


def setting_facts() -> Mapping[str, SettingFacts]:
    """Every key that is known, in the order in which it is shown."""
    return {row.key: row for row in _rows()}


def _rows() -> tuple[SettingFacts, ...]:
    import assets

    rows = assets.load_yaml("daemon.yaml")["settings"]
    defaults = {"proposed": True, "not_with_swarm": False}
    return tuple(SettingFacts(**{**defaults, **row}) for row in rows)


def dump(design: HostDesign) -> str:
    """The design as YAML, a comment above each section."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    parts = ["# What batten is to make of this host. Edit it, then run 'batten host -o DIR' again.\n", f"version: {VERSION}\n"]
    for name, comment in SECTIONS.items():
        body = yaml.dump({name: _plain(asdict(getattr(design, name)))}, Dumper=dumper, sort_keys=False, allow_unicode=True, width=140)
        parts.append(f"\n# {comment}\n{body}")
    return "".join(parts)


def _plain(value: Any) -> Any:
    """The same without tuples, which YAML does not know."""
    if isinstance(value, Allowed):
        return _plain(value._asdict())
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (tuple, list)) else value


def load(text: str, file: str = NAME) -> HostDesign:
    """The design in ``text``.

    Raises:
        InputError: it is not YAML.
        DesignError: it is not a design that we understand, with the place.
    """
    from batten.compose.values import literal

    return design_of(literal(file, text))


def design_of(document: Value) -> HostDesign:
    """The design of a parsed document; raises DesignError."""
    from batten.design import host_reading as reading

    sections = reading.sections(document, VERSION, PARTS)
    return HostDesign(
        tls=Tls(**reading.fields(sections.get("tls"), "tls", reading.TLS)),
        daemon=Daemon(tuple(Setting(*entry) for entry in reading.settings(sections.get("daemon")))),
        firewall=Firewall(**reading.fields(sections.get("firewall"), "firewall", reading.FIREWALL)),
        swarm=Swarm(**reading.fields(sections.get("swarm"), "swarm", reading.SWARM)),
    )
