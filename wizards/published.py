"""The step that says at which addresses published ports are to be reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from batten.design import Design
from batten.design.sections.published import LOOPBACK, Publication
from batten.errors import DesignError
from batten.model import Project
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

ALL = "all"
"""The answer for every address of the host, which the design writes as an empty one."""

_EVERYBODY = Choice(ALL, "everybody who reaches this host", "every address of the host, also past most host firewalls")
_HOST = Choice(LOOPBACK, "this host alone", f"bound to {LOOPBACK}; from elsewhere through an SSH tunnel")


class Published(Step):
    """Who reaches each published port."""

    name = "published"
    title = "Ports"
    aside = "No port is published: nothing is reached from outside."
    why = (
        "A published port is a door to the outside. Without an address it is open at every address of the host, and Docker opens it in front of most "
        "host firewalls. Services in other containers need no published port: they meet on networks."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each published port; entries of the design whose port is gone are passed over."""
        there = {(name, port.target, port.protocol, port.published) for name, service in session.project.services.items() for port in service.ports}
        return [self._question(id, one) for id, one in _with_ids(session.design) if (one.service, one.target, one.protocol, one.published) in there]

    def _question(self, id: str, one: Publication) -> Question:
        other = () if one.address in ("", LOOPBACK) else (Choice(one.address, f"whoever reaches {one.address}", "bound to that address"),)
        port = f"{one.published or 'some port'} (port {one.target}/{one.protocol} inside)"
        return Question(
            id=id,
            subject=f"{one.service} {one.published or one.target}",
            prompt=f"Who is to reach {one.service} at {port}?",
            why=one.reason,
            choices=(_HOST, _EVERYBODY, *other),
            default=one.address or ALL,
            free="another address of this host",
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that port bound to that address; raises DesignError for what is no address."""
        address = _address(one_of(value))
        changed = tuple(_bound(one, address) if key == id else one for key, one in _with_ids(design))
        return replace(design, published=changed)


def _address(value: str) -> str:
    if value == ALL:
        return ""
    try:
        return str(ip_address(value.strip()))
    except ValueError:
        raise DesignError(f"'{value}' is not an address of the host.", hint=f"Write {ALL}, {LOOPBACK} or another IP address.") from None


def _bound(one: Publication, address: str) -> Publication:
    return one if one.address == address else one._replace(address=address, reason="decided by you")


def _with_ids(design: Design) -> Iterator[tuple[str, Publication]]:
    """Each port with an id that no other one has."""
    seen: dict[str, int] = {}
    for one in design.published:
        id = f"published.{one.service}.{one.published or one.target}/{one.protocol}"
        seen[id] = seen.get(id, 0) + 1
        yield (id if seen[id] == 1 else f"{id}.{seen[id]}"), one
