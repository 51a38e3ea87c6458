"""Secrets: every credential of the project and how it is to reach its service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from batten.design import sharing
from batten.design.following import Remaining, remaining
from batten.design.sections.reading import only, sequence, text, wrong
from batten.inference.credentials import Credential
from batten.knowledge.images import FileForm
from batten.model import Project, SecretText, Value

__all__ = ["FILE", "KEEP", "Remaining", "SecretDecision", "dump", "load", "propose", "remaining"]

FILE, KEEP = "file", "keep"


class SecretDecision(NamedTuple):
    """What becomes of one credential."""

    service: str
    variable: str
    secret: str
    """Name of the secret: its key in the project and its file below ``secrets/``."""
    how: str
    """``file``: mounted below ``/run/secrets`` and named by a variable that the image honours; ``keep``: left where it is."""
    reason: str


def propose(project: Project, credentials: Sequence[Credential]) -> tuple[SecretDecision, ...]:
    """Move what the image is known to read from a file; keep the rest, with the reason."""
    names = _Names(project)
    stuck = sharing.obstacles(project, [found for found in credentials if _movable(found)])
    return tuple(_decision(found, names.of(found), stuck.get((found.service, found.variable), "")) for found in credentials)


def _movable(found: Credential) -> bool:
    return found.form is not None and not found.obstacle and bool(found.value)


def _decision(found: Credential, name: str, stuck: str) -> SecretDecision:
    if found.form is None or not _movable(found):
        return SecretDecision(found.service, found.variable, name, KEEP, found.obstacle or "it has no value")
    if stuck:
        return SecretDecision(found.service, found.variable, name, KEEP, stuck)
    return SecretDecision(found.service, found.variable, name, FILE, _form_reason(found.variable, found.form))


def _form_reason(variable: str, form: FileForm) -> str:
    if form.variable == variable:
        return f"the image reads it from a file when {variable} names one"
    return f"the image reads it from the file that {form.variable} names"


class _Names:
    """One name for each value: services that share a password share the secret. A single word gets the service in front."""

    def __init__(self, project: Project) -> None:
        self.taken = set(project.secrets)
        self.by_value: dict[SecretText, str] = {}

    def of(self, credential: Credential) -> str:
        if credential.value in self.by_value:
            return self.by_value[credential.value]
        plain = re.sub(r"[^a-z0-9_]+", "_", credential.variable.lower()).strip("_") or "secret"
        named = re.sub(r"[^a-z0-9_]+", "_", credential.service.lower()).strip("_")
        candidates = [*([plain] if "_" in plain else []), f"{named}_{plain}", *(f"{named}_{plain}_{number}" for number in range(2, 1000))]
        name = next(candidate for candidate in candidates if candidate not in self.taken)
        self.taken.add(name)
        self.by_value[credential.value] = name
        return name


def dump(secrets: Sequence[SecretDecision]) -> list[dict[str, str]]:
    """One entry a credential; never a value."""
    return [{"service": one.service, "variable": one.variable, "secret": one.secret, "how": one.how, "reason": one.reason} for one in secrets]


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def load(value: Value) -> tuple[SecretDecision, ...]:
    """Read back what ``dump`` wrote; raises DesignError for a name that is no file name or a way that is none."""
    found = []
    for item in sequence(value, "secrets"):
        entry = dict(only(item, {"service", "variable", "secret", "how", "reason"}, "secrets"))
        decision = SecretDecision(*(text(entry.get(key), key, "" if key == "reason" else None, near=item) for key in SecretDecision._fields))
        if decision.how not in (FILE, KEEP):
            raise wrong(item, f"'{decision.how}' is not a way to deliver a secret; write 'file' or 'keep'.")
        if not _NAME.match(decision.secret):
            raise wrong(item, f"'{decision.secret}' cannot be the name of a secret: use letters, digits, '.', '_' and '-'.")
        found.append(decision)
    return tuple(found)
