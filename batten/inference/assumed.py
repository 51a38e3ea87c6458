"""Connections that are kept only because nothing is known: cutting them could break the application."""

from __future__ import annotations

from batten.inference import declared
from batten.inference.collected import Collected
from batten.inference.mounted import mounted_files, mounts_out_of_sight
from batten.inference.scene import FRONTS
from batten.knowledge.vocabulary import says, split
from batten.model import EvidenceKind, Tier

_SELF_SUFFICIENT = frozenset(
    {"exporter", "agent", "backup", "updater", "restarter", "discovery", "monitoring", "alerting", "log collector", "dynamic dns", "web server"}
)
"""Roles of servers that are of use though no other service calls them."""


def collect(found: Collected) -> None:
    """Add the assumptions, in view of all other evidence."""
    services = [name for name in found.scene.project.services if name not in found.scene.on_files]
    known = {name: (set(found.out_of(name)), set(found.into(name))) for name in services}
    for name, (out, into) in known.items():
        if found.scene.opaque(name):
            _opaque(found, name, bool(out), bool(into))
        if _is_front(found, name) and not _configured(found, name):
            _front(found, name)
        _set_up_in_screens(found, name)
    for name, (out, into) in known.items():
        nothing_known = not into and (found.scene.data(name) or not out)
        if nothing_known and not found.scene.opaque(name) and _waits_for_calls(found, name):
            _orphan(found, name)


def _assume(found: Collected, source: str, target: str, text: str) -> None:
    if found.scene.on_files.isdisjoint((source, target)) and not found.between(source, target):
        found.add(source, target, EvidenceKind.ASSUMED, None, text)


def _opaque(found: Collected, name: str, out: bool, into: bool) -> None:
    """An image that nobody described: without a hint where it connects it may need anything, without one who calls it anybody may."""
    for other in () if out and into else found.scene.project.services:
        data, passive = found.scene.data(other), found.scene.passive(other)
        if not out and (data or not (into or passive)):
            _assume(found, name, other, f"nothing is known of what {name} needs")
        if not into and not passive and not data and _may_call(found, other, name, out):
            _assume(found, other, name, f"nothing is known of who needs {name}")


def _may_call(found: Collected, other: str, name: str, out: bool) -> bool:
    """Who may be the unknown caller: anybody, if nothing at all is known; else only others of whom little is known."""
    service = found.scene.project.services[name]
    if declared.waits_for_its_end(found, service, other):
        return False
    if not out:
        return True
    if service.ports or says("is_never_called", split(name)):
        return False
    facts = found.scene.facts[other]
    return found.scene.opaque(other) or (facts is not None and facts.role in FRONTS and not facts.discovers)


def _is_front(found: Collected, name: str) -> bool:
    if found.scene.opaque(name):
        return bool(found.scene.project.services[name].ports) and says("stands_in_front", split(name))
    words = found.scene.words[name]
    return found.scene.role(name) in FRONTS and (says("stands_in_front", words) or not says("serves_operation", words))


def _configured(found: Collected, name: str) -> bool:
    """Whether the project shows where a proxy forwards to: in what it names, in a file that can be read, or in labels that it looks for."""
    facts = found.scene.facts[name]
    if facts is not None and facts.discovers:
        return True
    project, service = found.scene.project, found.scene.project.services[name]
    if mounts_out_of_sight(project, service):
        return False
    return any(True for _ in found.out_of(name, EvidenceKind.DECLARED)) or any(True for _ in mounted_files(project, service))


def _front(found: Collected, name: str) -> None:
    """A proxy whose configuration is out of sight may forward to everything that is not a database."""
    for other in found.scene.project.services:
        if not found.scene.data(other):
            _assume(found, name, other, f"the configuration of {name} is not in the project")


def _set_up_in_screens(found: Collected, name: str) -> None:
    facts = found.scene.facts[name]
    if facts is None or not facts.screens:
        return
    for other in found.scene.project.services:
        if facts.role not in FRONTS or not found.scene.data(other):
            _assume(found, name, other, f"the connections of {name} are set up in its own screens")


def _waits_for_calls(found: Collected, name: str) -> bool:
    """Whether a service is of no use unless another one calls it: a database, or a server that is not published."""
    facts = found.scene.facts[name]
    if found.scene.data(name):
        return True
    if facts is None or not facts.ports or facts.role in _SELF_SUFFICIENT or facts.tier in (Tier.JOB, Tier.EDGE):
        return False
    return not found.scene.project.services[name].ports and not says("is_never_called", split(name))


def _orphan(found: Collected, name: str) -> None:
    """What nobody names and yet waits for calls is there for somebody: for the services of which least is known."""
    callers = [other for other in found.scene.project.services if not found.scene.passive(other) and not found.scene.data(other)]
    opaque = [other for other in callers if found.scene.opaque(other)]
    known = [caller for caller in callers if found.scene.role(caller) not in FRONTS or not found.scene.data(name)]
    for other in opaque or known:
        _assume(found, other, name, f"nothing is known of who needs {name}")
