"""Which Change to networks keeps a service from another one, or from the way out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Any

from batten.design.sidecars import needed
from batten.engine.blames import Blame, Changes, Grievance
from batten.engine.verifying import Verification
from batten.engine.watching import Seen
from batten.hardening import Hardening
from batten.knowledge.complaints import Complaint
from batten.model import Action, Change, Connection, Project, Zone

NETWORK_KINDS = frozenset({"unresolved", "refused", "unreachable", "unanswered"})
_INTERNET = Zone.INTERNET.value


class NetworkBlaming:
    """Blames for complaints about other services and about the world outside."""

    def __init__(self, hardening: Hardening, now: Seen, found: Verification | None) -> None:
        self._before, self._after = hardening.before, hardening.after
        self._now, self._found = now, found
        self._changes = Changes(hardening.changes)
        self._names = dict(_names(hardening.before)) | dict(_names(hardening.after))
        self._needs = {(one.source, one.target) for one in needed(hardening.after, hardening.design)}
        self._addresses = {
            address: name for name, ones in now.containers.items() for one in ones for member in one.networks for address in member.addresses
        }  # fmt: skip

    def blames(self, grievance: Grievance) -> Iterator[Blame]:
        """The Changes that lie between a service and whom it asks for."""
        for target in self._targets(grievance):
            yield from self._between(grievance.service, target)

    def follows(self, grievance: Grievance) -> bool:
        """Whether a complaint comes of another service that is not up, or is over: then it says nothing of the networks.

        A line may name nobody, or an address that nobody has any more; then it may be about anybody whom the service needs.
        """
        source = grievance.service
        asked = self._targets(grievance) or [target for one, target in self._needs if one == source]
        known = [target for target in asked if target in self._after.services and meet(self._after, source, target)]
        return any(not self._now.up(target) or self._open(source, target) for target in known)

    def found(self) -> Iterator[Grievance]:
        """What verify found that no line of a log has to say: needed connections without a road, and published ports that lead nowhere."""
        if self._found is None:
            return
        for one in self._found.reach.unmet:
            if self._cut(one.source, one.target):
                whom = "the internet" if one.target == _INTERNET else one.target
                yield Grievance(one.source, Complaint("unreachable", host=one.target, says=f"can no longer reach {whom}, which it needs{_because(one)}"), "")
        for name, service in self._after.services.items():
            if service.ports and way_out(self._before, name) and not way_out(self._after, name):
                says = "publishes ports that lead nowhere: the engine publishes none of a container that is on internal networks alone"
                yield Grievance(name, Complaint("unreachable", host=_INTERNET, says=says), "")

    def _open(self, source: str, target: str) -> bool:
        """Whether verify has found that the one reaches the other by now."""
        pairs = self._found.pairs if self._found is not None else ()
        return any(bool(pair.found) and not pair.differs for pair in pairs if (pair.source, pair.target) == (source, target))

    def _targets(self, grievance: Grievance) -> Sequence[str]:
        """Whom a service asked for: a service, the internet, or everybody whom it cannot meet any more where the line names nobody."""
        host = grievance.complaint.host
        if not host:
            return self._lost(grievance.service)
        known = self._met(grievance.service, host) or self._names.get(host) or self._linked(grievance.service, host) or self._addresses.get(host)
        if known:
            return [known]
        return [_INTERNET] if host == _INTERNET or _is_outside(host) else []

    def _met(self, service: str, host: str) -> str:
        """Who bears a name on a network of a service: a sidecar may bear that of another one."""
        own = self._after.services[service].networks
        others = ((name, one.networks[key]) for name, one in self._after.services.items() for key in own if key in one.networks and name != service)
        return next((name for name, member in others if host == name or host in member.aliases), "")

    def _linked(self, service: str, host: str) -> str:
        """The service that another one knows by a name of a link."""
        one = self._before.services.get(service)
        return next((target for target, alias in one.links if alias == host), "") if one is not None else ""

    def _lost(self, service: str) -> Sequence[str]:
        """Whom a service needs and cannot meet any more."""
        targets = (target for source, target in sorted(self._needs) if source == service)
        return [target for target in targets if self._cut(service, target)]

    def _cut(self, service: str, target: str) -> bool:
        if target == _INTERNET:
            return way_out(self._before, service) and not way_out(self._after, service)
        return meet(self._before, service, target) and not meet(self._after, service, target)

    def _between(self, service: str, target: str) -> Iterator[Blame]:
        if not self._cut(service, target):
            return
        if target == _INTERNET:
            yield from self._kept_in(service)
        else:
            yield from self._apart(service, target)

    def _apart(self, service: str, target: str) -> Iterator[Blame]:
        """The two memberships. The likelier one is that of the service that misses others too, or else of the one that complains."""
        why = f"{service} and {target} shared a network before, and share none now."
        order = (target, service) if self._misses_others(target, service) and not self._misses_others(service, target) else (service, target)
        for name, weight in zip(order, (95, 60), strict=True):
            yield from (Blame(change, why, weight) for change in self._changes.of(name, "networks"))

    def _misses_others(self, name: str, besides: str) -> bool:
        """Whether a service has others with whom it needs to meet, and meets none of them."""
        others = {b if a == name else a for a, b in self._needs if name in (a, b)} - {name, besides, _INTERNET}
        known = [one for one in others if one in self._after.services]
        return bool(known) and not any(meet(self._after, name, one) for one in known)

    def _kept_in(self, service: str) -> Iterator[Blame]:
        """Internal networks, and the membership. Of a network that is a service's only one, or on which nobody else is, a way out is what it is for."""
        own = self._after.services[service].networks
        for change in self._changes.all:
            name = _made_internal(change)
            if name in own:
                others = sum(name in one.networks for one in self._after.services.values()) - 1
                certain = not others or len(own) == 1
                why = f"{service} is on internal networks alone, which have no way out; {name} is internal{'' if others else ', and nobody else is on it'}."
                yield Blame(change, why, 95 if certain else max(80 - others, 60))
        why = f"{service} is on internal networks alone, which have no way out; it had one before."
        yield from (Blame(change, why, 85) for change in self._changes.of(service, "networks"))


def _names(project: Project) -> Iterator[tuple[str, str]]:
    """Every name by which others find a service, and the service; its own name comes last, since it goes before others."""
    for name, service in project.services.items():
        aliases = (alias for member in service.networks.values() for alias in member.aliases)
        yield from ((other, name) for other in (service.hostname, service.container_name, *aliases) if other)
    yield from ((name, name) for name in project.services)


def _because(connection: Connection) -> str:
    return f" ({connection.evidence[0].text})" if connection.evidence else ""


def _made_internal(change: Change) -> str:
    """The network that a Change makes internal, or makes as an internal one."""
    if change.path[:1] != ("networks",) or change.action is not Action.SET:
        return ""
    value: Any = change.value
    internal = value is True if change.path[2:] == ("internal",) else len(change.path) == 2 and isinstance(value, dict) and value.get("internal") is True
    return str(change.path[1]) if internal else ""


def meet(project: Project, one: str, other: str) -> bool:
    """Whether two services share a network; where one has no network of its own that is not known, and taken for a yes."""
    first, second = project.services.get(one), project.services.get(other)
    if first is None or second is None:
        return False
    return bool(first.network_mode or second.network_mode) or not set(first.networks).isdisjoint(second.networks)


def way_out(project: Project, name: str) -> bool:
    """Whether a service is on a network that is not internal; a network mode is taken for a yes."""
    service = project.services.get(name)
    if service is None:
        return False
    return bool(service.network_mode) or any(key not in project.networks or not project.networks[key].internal for key in service.networks)


def _is_outside(host: str) -> bool:
    """Whether a name or an address is none that a project has: a name with a dot in it, a public address."""
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host
