"""``create-secrets.sh`` and ``rotate-secret.sh``: the secrets of a stack in a swarm, from files or a prompt, and never from arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from batten.hardening import Hardening
from batten.model import GeneratedFile
from generators import docker_objects, stack
from generators.host_rendering import PROGRAM, text_of

SCRIPTS = {
    "create-secrets.sh": "makes the stack's secrets in the swarm, from files or a prompt",
    "rotate-secret.sh": "gives one of them a new value, and back",
}
_VERSIONED = re.compile(r"(?P<prefix>.+)_v[0-9]+\Z")


class SwarmSecret(NamedTuple):
    """One secret of the stack."""

    key: str
    """What the scripts call it: its key in the project."""
    prefix: str
    """Its name in the swarm without the version."""
    file: str
    """The file that holds its value, relative to the scripts; empty where the project has none."""


def files(hardening: Hardening) -> Iterator[GeneratedFile]:
    """Both scripts, where a stack file with secrets of its own is written."""
    secrets = versioned(hardening)
    if secrets:
        for name, purpose in SCRIPTS.items():
            text = text_of(f"swarm/{name}.j2", project=hardening.after.name, secrets=secrets, stack=stack.NAME)
            yield GeneratedFile(name, text.encode(), PROGRAM, purpose=purpose)


def versioned(hardening: Hardening) -> list[SwarmSecret]:
    """The secrets of the stack file whose names carry a version; none where no stack file is written."""
    if hardening.stack is None:
        return []
    names = {str(entry["name"]): key for key, entry in hardening.stack.model.get("secrets", {}).items() if "name" in entry}
    found = []
    for one in docker_objects.kept(hardening, "secrets"):
        match = _VERSIONED.match(one.name)
        if match is not None and one.name in names:
            found.append(SwarmSecret(names[one.name], match["prefix"], one.file))
    return found
