"""The step that puts every service into a tier."""

from __future__ import annotations

from collections.abc import Mapping

from batten.design import Design
from batten.design.sections.tiers import Placement
from batten.model import Project, Tier
from batten.session import Session
from wizards.cutting import placed
from wizards.questions import Answer, Choice, Question, Step, one_of

MEANINGS: Mapping[Tier, str] = {
    Tier.EDGE: "the front door: visitors reach it from outside",
    Tier.APP: "does the work behind the front door",
    Tier.DATA: "keeps what must not be lost or read: databases, caches, queues",
    Tier.OPS: "for those who run the project: dashboards, monitoring, admin consoles",
    Tier.JOB: "runs once or by the clock: migrations, backups",
}
"""What each tier is, in a phrase."""

DECIDED = "decided by you"
"""The reason of a place that the user chose."""

_CHOICES = tuple(Choice(str(tier), str(tier), meaning) for tier, meaning in MEANINGS.items())


class Tiers(Step):
    """Which tier each service belongs to."""

    name = "tiers"
    title = "Tiers"
    why = (
        "A tier says what a service is there for. Networks are cut between tiers, so that whoever breaks into the front door does not stand in the "
        "database's room. Ports of data and ops services are for this host alone. Changing a tier cuts the networks anew."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each service."""
        return [self._question(name, session) for name in session.project.services]

    def _question(self, service: str, session: Session) -> Question:
        placement = session.design.tiers.get(service, Placement(Tier.APP, "nothing is known of it"))
        image = session.project.services[service].image or "built here"
        return Question(
            id=f"{self.name}.{service}",
            subject=service,
            prompt=f"What is {service} ({image}) there for?",
            why=placement.reason,
            choices=_CHOICES,
            default=str(placement.tier),
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with the service in that tier, and with what follows from it."""
        service = id.removeprefix(f"{self.name}.")
        chosen = Placement(Tier(one_of(value)), DECIDED)
        held = design.tiers.get(service)
        if held is not None and held.tier == chosen.tier:
            return design
        return placed(project, design, {**design.tiers, service: chosen})
