"""Evidence in configuration files that are mounted into a service."""

from __future__ import annotations

from batten.inference import hosts
from batten.inference.collected import Collected
from batten.inference.mounted import MountedFile, mounted_files
from batten.model import EvidenceKind, Service


def collect(found: Collected) -> None:
    """Add what the mounted files of every service name."""
    for service in found.scene.project.services.values():
        for file in mounted_files(found.scene.project, service):
            add_mentions(found, service, file)


def add_mentions(found: Collected, service: Service, file: MountedFile) -> None:
    """Add the services that a configuration file of ``service`` names as hosts."""
    for mention in hosts.in_config(file.text):
        for target in found.scene.resolve(mention.host):
            found.add(service.name, target, EvidenceKind.CONFIGURED, file.span(mention.start, mention.start + len(mention.host)), file.shown)
