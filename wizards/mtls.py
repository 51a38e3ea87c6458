"""The step that asks which connections are to speak mutual TLS; none, unless the user wants some."""

from __future__ import annotations

from dataclasses import replace

from batten.design import Design
from batten.design.sections.mtls import Link
from batten.design.sidecar_obstacles import check, link_of
from batten.model import Connection, Project, Zone
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step

CONNECTIONS = "mtls.connections"
_TOLD = 3
"""How many connections that cannot have it are named with their reason."""


class MutualTlsStep(Step):
    """Which connections go through a pair of sidecars."""

    name = "mtls"
    title = "TLS"
    aside = "No two services talk by a port that is known, so there is nothing to encrypt."
    why = (
        "Services of one network talk in plain text, and whoever gets onto that network can call them. A pair of sidecars changes that for the connections "
        "that you choose: both sides prove by a certificate who they are, and nobody else gets to the service's port. It costs two containers and two "
        "hops for a connection, and certificates that have to be renewed. Most projects need none; passwords that cross a swarm are a reason."
    )

    def applies(self, session: Session) -> bool:
        """Whether one connection at least can have it: the first that can is enough to know."""
        return bool(session.design.mtls.links) or any(isinstance(link_of(session.project, one), Link) for one in _between_services(session.design))

    def questions(self, session: Session) -> list[Question]:
        """One for all connections that can have it; none where there is none."""
        design, project = session.design, session.project
        found = {(one.source, one.target): link_of(project, one) for one in _between_services(design)}
        possible = {pair: link for pair, link in found.items() if isinstance(link, Link)}
        possible.update({link[:2]: link for link in design.mtls.links})
        if not possible:
            return []
        reasons = [f"{source} → {target}: {reason}" for (source, target), reason in found.items() if isinstance(reason, str)]
        return [
            Question(
                id=CONNECTIONS,
                subject="connections",
                prompt="Which of these shall speak mutual TLS?",
                why=_why(reasons),
                choices=tuple(Choice(_value(link), f"{link.source} → {link.target}", _hint(link)) for link in possible.values()),
                default=tuple(_value(link) for link in design.mtls.links),
                several=True,
            )
        ]

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with those connections through sidecars; raises DesignError where one of them cannot."""
        wanted = {value} if isinstance(value, str) else set(value)
        held = {_value(link): link for link in design.mtls.links}
        offered = {_value(link): link for one in _between_services(design) if isinstance(link := link_of(project, one), Link)}
        if wanted == held.keys():
            return design
        links = tuple(link for key, link in {**offered, **held}.items() if key in wanted)
        changed = replace(design, mtls=replace(design.mtls, links=links))
        check(project, changed)
        return changed


def _between_services(design: Design) -> list[Connection]:
    return [one for one in design.connections if one.target != Zone.INTERNET and one.source != one.target]


def _value(link: Link) -> str:
    return f"{link.source}->{link.target}"


def _hint(link: Link) -> str:
    return f"port {', '.join(map(str, link.ports))}"


def _why(reasons: list[str]) -> str:
    text = "None is needed for the project to work."
    if reasons:
        more = f" and {len(reasons) - _TOLD} more" if len(reasons) > _TOLD else ""
        text += f" It is not possible for {'; '.join(reasons[:_TOLD])}{more}."
    return text
