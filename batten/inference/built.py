"""Evidence in build contexts: what the Dockerfile sets and starts, and the configuration files that it puts into the image."""

from __future__ import annotations

import re

from batten.compose.dockerfile import Command, Dockerfile, read_dockerfile
from batten.inference import configured, hosts
from batten.inference.collected import Collected
from batten.inference.contexts import ContextFiles
from batten.inference.named import named_in_variable
from batten.model import EvidenceKind, Service

_LONGEST = 64 * 1024
"""How much of a command is looked at."""


def collect(found: Collected) -> None:
    """Add what the build context of every service names. Files are opened: not for a mere review."""
    files = ContextFiles(found.scene.project)
    names = _any_of(found)
    for service in found.scene.project.services.values():
        if service.build_context and not found.scene.passive(service.name):
            dockerfile = read_dockerfile(found.scene.project, service)
            if dockerfile is not None:
                _said(found, service, dockerfile)
            for file in files.of(service, dockerfile):
                if names.search(file.text):
                    configured.add_mentions(found, service, file)


def _any_of(found: Collected) -> re.Pattern[str]:
    """A quick look for any of the names, before the closer one."""
    return re.compile("|".join(re.escape(name) for name in sorted(found.scene.names)) or r"(?!)", re.IGNORECASE)


def _said(found: Collected, service: Service, dockerfile: Dockerfile) -> None:
    """What the image's own environment and commands name, unless the service replaces them."""
    for variable in dockerfile.final.environment.values():
        if variable.name not in service.environment:
            for target in named_in_variable(found.scene, service, variable):
                found.add(service.name, target, EvidenceKind.CONFIGURED, variable.origin.primary, f"{variable.name} in the Dockerfile")
    if not service.entrypoint:
        _command(found, service, dockerfile.final.entrypoint, "ENTRYPOINT")
    if not service.entrypoint and not service.command:
        _command(found, service, dockerfile.final.command, "CMD")


def _command(found: Collected, service: Service, command: Command | None, name: str) -> None:
    for mention in hosts.in_command(" ".join(command.words)[:_LONGEST]) if command is not None else ():
        for target in found.scene.resolve(mention.host):
            found.add(service.name, target, EvidenceKind.CONFIGURED, command.origin if command else None, f"{name} in the Dockerfile")
