"""Changes that take capabilities from services and keep their processes from gaining new ones."""

from __future__ import annotations

from collections.abc import Iterator

from batten.design import Design
from batten.design.sections.privileges import Privilege
from batten.model import Action, Change, Project, Risk, Service

NO_NEW_PRIVILEGES = "no-new-privileges:true"


def changes(project: Project, design: Design) -> Iterator[Change]:
    """Capabilities to drop and ``no-new-privileges``, where they are not there yet."""
    for name, privilege in design.privileges.items():
        service = project.services.get(name)
        if service is not None:
            yield from _of(service, privilege)


def _of(service: Service, privilege: Privilege) -> Iterator[Change]:
    decision = f"privileges.{service.name}"
    risk = Risk.SAFE if privilege.known else Risk.CHECK
    for capability in privilege.drop:
        if capability not in service.cap_drop and "ALL" not in service.cap_drop and capability not in service.cap_add:
            why = f"{service.name} no longer has {capability}: {privilege.reason}."
            yield Change(f"{decision}.{capability}", (*service.path, "cap_drop"), Action.APPEND, capability, "", why, risk, decision)
    if privilege.no_new_privileges and not any(option.replace("=", ":") in (NO_NEW_PRIVILEGES, "no-new-privileges") for option in service.security_opt):
        why = f"Processes of {service.name} cannot gain privileges by a set-user-ID program: {privilege.reason}."
        yield Change(f"{decision}.no-new-privileges", (*service.path, "security_opt"), Action.APPEND, NO_NEW_PRIVILEGES, "", why, risk, decision)
