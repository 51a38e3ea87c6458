"""``mtls/``: the configuration of each sidecar, the script that makes their certificates, and a page that says what to do and what it is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from batten.design.sections.mtls import ENVOY, Link
from batten.design.sidecars import FOLDER, Sidecar, inbound_name, plain_name, private_network, sidecars
from batten.hardening import Hardening
from batten.model import GeneratedFile
from batten.plan.mtls import config_file, secret_files
from generators.host_rendering import PROGRAM, rendered
from generators.mtls_envoy import bootstrap

SCRIPT = f"{FOLDER}/make-certs.sh"


class Port(NamedTuple):
    """A port of a sidecar and who may use it."""

    number: int
    callers: tuple[str, ...]


class Identity(NamedTuple):
    """A service's certificate: what it is for, and which sidecars show it."""

    name: str
    role: str
    """``server``, ``client`` or ``both``."""
    sidecars: tuple[str, ...]


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """Everything below ``mtls/``; nothing where no connection speaks mutual TLS, or where its sidecars could not be written."""
    every = [one for one in sidecars(hardening.design.mtls) if one.name in hardening.after.services]
    if not every:
        return
    for sidecar in every:
        yield configuration(hardening, sidecar)
    facts: dict[str, Any] = {"identities": identities(hardening), "stack": hardening.stack is not None or hardening.design.target.own_stack}
    yield rendered(SCRIPT, "mtls/make-certs.sh.j2", "makes the CA and the certificates of mutual TLS", mode=PROGRAM, **facts)
    yield rendered(
        f"{FOLDER}/README.md",
        "mtls/readme.md.j2",
        "what mutual TLS protects here, what it does not, and how certificates are made and renewed",
        name=hardening.before.name,
        links=hardening.design.mtls.links,
        bypasses=list(bypasses(hardening)),
        published=[link.target for link in first_links(hardening) if hardening.after.services[link.target].ports],
        envoy=hardening.design.mtls.proxy == ENVOY,
        image=hardening.design.mtls.reference,
        count=len(every),
        networks=len({one.shared for one in every} | {private_network(one.app) for one in every}),
        **facts,
    )


def configuration(hardening: Hardening, sidecar: Sidecar) -> GeneratedFile:
    """The configuration of one sidecar."""
    path, purpose = config_file(hardening.design, sidecar), f"configures the sidecar {sidecar.name}"
    held = {part: f"/run/secrets/{name}" for part, (name, _) in secret_files(sidecar.app).items()}
    target = sidecar.links[0].target
    ports = [Port(port, tuple(link.source for link in sidecar.links if port in link.ports)) for port in sidecar.ports]
    if hardening.design.mtls.proxy == ENVOY:
        made = bootstrap(sidecar, ports=ports, held=held, address=plain_name(target) if sidecar.inbound else inbound_name(target))
        return GeneratedFile(path, f"{json.dumps(made, indent=2)}\n".encode(), purpose=purpose)
    return rendered(
        path, "mtls/nginx.conf.j2", purpose,
        sidecar=sidecar, target=target, ports=ports, secrets=held, plain=plain_name(target), other=inbound_name(target),
    )  # fmt: skip


def identities(hardening: Hardening) -> list[Identity]:
    """The services that need a certificate, in the order of the design."""
    links = hardening.design.mtls.links
    called, calling = {link.target for link in links}, {link.source for link in links}
    shown: dict[str, list[str]] = {}
    for sidecar in sidecars(hardening.design.mtls):
        shown.setdefault(sidecar.app, []).append(sidecar.name)
    roles = {(True, True): "both", (True, False): "server", (False, True): "client"}
    return [Identity(name, roles[name in called, name in calling], tuple(names)) for name, names in shown.items()]


def first_links(hardening: Hardening) -> Iterator[Link]:
    """One link for each service that is called."""
    seen: set[str] = set()
    for link in hardening.design.mtls.links:
        if link.target not in seen:
            seen.add(link.target)
            yield link


def bypasses(hardening: Hardening) -> Iterator[tuple[str, str]]:
    """Services that still reach a service in plain text although others speak TLS to it: ``(caller, called)``."""
    services = hardening.after.services
    beside = {one.name for one in sidecars(hardening.design.mtls)}
    for target in (link.target for link in first_links(hardening)):
        for name, service in services.items():
            if name != target and name not in beside and set(service.networks) & set(services[target].networks):
                yield name, target
