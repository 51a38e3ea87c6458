"""What of a project could not be asked about, and why."""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import permutations

from batten.engine.asking import HOST
from batten.engine.memberships import Members
from batten.engine.surroundings import Surroundings
from batten.model import Project

_RESTARTED = "it was restarted meanwhile"
_HOST = "its own network could not be entered"


def pairs(project: Project, absent: Mapping[str, str], silent: Mapping[str, str]) -> Mapping[tuple[str, str], str]:
    """Every ordered pair of services, and the host with each, with the reason why it is not asked; an empty one where it is.

    Args:
        project: whose services they are.
        absent: by service why it can be neither source nor target.
        silent: by service why it cannot be a target.
    """
    ends = (*permutations(project.services, 2), *((HOST, name) for name in project.services))
    return {(source, target): absent.get(source) or absent.get(target) or silent.get(target, "") for source, target in ends}


def from_the_start(found: Members, surroundings: Surroundings) -> dict[str, str]:
    """Services that do not run, or none of whose containers could be looked into; the host too, where it could not be."""
    missed = {name: surroundings.missed[here[0].id] for name, here in found.running.items() if here and all(one.id in surroundings.missed for one in here)}
    return {**found.absent, **missed, **({} if surroundings.host else {HOST: _HOST})}


def in_the_end(surroundings: Surroundings, gone: Set[str]) -> dict[str, str]:
    """Services whose containers are all gone since."""
    return {name: _RESTARTED for name, here in surroundings.services.items() if here and all(one.id in gone for one in here)}


def partly(found: Members, surroundings: Surroundings, gone: Set[str]) -> dict[str, str]:
    """Services of whose containers some could not be asked."""
    reasons = {**dict.fromkeys(gone, _RESTARTED), **surroundings.missed}
    lost = {name: [reasons[one.id] for one in here if one.id in reasons] for name, here in found.running.items()}
    return {name: f"{len(why)} of its {len(found.running[name])} containers could not be asked: {why[0]}" for name, why in lost.items() if why}
