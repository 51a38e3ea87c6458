"""Evidence that the compose file declares: links, shared network namespaces, and depends_on, which alone only says what starts first."""

from __future__ import annotations

from batten.inference.collected import Collected
from batten.inference.gateway import calls
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
    """Add ``depends_on``: declared where something else supports it, ordered where nothing does, assumed where better is known.

    Who names what it calls need not call whom it merely starts after; of a store that is so only where it names another of that kind, and others need this one.
    """
    for service in found.scene.project.services.values():
        for target in service.depends_on:
            if target in found.scene.project.services and not _ends(found, service, target):
                where = found.scene.project.origin((*service.path, "depends_on", target)).primary
                found.add(service.name, target, _kind_of_order(found, service.name, target), where, "depends_on")


def _kind_of_order(found: Collected, source: str, target: str) -> EvidenceKind:
    if any(reason.kind is not EvidenceKind.ASSUMED for reason in found.between(source, target)):
        return EvidenceKind.DECLARED
    known = list(found.out_of(source, EvidenceKind.CONFIGURED))
    if found.scene.data(target):
        same = any(found.scene.data(other) and found.scene.role(other) == found.scene.role(target) for other in known)
        return EvidenceKind.ASSUMED if same and any(True for _ in found.into(target, EvidenceKind.HABITUAL)) else EvidenceKind.ORDERED
    return EvidenceKind.ASSUMED if known else EvidenceKind.ORDERED


def _ends(found: Collected, service: Service, target: str) -> bool:
    """Whether there is nothing left to connect to once the service runs."""
    facts = found.scene.facts[target]
    return waits_for_its_end(found, service, target) or (facts is not None and facts.tier is Tier.JOB)


def waits_for_its_end(found: Collected, service: Service, target: str) -> bool:
    """Whether the service starts after ``target`` has run to completion, so that there is nothing left to connect to."""
    condition = found.scene.project.value((*service.path, "depends_on", target, "condition"))
    return condition is not None and condition.data == "service_completed_successfully"
