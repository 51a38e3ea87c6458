"""The step that says who may reach each published port, and where to the services of a network may connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from batten.design import Design
from batten.design.host_reading import Allowed, allowed, network, ports
from batten.design.sections.firewall import LAN, Firewall, address
from batten.errors import DesignError
from batten.model import Project, Service
from batten.reach.rules.published import is_loopback
from batten.session import Session
from wizards.questions import Answer, Choice, Question, Step, one_of

_T = TypeVar("_T")

EVERYONE, ANYWHERE, NOWHERE = "everyone", "anywhere", "nowhere"
ADDRESSES = "firewall.lan"

_OPEN = Choice(EVERYONE, "everyone", "as Docker has it, no rule is written")
_LOCAL = Choice(LAN, "the local network", "the addresses that you say are yours; asked next")
_FREE = Choice(ANYWHERE, "anywhere", "as Docker has it, no rule is written")
_SHUT = Choice(NOWHERE, "nowhere", "not to the host's own services either; they still meet each other and answer those who call them")


class FirewallStep(Step):
    """Rules for the host's firewall."""

    name = "firewall"
    title = "Firewall"
    aside = "Nothing here is reached from outside, and no network has a way out."
    why = (
        "Docker lets everyone in to a published port, in front of most host firewalls. Here you say who may, and batten writes a script with rules for "
        "exactly these ports, which you read and run on the host. Where you leave everything as it is, nothing is written."
    )

    def questions(self, session: Session) -> list[Question]:
        """One for each port that others reach, one for the local network's addresses where they count, one for each network with a way out."""
        return [*self._ports(session), *self._lan(session.design.firewall), *self._networks(session)]

    def _ports(self, session: Session) -> Iterator[Question]:
        for (published, protocol), services in _published(session).items():
            named = session.design.firewall.who(published, protocol)
            current = _joined(named) or EVERYONE
            own = () if current in (EVERYONE, LAN) else (Choice(current, "those who are named now", current),)
            yield Question(
                id=f"{self.name}.{published}/{protocol}",
                subject=f"{' and '.join(services)} {published}",
                prompt=f"Who may reach port {published}/{protocol} of this host?",
                why="Whoever is not named gets no answer. This host itself and containers on it are not asked about.",
                choices=(_OPEN, _LOCAL, *own),
                default=current,
                free="addresses or networks, joined by commas",
            )

    def _lan(self, firewall: Firewall) -> Iterator[Question]:
        if any(LAN in one.sources for one in (*firewall.published, *(one for found in firewall.egress.values() for one in found))):
            yield Question(
                id=ADDRESSES,
                subject="local network",
                prompt="Which addresses are your local network?",
                why="As proposed, all that the internet does not route. On a rented host these may be your neighbours': name your own.",
                choices=(),
                default=", ".join(firewall.lan),
                free="networks, joined by commas",
            )

    def _networks(self, session: Session) -> Iterator[Question]:
        for name in _ways_out(session):
            limit = session.design.firewall.egress.get(name)
            current = ANYWHERE if limit is None else "; ".join(map(_destination, limit)) or NOWHERE
            own = () if current in (ANYWHERE, NOWHERE) else (Choice(current, "where it says now", current),)
            yield Question(
                id=f"{self.name}.{name}.egress",
                subject=name,
                prompt=f"Where may the services on {name} connect?",
                why="An intruder who cannot connect outside neither fetches tools nor sends data home. Remember DNS (53/udp) and updates.",
                choices=(_FREE, _SHUT, *own),
                default=current,
                free="ports with addresses, such as 443/tcp; 53/udp@192.0.2.53",
            )

    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design with that rule; raises DesignError for what is no address, network or port."""
        firewall, given = design.firewall, one_of(value).strip()
        if id == ADDRESSES:
            return replace(design, firewall=replace(firewall, lan=_listed(given, network)))
        subject = id.removeprefix(f"{self.name}.")
        if subject.endswith(".egress"):
            return replace(design, firewall=_limited(firewall, subject.removesuffix(".egress"), given))
        return replace(design, firewall=_opened(firewall, subject, given))


def _opened(firewall: Firewall, port: str, given: str) -> Firewall:
    number, _, protocol = port.partition("/")
    entry = Allowed(number, protocol, () if given == EVERYONE else _listed(given, address))
    kept = {(one.ports, one.protocol): one for one in firewall.published} | {(number, protocol): entry}
    without = replace(firewall, published=tuple(one for one in kept.values() if one != entry))
    needed = entry.sources or without.who(number, protocol)
    return replace(firewall, published=tuple(kept.values())) if needed else without


def _limited(firewall: Firewall, name: str, given: str) -> Firewall:
    others = {network: limit for network, limit in firewall.egress.items() if network != name}
    if given == ANYWHERE:
        return replace(firewall, egress=others)
    limit = () if given == NOWHERE else tuple(_checked(one.replace(" ", ""), partial(allowed, check=address)) for one in given.split(";"))
    return replace(firewall, egress={**others, name: limit})


def _destination(one: Allowed) -> str:
    """A port and where to, as it is typed."""
    return f"{one.ports}/{one.protocol}" + (f"@{','.join(one.sources)}" if one.sources else "")


def _joined(named: tuple[str, ...]) -> str:
    return ", ".join(named)


def _listed(given: str, check: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_checked(one.strip(), check) for one in given.split(",") if one.strip()))


def _checked(given: str, check: Callable[[str], _T]) -> _T:
    try:
        return check(given)
    except ValueError as error:
        raise DesignError(f"'{given}' {error}.") from None


def _published(session: Session) -> dict[tuple[str, str], list[str]]:
    """Ports by their number on the host that others than the host itself reach, and the services behind them."""
    decided = {(one.service, one.target, one.protocol, one.published): one.address for one in session.design.published}
    found: dict[tuple[str, str], list[str]] = {}
    for service in session.project.services.values():
        for port in service.ports if _publishes(service) else ():
            bound = decided.get((service.name, port.target, port.protocol, port.published), port.host_ip)
            if _is_number(port.published) and not is_loopback(bound):
                found.setdefault((port.published, port.protocol), []).append(service.name)
    return found


def _is_number(published: str) -> bool:
    """Whether a rule can name the port."""
    try:
        return bool(ports(published))
    except ValueError:
        return False


def _publishes(service: Service) -> bool:
    return service.network_mode not in ("host", "none")


def _ways_out(session: Session) -> list[str]:
    """Networks of the target that have a way out by a bridge of their own."""
    project, planned = session.project, session.design.networks.networks
    if session.design.target.kind == "stack":
        return []
    open_ = [name for name, one in planned.items() if not one.internal] or [name for name, one in project.networks.items() if one.used and not one.internal]
    there = project.networks
    return [name for name in open_ if name not in there or (not there[name].external and there[name].driver in ("", "bridge"))]
