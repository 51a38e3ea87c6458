"""The step that decides how each credential reaches its service."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from batten.design import Design
from batten.design.sections.secrets import FILE, KEEP, SHIM, SecretDecision, movable
from batten.inference.credentials import Credential, find_credentials
from batten.inference.shimming import shim_obstacles
from batten.model import Evidence, EvidenceKind, Project
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

_KEEP = Choice(KEEP, "leave it where it is", "whoever may inspect the container reads it")
_SHIM = Choice(SHIM, "from a file, through a start script", "it is in the environment of the program, but no longer in 'docker inspect' or in the files")


class Secrets(Step):
    """Which credentials move into files."""

    name = "secrets"
    title = "Secrets"
    aside = "No credential was found in the files."
    why = (
        "A password in the environment is shown to everyone who may inspect the container, and every program in it inherits it. As a file below "
        "/run/secrets (a Docker secret) only the service that needs it sees it. batten moves what the image is known to read from a file. What only "
        "comes from the environment, a small start script can read from the file and hand to the program, where it is known what the service starts: "
        "from its own entrypoint and command, its Dockerfile, or what batten knows of the image."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each credential; those that cannot move have one answer only, and say why."""
        return list(self._each(session))

    def _each(self, session: Session) -> Iterator[Question]:
        credentials = find_credentials(session.project)
        found = {(one.service, one.variable): one for one in credentials}
        shims = shim_obstacles(session.project, credentials)
        for decision in session.design.secrets:
            credential = found.get((decision.service, decision.variable))
            if credential is not None:
                yield self._question(decision, credential, not shims[decision.service, decision.variable])

    def _question(self, decision: SecretDecision, credential: Credential, shim: bool) -> Question:
        service, variable = decision.service, decision.variable
        where = Evidence(EvidenceKind.CONFIGURED, credential.origin.primary, variable)
        return Question(
            id=_id(decision),
            subject=f"{service} {variable}",
            prompt=f"How shall {variable} reach {service}?",
            why=decision.reason,
            choices=(*([_file(decision, credential)] if movable(credential) else []), *([_SHIM] if shim else []), _KEEP),
            default=decision.how,
            evidence=(where,),
        )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that credential delivered so."""
        reasons = {FILE: "moved by your decision", SHIM: "handed over by a start script, by your decision", KEEP: "left by your decision"}
        how = one_of(value)
        changed = tuple(one._replace(how=how, reason=reasons[how]) if _id(one) == id and one.how != how else one for one in design.secrets)
        return replace(design, secrets=changed)


def _file(decision: SecretDecision, credential: Credential) -> Choice:
    form = credential.form
    path = form.target.format(name=decision.secret) if form is not None else ""
    return Choice(
        FILE, "from a file", f"{path}, which {form.variable} names" if form is not None and form.variable else f"{path}, where the image looks for it"
    )


def _id(decision: SecretDecision) -> str:
    return f"secrets.{decision.service}.{decision.variable}"
