"""The files that hold the secrets which left the environment, below ``secrets/``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from batten.errors import BattenError
from batten.hardening import Hardening
from batten.knowledge.images import image_facts
from batten.model import Action, Change, GeneratedFile
from batten.plan.secrets import secret_value

EVERYONE, OWNER = 0o444, 0o400
"""Modes of a file. A container's user is any user, so its mount must be readable; the folder around it keeps the host's users out."""


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """One file for each secret that the changes bring in: the value as it is, without a newline behind it."""
    ours = (change for change in hardening.changes if change.decision.startswith("secrets.") and change.action == Action.SET)
    brought = {str(change.path[1]): change for change in ours if change.path[0] == "secrets" and len(change.path) == 2}
    for name, change in brought.items():
        yield _file(hardening, name, change)


def _file(hardening: Hardening, name: str, change: Change) -> GeneratedFile:
    credential = secret_value(hardening.before, name, hardening.design)
    if credential is None or not credential.value:
        raise BattenError(f"the value of the secret '{name}' is not in the project.", hint="Set it where the project reads it, then try again.")
    path = posixpath.normpath(change.value["file"])
    return GeneratedFile(path, credential.value.reveal().encode(), _mode(hardening, name), sensitive=True, purpose=f"the value of the secret {name}")


def _mode(hardening: Hardening, name: str) -> int:
    """Readable by every user of a container, unless every image that mounts it insists on a file that only its owner can read."""
    users = [service for service in hardening.after.services.values() if any(use.source == name for use in service.secrets)]
    facts = [image_facts(service.image) for service in users]
    insisting = [found is not None and found.reader.startswith("owner only") for found in facts]
    return OWNER if insisting and all(insisting) else EVERYONE
