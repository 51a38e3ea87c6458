"""Which services need a way out to the internet, and why we think so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from batten.inference import hosts
from batten.inference.gateway import calls
from batten.inference.scene import BASE_IMAGE, Scene
from batten.knowledge.patterns import Pattern
from batten.knowledge.vocabulary import says, split, vocabulary
from batten.model import Evidence, EvidenceKind, Project, Service, Variable

_NOT_OUTSIDE = Pattern(
    (),
    r"(?:^|\.)(?:localhost|local|localdomain|internal|lan|home|corp|intranet|test|invalid|arpa|docker)$|(?:^|\.)example\.(?:com|org|net)$"
    r"|^(?:host|gateway|kubernetes)\.docker\.",
    re.IGNORECASE,
)
_DOMAIN = Pattern((".",), r"(?i)^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}$")
_LONGEST = 64 * 1024
"""How much of a value is looked at."""
_ROUTED_HOST = Pattern(("Host",), r"Host(?:SNI)?\(([^)]*)\)")


def egress_needs(project: Project) -> Mapping[str, Evidence]:
    """Services that need a way out with the best reason for it; an assumption where nothing is known of the image."""
    return {name: found[0] for name, found in reasons(Scene.of(project)).items()}


def reasons(scene: Scene) -> dict[str, list[Evidence]]:
    """All reasons for each service that has any, strongest first."""
    own = own_addresses(scene.project)
    to_host = {call.source: [Evidence(call.kind, call.where, f"{call.text}: it calls the host's address")] for call in calls(scene.project)}
    found = {name: [*_named(scene, service, own), *_habit(scene, name), *to_host.get(name, [])] for name, service in scene.project.services.items()}
    return {name: sorted(reasons, key=lambda reason: -reason.kind.strength) for name, reasons in found.items() if reasons}


def _habit(scene: Scene, name: str) -> Iterator[Evidence]:
    facts = scene.facts[name]
    if scene.passive(name) and (facts is None or not facts.egress):
        return
    if facts is None or facts.role == BASE_IMAGE or facts.egress is None:
        yield Evidence(EvidenceKind.ASSUMED, None, "nothing is known of what its image needs from outside")
    elif facts.egress:
        yield Evidence(EvidenceKind.HABITUAL, None, f"{facts.role} images such as {facts.id} need the internet")


def _named(scene: Scene, service: Service, own: frozenset[str]) -> Iterator[Evidence]:
    if scene.passive(service.name) and scene.data(service.name):
        return
    for variable in service.environment.values():
        if any(outside(host) and not _belongs(host, own) for host in _hosts(scene, variable)):
            yield Evidence(EvidenceKind.NAMED, variable.origin.primary, variable.name)


def _hosts(scene: Scene, variable: Variable) -> Iterator[str]:
    """Host names in a variable that are nobody's in the project, unless the variable tells the application its own address."""
    value = variable.value.reveal()[:_LONGEST] if variable.value is not None else ""
    parts = split(variable.name)
    if not value or (says("own_address", parts) and not says("called_outside", parts)):
        return
    for mention in hosts.in_value(value):
        if not scene.resolve(mention.host):
            yield mention.host
    if says("sends_mail", parts) and says("mail_host", parts):
        yield from (host for host in hosts.bare(value) if not scene.resolve(host))


def outside(host: str) -> bool:
    """Whether a host name is one of the internet: it has a top-level domain and is no placeholder and no file."""
    return bool(_DOMAIN.match(host)) and not _NOT_OUTSIDE.search(host) and host.rpartition(".")[2].lower() not in vocabulary("file_endings")


def own_addresses(project: Project) -> frozenset[str]:
    """Host names under which the project itself is published: in routing labels and in ``VIRTUAL_HOST``."""
    found: set[str] = set()
    for service in project.services.values():
        for value in (*service.labels.values(), *service.deploy_labels.values()):
            for match in _ROUTED_HOST.finditer(value):
                found.update(part.strip(" `'\"") for part in match[1].split(","))
        for name in ("VIRTUAL_HOST", "LETSENCRYPT_HOST", "DOMAIN", "DOMAIN_NAME"):
            variable = service.environment.get(name)
            if variable is not None and variable.value is not None:
                found.update(part.strip() for part in variable.value.reveal().split(","))
    return frozenset(host.lower() for host in found if host)


def _belongs(host: str, own: frozenset[str]) -> bool:
    host = host.lower()
    return any(host == name or host.endswith(f".{name}") for name in own)
