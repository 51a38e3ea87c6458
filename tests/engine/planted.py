"""Faults that are planted into the demo's design, or into its files when they are applied: each breaks one thing, and one Change is to blame."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from batten.design import Design
from batten.design.sections.networks import Networks, PlannedNetwork
from tests.engine.dockerd import compose_program


@dataclass(frozen=True)
class Fault:
    """One of them."""

    plant: Callable[[Design], Design]
    change: str
    """The Change that is to be named."""
    line: str
    """What the quoted line holds, a regular expression; empty where no line has to say it."""
    meddle: str = ""
    """A shell command that somebody runs in the project's folder between writing and bringing up."""
    service: str = ""
    """Whose rights or secrets it is about; empty where it is about networks, and so about everybody."""

    def design(self, proposed: Design, *, whole: bool) -> Design:
        """The proposed design with the fault in it; where it need not be whole, without what restarts services that it is not about."""
        design = self.plant(proposed)
        if whole or not self.service:
            return design
        secrets = tuple(one for one in design.secrets if one.service == self.service)
        return replace(design, networks=Networks(), published=(), secrets=secrets, privileges={self.service: design.privileges[self.service]})


def _network(name: str, **changed: Any) -> Callable[[Design], Design]:
    def plant(design: Design) -> Design:
        nets: dict[str, PlannedNetwork] = {**design.networks.networks, name: replace(design.networks.networks[name], **changed)}
        return replace(design, networks=replace(design.networks, networks=nets))

    return plant


def _rights(service: str, **changed: Any) -> Callable[[Design], Design]:
    return lambda design: replace(design, privileges={**design.privileges, service: design.privileges[service]._replace(**changed)})


FAULTS: Final = {
    "a needed network is missing": Fault(_network("data-db", services=("worker", "db")), "networks.api", "Name or service not known|name resolution"),
    "a capability too few": Fault(
        _rights("proxy", add=("CHOWN", "SETGID", "DAC_OVERRIDE")),
        "privileges.proxy.ALL",
        re.escape("setuid(101) failed (1: Operation not permitted)"),
        service="proxy",
    ),
    "a read-only path": Fault(
        _rights("proxy", read_only=True), "privileges.proxy.read-only", "/etc/nginx/conf.d/default.conf: Read-only file system", service="proxy"
    ),
    "a secret with a wrong mode": Fault(
        lambda design: design,
        "secrets.api.DB_PASSWORD.mount",
        "Permission denied: '/run/secrets/db_password'",
        "chmod 0400 secrets/db_password",
        service="api",
    ),
    "a wrong internal flag": Fault(_network("worker-outside", internal=True), "networks.worker-outside", ""),
}


def meddling(folder: Path, command: str) -> Path:
    """A folder with a ``docker-compose`` that runs a command before it brings anything up."""
    folder.mkdir()
    program = folder / "docker-compose"
    real = shlex.quote(compose_program() or "docker-compose")
    program.write_text(f'#!/bin/sh\nfor word; do [ "$word" = up ] && {{ {command}; }}; done\nexec {real} "$@"\n')
    program.chmod(0o755)
    return folder
