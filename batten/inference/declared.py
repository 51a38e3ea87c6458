"""Evidence that the compose file declares: links, shared network namespaces, and depends_on, which alone only says what starts first."""

from __future__ import annotations

from collections.abc import Iterator

from batten.inference.collected import Collected
from batten.inference.gateway import calls
from batten.inference.siblings import applications
from batten.model import EvidenceKind, Service, Tier


def collect(found: Collected) -> None:
    """Add links and ``network_mode: service:``."""
    project = found.scene.project
    for service in project.services.values():
        for number, (target, _) in enumerate(service.links):
            if target in project.services:
                found.add(service.name, target, EvidenceKind.DECLARED, project.origin((*service.path, "links", number)).primary, "links")
        kind, _, target = service.network_mode.partition(":")
        if kind == "service" and target in project.services:
            found.add(service.name, target, EvidenceKind.DECLARED, project.origin((*service.path, "network_mode")).primary, "network_mode")


def collect_through_host(found: Collected) -> None:
    """Add calls to a port that another service publishes, by the host's name."""
    for call in calls(found.scene.project):
        if call.target:
            found.add(call.source, call.target, call.kind, call.where, f"{call.text}, by the host's name", past_networks=True)


def collect_order(found: Collected) -> None:
    """Add ``depends_on``: declared where something else supports it, ordered where nothing does, assumed where better is known."""
    for service in found.scene.project.services.values():
        for target in service.depends_on:
            if target in found.scene.project.services and not _ends(found, service, target):
                where = found.scene.project.origin((*service.path, "depends_on", target)).primary
                found.add(service.name, target, _kind_of_order(found, service.name, target), where, "depends_on")


def _kind_of_order(found: Collected, source: str, target: str) -> EvidenceKind:
    if any(reason.kind is not EvidenceKind.ASSUMED for reason in found.between(source, target)):
        return EvidenceKind.DECLARED
    better = _second_store(found, source, target) if found.scene.data(target) else _second_application(found, source, target)
    return EvidenceKind.ASSUMED if better else EvidenceKind.ORDERED


def _second_store(found: Collected, source: str, target: str) -> bool:
    """Whether the source names another store of the target's kind, and others need the target."""
    role = found.scene.role(target)
    same = any(found.scene.data(other) and found.scene.role(other) == role for other in _called(found, source))
    return same and any(True for _ in found.into(target, EvidenceKind.HABITUAL))


def _second_application(found: Collected, source: str, target: str) -> bool:
    """Whether the source names other applications that it calls, or waits for its own, e.g. until that has set up the database."""
    services = found.scene.project.services
    named = any(not found.scene.data(other) and not _serves_operation(found, other) for other in _called(found, source))
    return named or not applications(services[source]).isdisjoint(applications(services[target]))


def _serves_operation(found: Collected, name: str) -> bool:
    facts = found.scene.facts[name]
    return facts is not None and facts.tier is Tier.OPS


def _called(found: Collected, source: str) -> Iterator[str]:
    """Whom the files name as called by a service; to ask a resolver is to call nobody."""
    for target in found.out_of(source, EvidenceKind.CONFIGURED):
        if any(reason.kind.strength >= EvidenceKind.CONFIGURED.strength and reason.text != "dns" for reason in found.between(source, target)):
            yield target


def _ends(found: Collected, service: Service, target: str) -> bool:
    """Whether there is nothing left to connect to once the service runs."""
    facts = found.scene.facts[target]
    return waits_for_its_end(found, service, target) or (facts is not None and facts.tier is Tier.JOB)


def waits_for_its_end(found: Collected, service: Service, target: str) -> bool:
    """Whether the service starts after ``target`` has run to completion, so that there is nothing left to connect to."""
    condition = found.scene.project.value((*service.path, "depends_on", target, "condition"))
    return condition is not None and condition.data == "service_completed_successfully"
