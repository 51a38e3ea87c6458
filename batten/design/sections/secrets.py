"""Secrets: every credential of the project and how it is to reach its service."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from batten.design import sharing
from batten.design.following import Remaining, remaining
from batten.design.sections.reading import only, sequence, text, wrong
from batten.inference.credentials import Credential
from batten.inference.shimming import shim_obstacles
from batten.knowledge.images import FileForm, image_facts
from batten.model import Project, SecretText, Value

__all__ = ["FILE", "KEEP", "MOVED", "SHIM", "WAYS", "Remaining", "SecretDecision", "dump", "load", "propose", "remaining"]

FILE, SHIM, KEEP = "file", "shim", "keep"
MOVED = (FILE, SHIM)
"""The ways in which a value leaves the project's files."""
WAYS = (*MOVED, KEEP)


class SecretDecision(NamedTuple):
    """What becomes of one credential."""

    service: str
    variable: str
    secret: str
    """Name of the secret: its key in the project and its file below ``secrets/``."""
    how: str
    """``file``: mounted below ``/run/secrets``, where the image reads it itself; ``shim``: mounted there, and handed to the program in its
    environment by a start script; ``keep``: left where it is."""
    reason: str


def propose(project: Project, credentials: Sequence[Credential]) -> tuple[SecretDecision, ...]:
    """Move what the image is known to read from a file; else what a start script can hand over; keep the rest, with the reason."""
    names, shims = _Names(project), shim_obstacles(project, credentials)
    ways, stuck = _ways(project, credentials, shims)
    return tuple(_decision(found, names.of(found, ways[key(found)]), ways[key(found)], stuck, shims) for found in credentials)


def key(found: Credential) -> tuple[str, str]:
    """What a decision is about: service and variable."""
    return found.service, found.variable


def movable(found: Credential) -> bool:
    """Whether the image reads it from a file, and there is something to move."""
    return found.form is not None and not found.obstacle and bool(found.value)


def _ways(
    project: Project, credentials: Sequence[Credential], shims: Mapping[tuple[str, str], str]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """How each credential goes, and why some cannot: what shares its place with others goes as they can go."""
    ways = {key(one): FILE if movable(one) else KEEP if shims[key(one)] else SHIM for one in credentials}
    stuck = sharing.obstacles(project, _going(credentials, ways))
    ways.update({one: SHIM for one in stuck if ways[one] == FILE and not shims[one]})
    stuck = sharing.obstacles(project, _going(credentials, ways))
    return {one: KEEP if one in stuck else way for one, way in ways.items()}, stuck


def _going(credentials: Sequence[Credential], ways: Mapping[tuple[str, str], str]) -> list[tuple[Credential, object]]:
    return [(one, one.form if ways[key(one)] == FILE else SHIM) for one in credentials if ways[key(one)] != KEEP]


def _decision(found: Credential, name: str, way: str, stuck: Mapping[tuple[str, str], str], shims: Mapping[tuple[str, str], str]) -> SecretDecision:
    if way == FILE and found.form is not None:
        reason = _form_reason(found.variable, found.form)
    elif way == SHIM:
        reason = SHIM_REASON
    else:
        reason = stuck.get(key(found)) or _why_kept(found, shims[key(found)])
    return SecretDecision(found.service, found.variable, name, way, reason)


SHIM_REASON = (
    "a start script reads it from a file and hands it to the program: it is then in the environment of its processes, "
    "but no longer in 'docker inspect' or in the project's files"
)


def _why_kept(found: Credential, shim: str) -> str:
    """Why neither way is open."""
    if not found.value:
        return found.obstacle or "it has no value"
    return f"{found.obstacle}; nor can a start script hand it over: {shim}" if shim else found.obstacle


def _form_reason(variable: str, form: FileForm) -> str:
    if not form.variable:
        return f"the image reads it from {form.target}"
    if form.variable == variable:
        return f"the image reads it from a file when {variable} names one"
    return f"the image reads it from the file that {form.variable} names"


class _Names:
    """One name for each value: services that share a password share the secret. A single word gets the service in front.

    A file that only its owner may read is nobody else's.
    """

    def __init__(self, project: Project) -> None:
        self.taken = set(project.secrets)
        self.images = {name: service.image for name, service in project.services.items()}
        self.by_value: dict[tuple[SecretText, bool], str] = {}

    def of(self, credential: Credential, way: str) -> str:
        found = image_facts(self.images[credential.service]) if way == FILE else None
        value = credential.value, found is not None and found.owner_only
        if value in self.by_value:
            return self.by_value[value]
        plain = re.sub(r"[^a-z0-9_]+", "_", credential.variable.lower()).strip("_") or "secret"
        named = re.sub(r"[^a-z0-9_]+", "_", credential.service.lower()).strip("_")
        candidates = [*([plain] if "_" in plain else []), f"{named}_{plain}", *(f"{named}_{plain}_{number}" for number in range(2, 1000))]
        name = next(candidate for candidate in candidates if candidate not in self.taken)
        self.taken.add(name)
        self.by_value[value] = name
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
        if decision.how not in WAYS:
            raise wrong(item, f"'{decision.how}' is not a way to deliver a secret; write 'file', 'shim' or 'keep'.")
        if not _NAME.match(decision.secret):
            raise wrong(item, f"'{decision.secret}' cannot be the name of a secret: use letters, digits, '.', '_' and '-'.")
        found.append(decision)
    return tuple(found)
