"""Whether the files say that a service lets anybody in, by the rows of ``assets/exposure.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batten.model import Service
from batten.review.context import Context


def why_open(context: Context, service: Service) -> str:
    """Why ``service`` is known to ask for no password, as a phrase; empty where it does ask or nobody knows."""
    if service.build_context or service.entrypoint:
        return ""
    return next((str(row["says"]) for row in _rows(context, service, "open") if _applies(row, service)), "")


def admin_ports(context: Context, service: Service) -> Mapping[str, str]:
    """Ports of ``service`` that are for its administrator, ``8080/tcp`` → what is there."""
    return {port: str(row["says"]) for row in _rows(context, service, "admin_ports") for port in row["ports"]}


def _rows(context: Context, service: Service, kind: str) -> Iterator[Mapping[str, Any]]:
    facts = context.facts(service)
    if facts is None:
        return
    from assets import load_yaml

    yield from (row for row in load_yaml("exposure.yaml")[kind] if facts.id in row["images"])


def _applies(row: Mapping[str, Any], service: Service) -> bool:
    variables = {name: variable.value.reveal() for name, variable in service.environment.items() if variable.value}
    words = " ".join((*service.command, *service.entrypoint)).lower()
    files = any(mount.kind == "bind" for mount in service.mounts) or service.secrets or service.configs
    if any(word in words for word in row.get("unless_command", ())) or any(name in service.environment for name in row.get("unless_variables", ())):
        return False
    if files and row.get("unless_files", False):
        return False
    when: Mapping[str, list[str]] = row.get("when", {})
    return not when or any(variables.get(name, "").lower() in values if values else bool(variables.get(name)) for name, values in when.items())
