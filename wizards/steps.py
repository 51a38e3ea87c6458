"""The steps in the order in which they are walked. A new step is one file and one line here."""

from __future__ import annotations

from wizards.connections import Connections
from wizards.firewall import FirewallStep
from wizards.host.asking import HostStep
from wizards.host.daemon import DaemonStep
from wizards.host.firewall import HostFirewallStep
from wizards.host.swarm import SwarmStep
from wizards.host.tls import TlsStep
from wizards.mtls import MutualTlsStep
from wizards.networks import NetworksStep
from wizards.privileges import Privileges
from wizards.published import Published
from wizards.questions import Step
from wizards.review import Review
from wizards.secrets import Secrets
from wizards.services import Services
from wizards.sockets import Sockets
from wizards.target import TargetStep
from wizards.tiers import Tiers

STEPS: tuple[Step, ...] = (
    Services(),
    Review(),
    Tiers(),
    Connections(),
    NetworksStep(),
    Secrets(),
    Published(),
    Privileges(),
    FirewallStep(),
    Sockets(),
    MutualTlsStep(),
    TargetStep(),
)

HOST_STEPS: tuple[HostStep, ...] = (TlsStep(), DaemonStep(), HostFirewallStep(), SwarmStep())
"""Those of the walk through a host."""


def step(name: str) -> Step:
    """The step of that name; raises KeyError where there is none."""
    return {one.name: one for one in STEPS}[name]
