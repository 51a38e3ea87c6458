"""Evidence from habits: of images, of names, of networks that join just two services."""

from __future__ import annotations

from batten.inference.clusters import Clusters
from batten.inference.collected import Collected
from batten.inference.scene import FRONTS, Scene
from batten.knowledge.vocabulary import says, vocabulary
from batten.model import EvidenceKind, Location, Service, Tier

_LOOKS_AT_ALL = frozenset({"admin console", "dashboard", "monitoring", "exporter", "discovery"})
"""Roles that are used with everything of a kind, not with the one they are told about."""
_WELL_KNOWN_PORTS = frozenset({80, 443, 8000, 8080, 8443})


def collect(found: Collected) -> None:
    """Add what discovers others by their labels, what images use, clusters, pairs of names, networks for two, and proxied ports."""
    clusters = Clusters(found.scene.project)
    for name in found.scene.project.services:
        _discovered(found, name)
        _used(found, name)
        _expected_hosts(found, name)
        _clustered(found, clusters, name)
        _named_after(found, name)
        _proxied_ports(found, name)
        _works_from_a_queue(found, name)
    _networks_for_two(found)


def _habit(found: Collected, source: str, target: str, text: str, where: Location | None = None) -> None:
    found.add(source, target, EvidenceKind.HABITUAL, where, text)


def _discovered(found: Collected, proxy: str) -> None:
    """A proxy that looks for labels or variables forwards to the services that carry them."""
    facts = found.scene.facts[proxy]
    for way in facts.discovers if facts is not None else ():
        kind, _, what = way.partition(":")
        for service in found.scene.project.services.values():
            where = _label(found.scene, service, what) if kind == "label" else _variable(service, what)
            if where is not None:
                _habit(found, proxy, service.name, f"label {what.rstrip('.')}" if kind == "label" else what, where)


def _label(scene: Scene, service: Service, prefix: str) -> Location | None:
    for path, labels in ((("labels",), service.labels), (("deploy", "labels"), service.deploy_labels)):
        found = [key for key in labels if key.startswith(prefix)]
        if found and labels.get(f"{prefix}enable", "true").lower() != "false":
            return scene.project.origin((*service.path, *path, found[0])).primary
    return None


def _variable(service: Service, name: str) -> Location | None:
    variable = service.environment.get(name)
    return variable.origin.primary if variable is not None and variable.value else None


def _used(found: Collected, name: str) -> None:
    """Images that are made to work with others: consoles with databases, scrapers with exporters."""
    facts = found.scene.facts[name]
    for what in facts.uses if facts is not None else ():
        targets = [target for target in found.scene.are(what) if target != name]
        told = [target for target in targets if _told(found, name, target)]
        looks_at_all = facts is not None and facts.role in _LOOKS_AT_ALL
        for target in targets if looks_at_all or not told else told:
            _habit(found, name, target, f"its image works with {what} services")


def _told(found: Collected, name: str, target: str) -> bool:
    return bool(found.between(name, target)) or target in found.scene.project.services[name].depends_on


def _expected_hosts(found: Collected, name: str) -> None:
    facts = found.scene.facts[name]
    for host in facts.hosts if facts is not None else ():
        for target in found.scene.resolve(host):
            if any(found.scene.role(other) == found.scene.role(target) != "" for other in found.out_of(name, EvidenceKind.DECLARED)):
                continue
            _habit(found, name, target, f"its image looks for the host {host} unless told otherwise")


def _clustered(found: Collected, clusters: Clusters, name: str) -> None:
    """Members of a cluster talk both ways."""
    facts = found.scene.facts[name]
    if facts is None or not facts.peers:
        return
    for target, other in found.scene.facts.items():
        if other is not None and other.id == facts.id and target != name and _one_cluster(found, clusters, name, target):
            _habit(found, name, target, "members of one cluster talk to each other")


def _one_cluster(found: Collected, clusters: Clusters, first: str, second: str) -> bool:
    """Whether two services of one kind belong together: one names the other, they say the same of their cluster, or but a number or a role sets them apart."""
    if found.between(first, second) or found.between(second, first):
        return True
    if clusters.share(first, second):
        return True
    stems = {name.rstrip("0123456789").rstrip("-_") for name in (first, second)}
    return len(stems) == 1 or says("leads_a_cluster", (*found.scene.words[first], *found.scene.words[second]))


def _named_after(found: Collected, name: str) -> None:
    """``orders-db`` belongs to ``orders``; ``redis-commander`` or ``kafka-init`` works with ``redis`` or ``kafka``."""
    own = found.scene.words[name]
    if found.scene.passive(name) or found.scene.data(name):
        return
    for target in found.scene.keepers:
        other = found.scene.words[target]
        if target == name or other == own:
            continue
        if set(own) < set(other) and set(other) - set(own) <= vocabulary("keeps_data") | vocabulary("named_for_its_data"):
            _habit(found, name, target, f"{target} is named after it")
        elif set(other) < set(own):
            _habit(found, name, target, f"it is named after {target}")


def _proxied_ports(found: Collected, name: str) -> None:
    """A proxy that publishes the well-known port of another service publishes it for that service."""
    if found.scene.role(name) not in FRONTS:
        return
    published = {port.target for port in found.scene.project.services[name].ports} - _WELL_KNOWN_PORTS
    for target, facts in found.scene.facts.items():
        known = {int(port.partition("/")[0]) for port in facts.ports} if facts is not None else set()
        shared = sorted(published & known) if target != name else []
        if shared and found.scene.role(target) not in FRONTS:
            _habit(found, name, target, f"it publishes {shared[0]}, the port of {target}")


def _works_from_a_queue(found: Collected, name: str) -> None:
    """A worker of unknown make takes its work from somewhere: from the queues and caches of its project, unless it names one."""
    scene = found.scene
    if not says("works_behind", scene.words[name]) or not (scene.opaque(name) or scene.facts[name] is None):
        return
    queues = [target for target in scene.project.services if scene.role(target) in ("queue", "cache")]
    for target in [] if any(found.between(name, target) for target in queues) else queues:
        _habit(found, name, target, "workers take their work from a queue")


def _networks_for_two(found: Collected) -> None:
    """A network of its own that joins two services was made for these two."""
    services = found.scene.project.services
    for key in found.scene.project.networks:
        members = [name for name, service in services.items() if key in service.networks]
        if key == "default" or len(members) != 2 or len(services) == 2:
            continue
        for source, target in (members, reversed(members)):
            if _may_open(found.scene, source, target) and not found.between(source, target) and not found.between(target, source):
                _habit(found, source, target, f"network {key} joins just these two")


def _may_open(scene: Scene, source: str, target: str) -> bool:
    facts = scene.facts[target]
    enters_here = bool(scene.project.services[target].ports) and not scene.project.services[source].ports
    return not scene.data(source) and not enters_here and not (facts is not None and facts.tier is Tier.EDGE)
