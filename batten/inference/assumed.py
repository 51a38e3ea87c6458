"""Connections that are kept only because nothing is known: cutting them could break the application."""

from __future__ import annotations

from batten.inference import declared
from batten.inference.collected import Collected
from batten.inference.scene import FRONTS
from batten.knowledge.vocabulary import says, split
from batten.model import EvidenceKind


def collect(found: Collected) -> None:
    """Add the assumptions, in view of all other evidence."""
    known = {name: (set(found.out_of(name)), set(found.into(name))) for name in found.scene.project.services}
    for name, (out, into) in known.items():
        if found.scene.opaque(name):
            _opaque(found, name, bool(out), bool(into))
        elif found.scene.role(name) in FRONTS and not _configured(found, name):
            _front(found, name)
        _set_up_in_screens(found, name)
    for name, (_, into) in known.items():
        if found.scene.data(name) and not into:
            _orphan(found, name)


def _assume(found: Collected, source: str, target: str, text: str) -> None:
    if not found.between(source, target):
        found.add(source, target, EvidenceKind.ASSUMED, None, text)


def _opaque(found: Collected, name: str, out: bool, into: bool) -> None:
    """An image that nobody described: without a hint where it connects it may need anything, without one who calls it anybody may."""
    for other in found.scene.project.services:
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


def _configured(found: Collected, name: str) -> bool:
    """Whether something in the project says where a proxy forwards to; that it publishes somebody's port does not say it all."""
    facts = found.scene.facts[name]
    if facts is not None and facts.discovers:
        return True
    return any(reason.kind is not EvidenceKind.HABITUAL for target in found.out_of(name) for reason in found.between(name, target))


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


def _orphan(found: Collected, name: str) -> None:
    """A database that nobody names is there for somebody: for the services of which least is known."""
    callers = [other for other in found.scene.project.services if not found.scene.passive(other) and not found.scene.data(other)]
    opaque = [other for other in callers if found.scene.opaque(other)]
    for other in opaque or [caller for caller in callers if found.scene.role(caller) not in FRONTS]:
        _assume(found, other, name, f"nothing is known of who needs {name}")
