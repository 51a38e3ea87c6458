"""The step that takes from each service's processes what few programs need."""

from __future__ import annotations

from dataclasses import replace

from batten.design import Design
from batten.design.sections.privileges import NET_RAW, Privilege
from batten.model import Project, Service
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

BOTH, RAW, RESTRICT, NOTHING, DESIGNED = "both", "net-raw", "no-new-privileges", "nothing", "designed"

_FORMS = {
    BOTH: ((NET_RAW,), True),
    RAW: ((NET_RAW,), False),
    RESTRICT: ((), True),
    NOTHING: ((), False),
}
_CHOICES = (
    Choice(BOTH, "raw packets and new privileges", "what most services never use (cap_drop: NET_RAW, no-new-privileges)"),
    Choice(RAW, "raw packets only", "no forged packets towards its neighbours (cap_drop: NET_RAW); some ping programs stop"),
    Choice(RESTRICT, "new privileges only", "no process gains rights by sudo or a set-user-ID program (no-new-privileges)"),
    Choice(NOTHING, "nothing", "it keeps all that Docker gives"),
)


class Privileges(Step):
    """What each service may no longer do."""

    name = "privileges"
    title = "Rights"
    why = (
        "Docker gives every container rights that few programs use. What is taken from a service an intruder in it does not have either. "
        "Where the image is not known to work without them, try the service once after the change."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each service that is not privileged altogether."""
        return [self._question(service, session.design) for service in session.project.services.values() if not service.privileged]

    def _question(self, service: Service, design: Design) -> Question:
        privilege = design.privileges.get(service.name, Privilege())
        current = _answer_of(privilege)
        own = (Choice(DESIGNED, "what the design file says", ", ".join(privilege.drop)),) if current == DESIGNED else ()
        return Question(
            id=f"{self.name}.{service.name}",
            subject=service.name,
            prompt=f"What is taken from {service.name}?",
            why=privilege.reason or "it keeps what Docker gives",
            choices=(*_CHOICES, *own),
            default=current,
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that taken from the service."""
        name, wanted = id.removeprefix(f"{self.name}."), one_of(value)
        before = design.privileges.get(name, Privilege())
        if wanted in (DESIGNED, _answer_of(before)):
            return design
        drop, restrict = _FORMS[wanted]
        known = before.known and set(drop) <= set(before.drop) and restrict <= before.no_new_privileges
        after = Privilege(drop, restrict, known, before.reason if known else "decided by you")
        return replace(design, privileges={**design.privileges, name: after})


def _answer_of(privilege: Privilege) -> str:
    held = (privilege.drop, privilege.no_new_privileges)
    return next((answer for answer, form in _FORMS.items() if form == held), DESIGNED)
