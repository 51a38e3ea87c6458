"""Whether a project is made for ``docker stack deploy``: by its file's name, or by what only a swarm understands."""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache
from pathlib import Path

from batten.compose.keys import spec_at
from batten.model import Project, Service, Value

_NAMED = re.compile(r"(?:^|[._-])(stack|swarm)(?:[._-]|$)", re.IGNORECASE)
_REFUSED = frozenset({"schema_error", "forbidden"})


def why_stack(project: Project) -> str:
    """Why ``project`` is taken for a stack, as a phrase; empty where nothing says so or a swarm would refuse it."""
    if any(_refused(project, service) for service in project.services.values()):
        return ""
    named = next((Path(file).name for file in project.files if _NAMED.search(Path(file).stem)), "")
    if named:
        return f"the file is called {named}"
    overlay = next((network.key for network in project.networks.values() if network.driver == "overlay" and not network.attachable), "")
    if overlay:
        return f"the network {overlay} is one between nodes"
    placed = next((service.name for service in project.services.values() if _placed(project, service)), "")
    if placed:
        return f"{placed} is placed on nodes"
    external = next((secret.key for secret in project.secrets.values() if secret.external), "")
    return f"the secret {external} is one that a swarm keeps" if external else ""


def _refused(project: Project, service: Service) -> bool:
    """Whether the service has a key with which ``docker stack deploy`` fails."""
    value = project.value(service.path)
    return value is not None and any(_said(value.data[key]) for key in refused_keys() & value.data.keys())


@cache
def refused_keys() -> Set[str]:
    """Keys of a service with which ``docker stack deploy`` fails."""
    return frozenset(key for key, spec in spec_at("services", "*").children.items() if spec.key.stack in _REFUSED)


def _said(value: Value) -> bool:
    return value.data not in (None, "", {}, [])


def _placed(project: Project, service: Service) -> bool:
    deploy = project.value((*service.path, "deploy"))
    if deploy is None:
        return False
    mode = deploy.get("mode")
    constraints = deploy.get("placement", "constraints")
    return (mode is not None and mode.data == "global") or bool(constraints is not None and constraints.data)
