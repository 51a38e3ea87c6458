"""How rights are taken from services, by the rule that asks for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from batten.design import Design, confining
from batten.design.confining import CAPABILITIES, LIGHT, TIGHT
from batten.design.sections.privileges import ALL, NET_RAW, Privilege
from batten.inference.confinement import unneeded
from batten.model import Project, Service
from batten.review.finding import Finding
from wizards.remedy import Remedy


class _Right(ABC):
    """One thing that can be taken from a service and given back."""

    @abstractmethod
    def taken(self, held: Privilege) -> bool:
        """Whether it is taken."""

    @abstractmethod
    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        """What is taken then; the same where it is not known that the service can do without."""

    @abstractmethod
    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        """What is still taken when this is left."""


class _NewPrivileges(_Right):
    def taken(self, held: Privilege) -> bool:
        return held.no_new_privileges

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        return held._replace(no_new_privileges=True)

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        return held._replace(no_new_privileges=False)


class _Capabilities(_Right):
    """All capabilities but those that are needed."""

    def taken(self, held: Privilege) -> bool:
        return ALL in held.drop

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        if self.taken(held) or CAPABILITIES not in levels:
            return held
        bare = levels[CAPABILITIES]
        return held._replace(drop=bare.drop, add=() if held.user else bare.add, known=bare.known, reason=bare.reason)

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        light = levels[LIGHT]
        return held._replace(drop=light.drop, add=(), known=light.known, reason=light.reason) if self.taken(held) else held


class _RawPackets(_Right):
    def taken(self, held: Privilege) -> bool:
        return bool({NET_RAW, ALL} & set(held.drop))

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        return held if self.taken(held) else held._replace(drop=levels[LIGHT].drop)

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        return held._replace(drop=(), add=())


class _Added(_Right):
    """Capabilities that somebody added and that the image has no use for."""

    def taken(self, held: Privilege) -> bool:
        return bool(held.remove)

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        return held._replace(remove=unneeded(project, service))

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        return held._replace(remove=())


class _WritableRoot(_Right):
    def taken(self, held: Privilege) -> bool:
        return held.read_only

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        tight = levels.get(TIGHT, held)
        return held._replace(read_only=tight.read_only, tmpfs=tight.tmpfs)

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        return held._replace(read_only=False, tmpfs=())


class _Root(_Right):
    """Being root. Whoever is not needs none of root's capabilities."""

    def taken(self, held: Privilege) -> bool:
        return bool(held.user)

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        user = levels[TIGHT].user if TIGHT in levels else ""
        return held._replace(user=user, add=()) if user else held

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        add = levels[CAPABILITIES].add if ALL in held.drop and CAPABILITIES in levels else held.add
        return held._replace(user="", add=add)


class _Filter(_Right):
    def taken(self, held: Privilege) -> bool:
        return held.default_seccomp

    def take(self, held: Privilege, levels: Mapping[str, Privilege], service: Service, project: Project) -> Privilege:
        return held._replace(default_seccomp=confining.is_unfiltered(service))

    def leave(self, held: Privilege, levels: Mapping[str, Privilege]) -> Privilege:
        return held._replace(default_seccomp=False)


RIGHTS: Mapping[str, _Right] = {
    "no-new-privileges": _NewPrivileges(),
    "capabilities-kept": _Capabilities(),
    "dangerous-capability": _RawPackets(),
    "writable-root": _WritableRoot(),
    "user-unset": _Root(),
    "security-profile-off": _Filter(),
}
"""By rule. A finding of ``dangerous-capability`` about one service is about what somebody added there."""


class Rights(Remedy):
    """Rights taken from a service, or from all where the findings are about the project."""

    stake = "A program that relies on what is taken away fails there."

    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        """Whether it is taken from one of them at least."""
        right = _right(findings[0])
        return any(right.taken(design.privileges.get(service.name, Privilege())) for service in _services(findings, project))

    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        """The design that takes it from all of which it is known that they can do without."""
        right, changed = _right(findings[0]), {}
        for service in _services(findings, project):
            levels = confining.levels(project, service, design.target)
            changed[service.name] = right.take(design.privileges.get(service.name, Privilege()), levels, service, project)
        return replace(design, privileges={**design.privileges, **changed})

    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        """The design that takes it from none of them; all else that is taken stays taken."""
        right, changed = _right(findings[0]), {}
        for service in _services(findings, project):
            if service.name in design.privileges:
                changed[service.name] = right.leave(design.privileges[service.name], confining.levels(project, service, design.target))
        return replace(design, privileges={**design.privileges, **changed})


def _right(finding: Finding) -> _Right:
    return _Added() if finding.rule == "dangerous-capability" and finding.service is not None else RIGHTS[finding.rule]


def _services(findings: Sequence[Finding], project: Project) -> Iterator[Service]:
    named = {finding.service for finding in findings if finding.service is not None}
    return (service for service in project.services.values() if not service.privileged and (not named or service.name in named))
