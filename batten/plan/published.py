"""Changes that bind published ports to the host address that the design names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from batten.design import Design
from batten.design.sections.published import Publication
from batten.model import Action, Change, Port, Project, Risk


def changes(project: Project, design: Design) -> Iterator[Change]:
    """One change for each port whose address differs; of several alike, each entry of the design is about the next one."""
    waiting: dict[tuple[str, int, str, str], list[Port]] = defaultdict(list)
    for name, service in project.services.items():
        for port in reversed(service.ports):
            waiting[name, port.target, port.protocol, port.published].append(port)
    for decision in design.published:
        alike = waiting[decision.service, decision.target, decision.protocol, decision.published]
        if alike and (port := alike.pop()).host_ip != decision.address:
            yield _bind(decision, port.index)


def _bind(decision: Publication, index: int) -> Change:
    name = f"published.{decision.service}.{decision.published or decision.target}/{decision.protocol}"
    where = f"bound to {decision.address} only" if decision.address else "bound to every address of the host"
    path = ("services", decision.service, "ports", index, "host_ip")
    why = f"Port {decision.published or decision.target} of {decision.service} is {where}: {decision.reason}."
    return Change(name, path, Action.SET, decision.address, "", why, Risk.CHECK, name)
