"""Published ports: which host address each is bound to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from batten.design.sections.reading import only, sequence, text, wrong
from batten.design.sections.target import Target
from batten.inference.gateway import calls
from batten.model import Port, Project, Tier, Value
from batten.reach.rules.published import is_loopback
from batten.review.access import admin_ports
from batten.review.context import Context
from batten.review.exposure import EVERY_ADDRESS

LOOPBACK = "127.0.0.1"


class Publication(NamedTuple):
    """One published port and where it is to be reachable."""

    service: str
    target: int
    """Port inside the container."""
    protocol: str
    published: str
    """Port on the host, or empty where the engine chooses."""
    address: str
    """Host address it is to be bound to; empty for every address."""
    reason: str


def propose(project: Project, tiers: Mapping[str, Tier], target: Target) -> tuple[Publication, ...]:
    """Ports of data, ops and job services, and those of an entrance that are its administrator's, to the loopback address."""
    context = Context(project, tiers=tiers)
    administration = {name: admin_ports(context, service) for name, service in project.services.items()}
    callers = _callers(project)
    return tuple(
        _kept_for(name, port, callers[name, port.published]) if callers.get((name, port.published)) and not is_loopback(port.host_ip)
        else _propose(name, port, tiers.get(name), administration[name], target)
        for name, port in _ports(project)
    )  # fmt: skip


def _callers(project: Project) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Published ports that services of the project call by the host's name, and who does."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for call in calls(project):
        found.setdefault((call.target, call.published), {})[call.source] = None
    return {port: tuple(names) for port, names in found.items()}


def _kept_for(service: str, port: Port, callers: tuple[str, ...]) -> Publication:
    reason = f"{' and '.join(callers)} {'calls' if len(callers) == 1 else 'call'} it by the host's name, which a loopback address would not answer"
    return Publication(service, port.target, port.protocol, port.published, port.host_ip, reason)


def _ports(project: Project) -> Iterator[tuple[str, Port]]:
    for name, service in project.services.items():
        if service.network_mode not in ("host", "none"):
            for port in service.ports:
                yield name, port


def _propose(service: str, port: Port, tier: Tier | None, administration: Mapping[str, str], target: Target) -> Publication:
    def decide(address: str, reason: str) -> Publication:
        return Publication(service, port.target, port.protocol, port.published, address, reason)

    if is_loopback(port.host_ip):
        return decide(port.host_ip, "only this host reaches it")
    console = administration.get(f"{port.target}/{port.protocol}", "")
    if tier not in (Tier.DATA, Tier.OPS, Tier.JOB) and not console:
        return decide(port.host_ip, "it is there to be reached from outside")
    if target.own_stack:
        return decide(port.host_ip, "a stack file cannot bind a port to one address of the host")
    if port.host_ip.strip("[]") not in EVERY_ADDRESS:
        return decide(port.host_ip, "it is bound to one address on purpose")
    if console:
        return decide(LOOPBACK, f"it is {console}, which is for those who run this host")
    return decide(LOOPBACK, f"{'an' if str(tier)[0] in 'aeiou' else 'a'} {tier} service is for this host, not for the network around it")


def dump(published: Sequence[Publication]) -> list[dict[str, object]]:
    """One entry a port."""
    return [dict(one._asdict()) for one in published]


def load(value: Value) -> tuple[Publication, ...]:
    """Read back what ``dump`` wrote; raises DesignError for what is no port or no address."""
    found = []
    for item in sequence(value, "published"):
        entry = dict(only(item, set(Publication._fields), "published"))
        target, address = text(entry.get("target"), "target", near=item), text(entry.get("address"), "address", "")
        if not target.isdigit():
            raise wrong(item, f"'{target}' is not a port.")
        if address:
            _check_address(item, address)
        found.append(
            Publication(
                text(entry.get("service"), "service", near=item),
                int(target),
                text(entry.get("protocol"), "protocol", "tcp"),
                text(entry.get("published"), "published", ""),
                address,
                text(entry.get("reason"), "reason", ""),
            )
        )
    return tuple(found)


def _check_address(item: Value, address: str) -> None:
    try:
        ip_address(address)
    except ValueError:
        raise wrong(item, f"'{address}' is not an address of the host.") from None
