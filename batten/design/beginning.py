"""A project that begins with a design: its compose file as fresh text, and the design completed from what it says of its services."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from batten.compose.discovery import NAMES
from batten.compose.emitting import emit
from batten.compose.loader import load
from batten.design import Design, file, segmentation
from batten.design.proposal import propose
from batten.design.sections import published, services
from batten.design.sections.services import NewService
from batten.design.sections.target import Target
from batten.design.sections.tiers import Placement, plain
from batten.errors import DesignError
from batten.inference.egress import egress_needs
from batten.knowledge.images import image_facts
from batten.model import Connection, Evidence, EvidenceKind, Project, Request, Tier, Zone

NAME = NAMES[0]
EXAMPLE: Mapping[str, NewService] = {
    "proxy": NewService("nginx:1.27-alpine", Tier.EDGE, ("80:80",), ("app",)),
    "app": NewService("my-app:1.0", Tier.APP, (), ("db",), {"DATABASE_HOST": "db"}, {"DATABASE_PASSWORD": "db_password"}),
    "db": NewService(
        "postgres:16-alpine", Tier.DATA, (), (), {"POSTGRES_USER": "app"}, {"POSTGRES_PASSWORD": "db_password"}, {"db-data": "/var/lib/postgresql/data"}
    ),
}
"""What an empty folder begins with: a front door, an application and its database."""
_TIERS: Mapping[Tier, str] = {
    Tier.EDGE: "the front door, which visitors reach from outside",
    Tier.APP: "does the work behind the front door",
    Tier.DATA: "keeps what must not be lost or read",
    Tier.OPS: "for those who run the project",
    Tier.JOB: "runs once or by the clock",
}
_HEAD = """\
# A project for Docker, begun from a design (batten.yaml).
# Each entry under 'services' becomes a container. A service finds another one by its name, on the networks that both are on, and nowhere else.
# Only what is under 'ports' can be reached from outside of those networks. Secrets are files below /run/secrets inside the container.
"""
_GUIDE = """\
# What batten is to make of this folder. There is no compose file here yet: batten writes one from this.
#   1. Change the example under 'services' to what you want to run.
#   2. batten harden . -o out                  a folder with a compose.yaml, secrets and a README
#      batten harden . -o out --target both    and a stack.yaml for a swarm
# All the rest (networks, rights, who may reach what) follows from the services. To decide it yourself, run 'batten harden' once:
# the batten.yaml that it writes has everything in it.
version: 1

# name -> what it is:
#   image        what is started
#   tier         edge: visitors reach it; app: works behind it; data: keeps data; ops: for those who run it; job: runs once or by the clock
#   ports        what can be reached from outside: "HOST:CONTAINER"; a service that others call on a network needs none
#   needs        services that it talks to; nobody else will reach them. 'internet' is a way out
#   environment  settings; no passwords
#   secrets      variable: name of the secret. batten makes a random value and a file; the same name is the same value
#   volumes      name: folder. What is to outlive the container
"""


def begins(folder: Path, design: Path | None = None) -> bool:
    """Whether a folder is a place to begin: no compose file in it, and either a design with services (in it, or the named one) or nothing at all.

    Hidden files do not count, but for ``.env``, which is a project's.

    Raises:
        InputError, DesignError: the design cannot be read.
    """
    if not folder.is_dir() or any((folder / name).exists() for name in NAMES) or os.environ.get("COMPOSE_FILE"):
        return False
    path = design or file.beside(folder)
    if path is not None:
        return bool(file.read(path).services)
    return all(path.name.startswith(".") and path.name != ".env" for path in folder.iterdir())


def example() -> Design:
    """The design of an empty folder."""
    return Design(services=EXAMPLE)


def guide() -> str:
    """The design of an empty folder as text that explains itself; what follows from the services is left to be worked out."""
    import yaml

    return f"{_GUIDE}{yaml.safe_dump({'services': services.dump(EXAMPLE)}, sort_keys=False, width=140)}"


def project_name(folder: Path) -> str:
    """The name of the project that begins in a folder: the folder's, as far as Compose takes it."""
    return re.sub(r"[^-_a-z0-9]", "", folder.absolute().name.lower()).lstrip("-_") or "project"


def project(folder: Path, wanted: Mapping[str, NewService], name: str | None = None) -> Project:
    """The project that these services make, as if its compose file were there; raises DesignError where there are none."""
    if not wanted:
        raise DesignError("a project needs at least one service.", hint="Name one under 'services' in batten.yaml.", file=str(folder))
    path = folder.absolute() / NAME
    text = compose_text(wanted, name or project_name(folder))
    return load(Request((path,), path.parent, environ={}, fresh=True), {str(path): text})


def compose_text(wanted: Mapping[str, NewService], name: str) -> str:
    """The compose file of these services, before anything is hardened in it."""
    model: dict[str, Any] = {"name": name, "services": {key: _service(one, set(wanted)) for key, one in wanted.items()}}
    volumes = dict.fromkeys(volume for one in wanted.values() for volume in one.volumes)
    secrets = dict.fromkeys(secret for one in wanted.values() for secret in one.secrets.values())
    model |= {"volumes": {volume: {} for volume in volumes}} if volumes else {}
    model |= {"secrets": {secret: {"file": f"./secrets/{secret}"} for secret in secrets}} if secrets else {}
    said = {("services", key): _words(one) for key, one in wanted.items()}
    said |= {("volumes", volume): "outlives its containers; 'docker compose down' keeps it" for volume in volumes}
    said |= {("secrets", secret): "the file holds the value; never put it into a repository" for secret in secrets}
    return _HEAD + "\n" + emit(model, said)


def _words(one: NewService) -> str:
    needs = [need for need in one.needs if need != Zone.INTERNET]
    lines = [f"{one.tier}: {_TIERS[one.tier]}"]
    lines += [f"talks to {', '.join(needs)}"] if needs else []
    lines += ["needs a way out to the internet"] if Zone.INTERNET in one.needs else []
    return "\n".join(lines)


def _service(one: NewService, known: set[str]) -> dict[str, Any]:
    needs = [need for need in one.needs if need in known]
    variables = {variable: _named_file(one.image, variable) for variable in one.secrets}
    environment = {**one.environment, **{form: value.format(name=one.secrets[variable]) for variable, (form, value) in variables.items()}}
    found: dict[str, Any] = {
        "image": one.image,
        "environment": environment,
        "secrets": list(dict.fromkeys(one.secrets.values())),
        "ports": list(one.ports),
        "volumes": [f"{volume}:{path}" for volume, path in one.volumes.items()],
        "depends_on": needs,
        "restart": "on-failure" if one.tier == Tier.JOB else "unless-stopped",
    }
    return {key: value for key, value in found.items() if value}


def _named_file(image: str, variable: str) -> tuple[str, str]:
    """The variable that names the secret's file and its value: as the image is known to have it, else in the customary form."""
    facts = image_facts(image)
    form = facts.form(variable) if facts is not None else None
    return (form.variable, form.value) if form is not None else (f"{variable}_FILE", "/run/secrets/{name}")


def completed(design: Design, project: Project) -> Design:
    """The design with what it leaves open worked out from its services; what it says itself stays."""
    proposed = propose(project)
    tiers = {**{name: Placement(one.tier, "said under services") for name, one in design.services.items()}, **design.tiers}
    needed = design.connections or tuple(_connections(design.services))
    aim = design.target if design.target != Target() else proposed.target
    ports = design.published or published.propose(project, plain(tiers), aim)
    outside = {name: reason for name, reason in egress_needs(project).items() if reason.kind != EvidenceKind.ASSUMED}
    ways_out = [*outside, *(name for name, one in design.services.items() if Zone.INTERNET in one.needs)]
    networks = design.networks if design.networks.networks else segmentation.propose(project, plain(tiers), needed, ports, ways_out)
    rest = {name: getattr(design, name) or getattr(proposed, name) for name in ("secrets", "privileges", "sockets", "keeps")}
    return replace(design, tiers=tiers, connections=needed, published=ports, networks=networks, target=aim, **rest)


def _connections(wanted: Mapping[str, NewService]) -> list[Connection]:
    because = (Evidence(EvidenceKind.DECLARED, None, "said under services"),)
    return [Connection(name, need, because) for name, one in wanted.items() for need in one.needs]
