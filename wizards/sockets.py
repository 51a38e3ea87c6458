"""The step that decides who keeps the engine's socket and who asks a proxy instead, and what each proxy lets through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from batten.design import Design
from batten.design.sections.sockets import BY_HAND, KEEP, PROXY, SocketUse, check_endpoint, proxied
from batten.design.socket_needs import doubt, obstacle, place_of_endpoint
from batten.knowledge.sockets import ALWAYS, Call, calls, powers_of
from batten.model import Evidence, EvidenceKind, Project, Service
from batten.review.sockets import socket_mounts
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

_KEEP = Choice(KEEP, "it keeps the socket", "root on this host for whoever breaks into it; :ro does not change that")
_BETWEEN = "; "
"""What stands between several ways of telling a service."""


class Sockets(Step):
    """Who talks to the engine, and how."""

    name = "sockets"
    title = "Socket"
    aside = "No service has the engine's socket. How others reach the Docker API (ssh, TLS) belongs to the host: ctrl+o, then h."
    why = (
        "Whoever has the engine's socket is root on this host, also where it is mounted read-only. A proxy has the socket instead of the service and lets "
        "only those calls through that the service makes. Programs that manage containers need so much that a proxy protects little: keep them away from "
        "the others, or run the engine rootless, so that the socket is worth an account and not the host. How other machines reach the engine, by ssh or by "
        "TLS, is decided for the host and not for a project."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each service with the socket; of those that ask a proxy also what it lets through and how they are told."""
        return [question for use in session.design.sockets for question in self._about(use, session)]

    def _about(self, use: SocketUse, session: Session) -> Iterator[Question]:
        service = session.project.services.get(use.service)
        if service is None:
            return
        yield self._how(use, service, session)
        if use.how == PROXY:
            yield self._calls(use)
            yield self._endpoint(use, service)

    def _how(self, use: SocketUse, service: Service, session: Session) -> Question:
        stuck = use.how == KEEP and obstacle(session.project, service, session.design.target.kind == "stack")
        places = [session.project.origin(mount.path).primary for mount in socket_mounts(session.project, service)]
        return Question(
            id=f"{self.name}.{use.service}",
            subject=use.service,
            prompt=f"How does {use.service} talk to the engine?",
            why=use.reason,
            choices=(_KEEP,) if stuck else (_through_a_proxy(service), _KEEP),
            default=use.how,
            evidence=tuple(Evidence(EvidenceKind.CONFIGURED, place, "the socket") for place in places),
        )

    def _calls(self, use: SocketUse) -> Question:
        powers = powers_of(use.calls)
        return Question(
            id=f"{self.name}.{use.service}.calls",
            subject=use.service,
            prompt=f"Which calls may {use.service} make?",
            why=f"This amounts to more than it seems: {_BETWEEN.join(powers)}." if powers else "All others get the answer 403.",
            choices=tuple(Choice(call.name, call.does, _warning(call)) for call in calls().values() if call.name != ALWAYS),
            default=tuple(name for name in use.calls if name != ALWAYS),
            several=True,
        )

    def _endpoint(self, use: SocketUse, service: Service) -> Question:
        place = place_of_endpoint(service)
        told = _BETWEEN.join(use.endpoint)
        ways = dict.fromkeys((told, "environment DOCKER_HOST={url}", BY_HAND))
        return Question(
            id=f"{self.name}.{use.service}.endpoint",
            subject=use.service,
            prompt=f"How is {use.service} told that the engine is at {use.url}?",
            why="{url} stands for that address, {name} for the proxy's host name." + (f" The image has a place for it: {place}." if place else ""),
            choices=tuple(Choice(way, way, "you change its configuration; until then it finds no engine" if way == BY_HAND else "") for way in ways),
            default=told,
            free="environment NAME={url} or argument --NAME={url}",
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that decided about the service's socket; raises DesignError for a way of telling that is none."""
        changed = tuple(self._answered(use, design, id, value, project) for use in design.sockets)
        return replace(design, sockets=changed)

    def _answered(self, use: SocketUse, design: Design, id: str, value: Answer, project: Project) -> SocketUse:
        asked = f"{self.name}.{use.service}"
        if id == asked and value != use.how:
            return decided(use, one_of(value), design, project)
        if id == f"{asked}.calls" and use.how == PROXY:
            return _letting(use, [value] if isinstance(value, str) else value)
        if id == f"{asked}.endpoint" and use.how == PROXY and one_of(value) != _BETWEEN.join(use.endpoint):
            ways = tuple(one_of(value).split(_BETWEEN))
            check_endpoint(ways)
            return use._replace(endpoint=ways, reason="decided by you")
        return use


def decided(use: SocketUse, how: str, design: Design, project: Project) -> SocketUse:
    """What becomes of a socket after the decision for a proxy or against one."""
    if how == KEEP:
        return SocketUse(use.service, KEEP, reason="kept by your decision")
    taken = {*project.services, *project.networks, *project.configs, *design.networks.networks, *(one.proxy for one in design.sockets)}
    return proxied(project, project.services[use.service], design.target, taken)


def _letting(use: SocketUse, wanted: Sequence[str]) -> SocketUse:
    """A proxy that lets these calls through, in the order of the list of calls."""
    names = tuple(name for name in calls() if name == ALWAYS or name in wanted)
    return use if set(names) == {ALWAYS, *use.calls} else use._replace(calls=names, reason="decided by you")


def _through_a_proxy(service: Service) -> Choice:
    return Choice(PROXY, "through a proxy of its own", doubt(service) or "what it is known to ask passes, everything else is refused")


def _warning(call: Call) -> str:
    said = f"gives: {call.power}" if call.power else f"shows {call.shows}" if call.shows else ""
    return f"{said}; {call.limit}" if call.limit else said
