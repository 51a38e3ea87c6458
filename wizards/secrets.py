"""The step that decides how each credential reaches its service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batten.design import Design
from batten.design.sections.secrets import FILE, KEEP, SecretDecision
from batten.inference.credentials import Credential, find_credentials
from batten.model import Evidence, EvidenceKind, Project
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

_KEEP = Choice(KEEP, "leave it where it is", "whoever may inspect the container reads it")


class Secrets(Step):
    """Which credentials move into files."""

    name = "secrets"
    title = "Secrets"
    why = (
        "A password in the environment is shown to everyone who may inspect the container, and every program in it inherits it. As a file below "
        "/run/secrets (a Docker secret) only the service that needs it sees it. batten moves what the image is known to read from a file."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each credential; those that cannot move have one answer only, and say why."""
        return list(self._each(session))

    def _each(self, session: Session) -> Iterator[Question]:
        found = {(one.service, one.variable): one for one in find_credentials(session.project)}
        for decision in session.design.secrets:
            credential = found.get((decision.service, decision.variable))
            if credential is not None:
                yield self._question(decision, credential)

    def _question(self, decision: SecretDecision, credential: Credential) -> Question:
        service, variable = decision.service, decision.variable
        where = Evidence(EvidenceKind.CONFIGURED, credential.origin.primary, variable)
        return Question(
            id=_id(decision),
            subject=f"{service} {variable}",
            prompt=f"How shall {variable} reach {service}?",
            why=decision.reason,
            choices=(_file(decision, credential), _KEEP) if is_movable(credential) else (_KEEP,),
            default=decision.how,
            evidence=(where,),
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that credential delivered so."""
        reasons = {FILE: "moved by your decision", KEEP: "left by your decision"}
        how = one_of(value)
        changed = tuple(one._replace(how=how, reason=reasons[how]) if _id(one) == id and one.how != how else one for one in design.secrets)
        return replace(design, secrets=changed)


def is_movable(credential: Credential) -> bool:
    """Whether the image can take it from a file, and there is something to move."""
    return credential.form is not None and not credential.obstacle and bool(credential.value)


def _file(decision: SecretDecision, credential: Credential) -> Choice:
    named = credential.form.variable if credential.form else ""
    return Choice(FILE, "from a file", f"/run/secrets/{decision.secret}, which {named} names")


def _id(decision: SecretDecision) -> str:
    return f"secrets.{decision.service}.{decision.variable}"
