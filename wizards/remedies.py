"""What mends a finding, by the section of the design that its fix names: whether the design does it, to do it, to leave it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from batten.design import Design, segmentation
from batten.design.sections import secrets, sockets
from batten.design.sections.networks import KEEP
from batten.design.sections.published import LOOPBACK, Publication
from batten.design.sections.secrets import SecretDecision
from batten.design.sections.sockets import SocketUse
from batten.design.socket_needs import obstacle
from batten.inference.credentials import find_credentials
from batten.model import Port, Project
from batten.reach.rules.published import is_loopback
from batten.review.finding import Finding
from wizards.cutting import cut
from wizards.remedy import Remedy
from wizards.rights import Rights
from wizards.sockets import decided

_Key: TypeAlias = tuple[str, int, str, str]


class _Ports(Remedy):
    """Ports on the loopback address."""

    stake = "Whoever connects from another machine no longer gets through, except by an SSH tunnel."

    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        ours = _ports(findings, project)
        return any(_key(one) in ours and is_loopback(one.address) for one in design.published)

    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        ours = _ports(findings, project)
        return replace(design, published=tuple(_to_loopback(one) if _key(one) in ours else one for one in design.published))

    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        ours = _ports(findings, project)
        return replace(design, published=tuple(_as_it_was(one, ours[_key(one)]) if _key(one) in ours else one for one in design.published))


def _ports(findings: Sequence[Finding], project: Project) -> dict[_Key, Port]:
    """The published ports that the findings point at; all of the service's where they point at none."""
    service = project.services[findings[0].service or ""]
    places = {finding.location for finding in findings}
    pointed = [port for port in service.ports if project.origin((*service.path, "ports", port.index)).primary in places]
    return {(service.name, port.target, port.protocol, port.published): port for port in pointed or service.ports}


def _key(one: Publication) -> _Key:
    return one.service, one.target, one.protocol, one.published


def _to_loopback(one: Publication) -> Publication:
    return one if is_loopback(one.address) else one._replace(address=LOOPBACK, reason="decided by you")


def _as_it_was(one: Publication, port: Port) -> Publication:
    return one if one.address == port.host_ip else one._replace(address=port.host_ip, reason="left by your decision")


class _Secrets(Remedy):
    """Credentials in files."""

    stake = "A program that looks for the value elsewhere than batten knows of starts without it."

    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        return any(one.how in secrets.MOVED for one in _credentials(design, findings))

    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        proposed = {(one.service, one.variable): one.how for one in secrets.propose(project, find_credentials(project))}
        return self._with(design, findings, lambda one: proposed.get((one.service, one.variable), one.how))

    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        return self._with(design, findings, lambda _: secrets.KEEP)

    def _with(self, design: Design, findings: Sequence[Finding], how: Callable[[SecretDecision], str]) -> Design:
        ours = set(_credentials(design, findings))
        return replace(design, secrets=tuple(one._replace(how=how(one)) if one in ours else one for one in design.secrets))


def _credentials(design: Design, findings: Sequence[Finding]) -> list[SecretDecision]:
    return [one for one in design.secrets if one.service == findings[0].service]


class _Networks(Remedy):
    """Networks cut along the tiers."""

    stake = "Services that talk to each other without anything in the files saying so no longer meet."

    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        return design.networks.strategy != KEEP

    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        return design if self.taken(design, findings, project) else cut(project, design)

    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        return cut(project, design, KEEP) if segmentation.is_flat(project) else design


class _Sockets(Remedy):
    """A socket proxy."""

    stake = "A call to the engine that is not on the proxy's list is refused."

    def taken(self, design: Design, findings: Sequence[Finding], project: Project) -> bool:
        return any(one.how == sockets.PROXY for one in design.sockets if one.service == findings[0].service)

    def take(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        stuck = obstacle(project, project.services[findings[0].service or ""], design.target.kind == "stack")
        return design if stuck else self._with(design, findings, project, sockets.PROXY)

    def leave(self, design: Design, findings: Sequence[Finding], project: Project) -> Design:
        return self._with(design, findings, project, sockets.KEEP)

    def _with(self, design: Design, findings: Sequence[Finding], project: Project, how: str) -> Design:
        def changed(one: SocketUse) -> SocketUse:
            return decided(one, how, design, project) if one.service == findings[0].service and one.how != how else one

        return replace(design, sockets=tuple(map(changed, design.sockets)))


REMEDIES: Mapping[str, Remedy] = {"published": _Ports(), "secrets": _Secrets(), "networks": _Networks(), "privileges": Rights(), "sockets": _Sockets()}
"""By section of the design."""
