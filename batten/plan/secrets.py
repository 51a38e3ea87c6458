"""Changes that move credentials from the environment into files that the image reads itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from batten.design import Design
from batten.design.sections.secrets import FILE, MOVED, SHIM, SecretDecision
from batten.inference.credentials import Credential, find_credentials
from batten.knowledge.images import FileForm, image_facts
from batten.model import Action, Change, Project, Risk
from batten.plan import shims


def changes(project: Project, design: Design) -> Iterator[Change]:
    """For each credential that leaves the environment: the secret, its mount, and what lets the program find it.

    Raises:
        DesignError: a start script is wanted where it is not known what the service starts.
    """
    found = {(one.service, one.variable): one for one in find_credentials(project)}
    yield from shims.changes(
        project, [(one, found[one.service, one.variable]) for one in design.secrets if one.how == SHIM and (one.service, one.variable) in found]
    )
    for decision in design.secrets:
        credential = found.get((decision.service, decision.variable))
        if decision.how == FILE and credential is not None and credential.form is not None and credential.value:
            yield from _move(project, decision, credential, credential.form)


def secret_value(project: Project, secret: str, design: Design) -> Credential | None:
    """The credential whose value the file of ``secret`` is to hold."""
    wanted = {(one.service, one.variable) for one in design.secrets if one.secret == secret and one.how in MOVED}
    return next((one for one in find_credentials(project) if (one.service, one.variable) in wanted), None)


def _move(project: Project, decision: SecretDecision, credential: Credential, form: FileForm) -> Iterator[Change]:
    service, variable, secret, _, reason = decision
    name = f"secrets.{service}.{variable}"
    facts = image_facts(project.services[service].image)
    owned = facts is not None and facts.owner_only
    why = f"{variable} is visible to everyone who may inspect the container; {reason}.{_owner(project, service, secret) if owned else ''}"
    risk = Risk.CHECK if owned else Risk.SAFE

    def change(suffix: str, path: tuple[str | int, ...], action: Action, value: object = None, comment: str = "") -> Change:
        return Change(f"{name}.{suffix}", path, action, value, comment, why, risk, name)

    if secret not in project.secrets:
        yield change("file", ("secrets", secret), Action.SET, {"file": f"./secrets/{secret}"})
    target = form.target.format(name=secret)
    if not any((use.source, use.target) == (secret, target) for use in project.services[service].secrets):
        yield change("mount", ("services", service, "secrets"), Action.APPEND, {"source": secret, "target": target})
    if form.variable:
        yield change("variable", ("services", service, "environment", form.variable), Action.SET, form.value.format(name=secret))
    if form.variable != variable:
        yield change("remove", ("services", service, "environment", variable), Action.REMOVE)


def _owner(project: Project, service: str, secret: str) -> str:
    """What has to be done for an image that takes no file which others may read: Compose mounts it as it lies on the host, with its owner."""
    facts = image_facts(project.services[service].image)
    uid = re.search(r"uid (\d+)", facts.reader) if facts is not None else None
    user = uid[1] if uid else "USER"
    return f" It takes only a file that nobody but user {user} of its container can read: if that is not you, 'chown {user} secrets/{secret}' before the start."
