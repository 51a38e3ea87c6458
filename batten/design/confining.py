"""How much is taken from a service: four levels, each of them a ``Privilege``, and the one that is proposed."""

from __future__ import annotations

from collections.abc import Mapping

from batten.design.sections.privileges import ALL, NET_RAW, Privilege
from batten.design.sections.target import Target
from batten.inference.confinement import Confinement, confinement
from batten.knowledge.images import image_facts
from batten.model import Project, Service

NOTHING, LIGHT, CAPABILITIES, TIGHT = "nothing", "light", "capabilities", "tight"
PIDS = 1000
"""A brake on what multiplies without end; the programs that our tests run have between 1 and 30 processes and threads."""


def propose(project: Project, target: Target) -> Mapping[str, Privilege]:
    """What is taken from each service without being asked: little, and all capabilities but the needed ones where that was tried."""
    found = {name: _proposed(project, service, target) for name, service in project.services.items()}
    return {name: privilege for name, privilege in found.items() if privilege.drop or privilege.no_new_privileges}


def _proposed(project: Project, service: Service, target: Target) -> Privilege:
    known = confinement(project, service)
    possible = levels(project, service, target)
    return possible[CAPABILITIES if known is not None and known.tried else LIGHT]


def levels(project: Project, service: Service, target: Target) -> dict[str, Privilege]:
    """What each level means for a service; the last two are there only where it is known what its image needs."""
    light = _light(service, target)
    found = {NOTHING: Privilege(), LIGHT: light}
    known = confinement(project, service)
    if known is not None:
        found[CAPABILITIES] = _without_capabilities(service, light, known)
        found[TIGHT] = _tight(service, found[CAPABILITIES], known)
    return found


def _light(service: Service, target: Target) -> Privilege:
    """Drop NET_RAW and forbid new privileges, but for services that are privileged or known to need them."""
    facts = image_facts(service.image)
    if service.privileged:
        return Privilege()
    needs_raw = NET_RAW in service.cap_add or ALL in service.cap_add or (facts is not None and facts.needs_net_raw is True)
    works = facts.no_new_privileges if facts is not None else None
    raw_known = facts is not None and facts.needs_net_raw is False
    drop = () if needs_raw else (NET_RAW,)
    restrict = works is not False and not target.own_stack
    known = (raw_known or not drop) and (works is True or not restrict)
    reason = "its image is known to work without them" if known else "few programs need them, but nothing is known of this image"
    return Privilege(drop, restrict, known, reason)


def _without_capabilities(service: Service, light: Privilege, known: Confinement) -> Privilege:
    """All capabilities dropped, those given back that the image needs; what the file itself drops or adds stays as it is."""
    add = tuple(one for one in known.needs if one not in service.cap_drop)
    reason = "the program of its image was tried with just these rights" if known.tried else "the sources of its image ask for no more rights than these"
    return light._replace(drop=(ALL,), add=add, known=known.tried, reason=reason)


def _tight(service: Service, held: Privilege, known: Confinement) -> Privilege:
    """The same, and all else that the image is known to do without."""
    tight = held._replace(default_seccomp=is_unfiltered(service), pids=PIDS)
    if known.account:
        tight = tight._replace(user=known.account, add=())
    return tight._replace(read_only=True, tmpfs=known.writes) if known.sealed else tight


def is_unfiltered(service: Service) -> bool:
    """Whether the file switches the engine's filter of system calls off."""
    return any(option.replace(":", "=", 1) == "seccomp=unconfined" for option in service.security_opt)
