"""An engine and its host as the subject of the rules about hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from batten.engine.endpoint import Endpoint
from batten.engine.hostfiles import Found
from batten.engine.protocol import About, EngineNetwork, Swarm
from batten.model import EnginePlace, Span
from batten.review.hosts.subject import Host, Listener, Member, SwarmFacts

_ICC = "com.docker.network.bridge.enable_icc"
_WARNED = re.compile(r"API is accessible on https?://(\S+) without (encryption|TLS client verification)")
_OWN_REGISTRIES = ("127.0.0.0/8", "::1/128")
"""What Docker always counts among the registries that need no TLS."""


def host_of(about: About, networks: Sequence[EngineNetwork], swarm: Swarm | None, found: Found, endpoint: Endpoint) -> Host:
    """Everything that is known of the host."""
    info = about.info
    bridge = next((network for network in networks if network.name == "bridge" and network.driver == "bridge"), None)
    return Host(
        name=about.name,
        version=about.version,
        listeners=tuple(_listeners(about, found, endpoint)),
        security=tuple(map(str, info.get("SecurityOptions") or ())),
        live_restore=info.get("LiveRestoreEnabled") if isinstance(info.get("LiveRestoreEnabled"), bool) else None,
        experimental=info.get("ExperimentalBuild") is True,
        insecure_registries=tuple(_insecure(info.get("RegistryConfig") or {})),
        authorization=tuple((info.get("Plugins") or {}).get("Authorization") or ()),
        bridge_icc=bridge.options.get(_ICC) == "true" if bridge is not None else None,
        swarm_member=bool(about.role),
        swarm=_swarm(swarm) if swarm is not None else None,
        settings=found.settings,
        settings_file=found.file,
        files=found.files,
        certificates=found.certificates,
    )


def _swarm(swarm: Swarm) -> SwarmFacts:
    members = tuple(Member(node.name, node.role == "manager", node.engine) for node in swarm.nodes)
    used = {grant.name for service in swarm.services for grant in service.grants}
    return SwarmFacts(members, swarm.autolock, swarm.certificate_days, tuple(sorted(name for name in swarm.secrets if name not in used)))


def _insecure(config: Mapping[str, Any]) -> Iterator[str]:
    """Registries that are taken at their word: by address, and by name."""
    yield from (str(entry) for entry in config.get("InsecureRegistryCIDRs") or () if entry not in _OWN_REGISTRIES)
    yield from (str(name) for name, index in (config.get("IndexConfigs") or {}).items() if index.get("Secure") is False)


def _listeners(about: About, found: Found, endpoint: Endpoint) -> Iterator[Listener]:
    """Every address once: as the daemon's settings have it, as the engine warns of it, as we reached it ourselves."""
    known: dict[str, Listener] = {}
    for one in (*_set(about, found), *_warned(about), *_reached(about, endpoint)):
        known.setdefault(one.address, one)
    yield from known.values()


def _set(about: About, found: Found) -> Iterator[Listener]:
    where = Span(found.file, 0, 0, 1, 1) if found.file else EnginePlace(f"engine/{about.name}", "settings.hosts")
    settings = found.settings or {}
    verified = settings.get("tlsverify") is True
    encrypted = verified or settings.get("tls") is True or settings.get("tlsverify") is not None
    hosts = settings.get("hosts") or ()
    for host in hosts if isinstance(hosts, list) else (hosts,):
        if str(host).startswith("tcp://"):
            yield Listener(str(host).removeprefix("tcp://"), encrypted, verified, where)


def _warned(about: About) -> Iterator[Listener]:
    for text in about.info.get("Warnings") or ():
        for address, lack in _WARNED.findall(str(text)):
            yield Listener(address, lack != "encryption", False, EnginePlace(f"engine/{about.name}", "Warnings"))


def _reached(about: About, endpoint: Endpoint) -> Iterator[Listener]:
    """Our own way in: without TLS it is open to others too; with it, a client's certificate that is given was perhaps not asked for."""
    if endpoint.url.startswith("tcp://") and (endpoint.tls is None or not endpoint.tls.cert):
        yield Listener(endpoint.url.removeprefix("tcp://").rstrip("/"), endpoint.tls is not None, False, EnginePlace(f"engine/{about.name}", "endpoint"))
