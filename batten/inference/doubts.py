"""Names that a service has and need not use: in an env file that it shares with others, or in a script that only writes them down.

What is doubted stays, as an assumption: cutting it could break the application, and the user can tell.
"""

from __future__ import annotations

from collections import Counter

from batten.inference.collected import Collected
from batten.inference.siblings import applications
from batten.model import Evidence, EvidenceKind, Service, Span


def collect(found: Collected) -> None:
    """Make assumptions of the names that something speaks against."""
    for name in found.scene.on_files:
        for target in found.out_of(name):
            _doubt(found, name, target, "though its own commands work on files alone")
    for name, targets in _handed_out(found).items():
        for target in targets:
            _doubt(found, name, target, "in an env file that others use too")


def _doubt(found: Collected, name: str, target: str, why: str) -> None:
    found.doubt(name, target, f"{found.between(name, target)[0].text}, {why}")


def _handed_out(found: Collected) -> dict[str, set[str]]:
    """Service → targets that it only knows from an env file for all, while it says itself what else it needs and a stranger claims the target."""
    services = found.scene.project.services
    shared = {file for file, count in Counter(file for service in services.values() for file in service.env_files).items() if count > 1}
    own = {name: _own_needs(found, service, shared) for name, service in services.items()} if shared else {}
    doubted: dict[str, set[str]] = {}
    for name in own:
        for target in found.out_of(name) if own[name] else ():
            claiming = [other for other, needs in own.items() if target in needs]
            if claiming and not any(_alike(services[name], services[other]) for other in claiming):
                doubted.setdefault(name, set()).add(target)
    return doubted


def _own_needs(found: Collected, service: Service, shared: set[str]) -> set[str]:
    """What a service names in places of its own, or starts after."""
    named = {target for target in found.out_of(service.name) if any(not _in(reason, shared) for reason in found.between(service.name, target))}
    return named | set(service.depends_on)


def _in(reason: Evidence, files: set[str]) -> bool:
    return reason.kind is EvidenceKind.NAMED and isinstance(reason.where, Span) and reason.where.file in files


def _alike(one: Service, other: Service) -> bool:
    return one is other or not applications(one).isdisjoint(applications(other))
