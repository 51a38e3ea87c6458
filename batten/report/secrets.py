"""What becomes of a project's credentials, in words: how many go which way, and which of them are known to others and have to be changed."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import assets
from batten.design.sections.secrets import FILE, KEEP, SHIM, SecretDecision
from batten.hardening import Hardening
from batten.inference.credentials import Credential, find_credentials
from batten.knowledge.images import image_facts
from batten.model import Span
from batten.review.disk import kept_by_git

_WAYS = {FILE: "read from a file by the image", SHIM: "read from a file by a start script", KEEP: "kept"}
_DEFAULT = "Write the new value into the file, then start the services that use it again. If the application keeps it in its own data, change it there first."


class Exposed(NamedTuple):
    """A secret whose value stood in a file until now."""

    secret: str
    users: tuple[str, ...]
    """``SERVICE VARIABLE`` each."""
    places: tuple[str, ...]
    """``FILE:LINE`` each, as a reader wants to see them."""
    tracked: tuple[str, ...]
    """Those of the files that git keeps."""
    steps: tuple[str, ...]
    """What to do, for each kind of image that uses it."""


def ways(hardening: Hardening) -> str:
    """How many credentials go which way; empty where the project has none. What was not accepted or not written counts as kept."""
    counts = Counter(way for _, _, way in _decided(hardening))
    said = [f"{count} {_WAYS[way]}" for way in _WAYS if (count := counts[way])]
    return f"Credentials: {', '.join(said)}." if said else ""


def to_rotate(hardening: Hardening) -> tuple[Exposed, ...]:
    """What was moved out of files, in the order of the design: whoever has read them, or their history, knows it."""
    moved: dict[str, list[Credential]] = {}
    for decision, credential, way in _decided(hardening):
        if way != KEEP:
            moved.setdefault(decision.secret, []).append(credential)
    return tuple(_exposed(hardening, secret, found) for secret, found in moved.items())


def _decided(hardening: Hardening) -> Iterator[tuple[SecretDecision, Credential, str]]:
    """Every credential of the project with its decision and what really becomes of it."""
    found = {(one.service, one.variable): one for one in find_credentials(hardening.before)}
    done = {change.decision for change in hardening.changes}
    for one in hardening.design.secrets:
        credential = found.get((one.service, one.variable))
        if credential is not None:
            decision = f"secrets.{one.service}.{'shim' if one.how == SHIM else one.variable}"
            yield one, credential, one.how if decision in done else KEEP


def _exposed(hardening: Hardening, secret: str, found: list[Credential]) -> Exposed:
    places = list(dict.fromkeys(span for one in found for span in (one.origin.primary, *one.origin.related)))
    files = dict.fromkeys(span.file for span in places)
    steps = dict.fromkeys(_steps(hardening, one) for one in found)
    return Exposed(
        secret,
        tuple(f"{one.service} {one.variable}" for one in found),
        tuple(dict.fromkeys(_place(hardening, span) for span in places)),
        tuple(hardening.before.shown(file) for file in files if kept_by_git(file)),
        tuple(steps),
    )


def _place(hardening: Hardening, span: Span) -> str:
    return f"{hardening.before.shown(span.file)}:{span.line}"


def _steps(hardening: Hardening, credential: Credential) -> str:
    facts = image_facts(hardening.before.services[credential.service].image)
    text = next((known for known in (_rows().get(facts.id), _rows().get(facts.role)) if known), _DEFAULT) if facts is not None else _DEFAULT
    return text.replace("SERVICE", shlex.quote(credential.service))


@cache
def _rows() -> dict[str, str]:
    return {image: row["steps"] for row in assets.load_yaml("rotations.yaml") for image in row["images"]}
