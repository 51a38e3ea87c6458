"""The design: what the user decided, as a target state in sections that each own their part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from batten.design.sections.firewall import Firewall
from batten.design.sections.leftout import LeftOut
from batten.design.sections.mtls import MutualTls
from batten.design.sections.networks import Networks
from batten.design.sections.observed import Observations
from batten.design.sections.privileges import Privilege
from batten.design.sections.published import Publication
from batten.design.sections.secrets import SecretDecision
from batten.design.sections.services import NewService
from batten.design.sections.sockets import SocketUse
from batten.design.sections.target import Target
from batten.design.sections.tiers import Placement
from batten.model import Connection
from batten.review.finding import Ignore


@dataclass(frozen=True, slots=True)
class Design:
    """A target for one project. Immutable: an answer makes another one."""

    tiers: Mapping[str, Placement] = field(default_factory=dict)
    """Service → tier and why."""
    connections: tuple[Connection, ...] = ()
    """Who needs whom."""
    networks: Networks = field(default_factory=Networks)
    secrets: tuple[SecretDecision, ...] = ()
    """Every credential that was found, and how it is to reach its service."""
    services: Mapping[str, NewService] = field(default_factory=dict)
    """What a project consists of that begins with this design; empty for one that has compose files."""
    published: tuple[Publication, ...] = ()
    """Every published port and the host address it is to be bound to."""
    privileges: Mapping[str, Privilege] = field(default_factory=dict)
    sockets: tuple[SocketUse, ...] = ()
    """Every service with an engine's socket, and what becomes of that."""
    firewall: Firewall = field(default_factory=Firewall)
    """Who may reach the published ports, and where to networks may connect."""
    mtls: MutualTls = field(default_factory=MutualTls)
    """Connections that are to speak mutual TLS through sidecars."""
    observed: Observations = field(default_factory=Observations)
    """What was seen on a running engine, and for how long was watched."""
    keeps: tuple[Ignore, ...] = ()
    """Findings that stay, each with the reason."""
    consents: tuple[str, ...] = ()
    """Decisions that may break something that the files show, and that the user wants all the same."""
    left_out: tuple[LeftOut, ...] = ()
    """Changes that are not made although the rest calls for them, each with the reason."""
    ignore: tuple[Ignore, ...] = ()
    """Findings that the user does not want to hear of, each with the reason."""
    target: Target = field(default_factory=Target)

    @property
    def suppressions(self) -> tuple[Ignore, ...]:
        """What a review need not count: ``keeps`` and ``ignore`` together."""
        return self.keeps + self.ignore

    def leaving_out(self, change: str, reason: str) -> Design:
        """The design without a change by its id, or without a decision."""
        others = (one for one in self.left_out if one.change != change)
        return replace(self, left_out=(*others, LeftOut(change, reason)))
