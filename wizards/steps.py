"""The steps in the order in which they are walked. A new step is one file and one line here."""

from __future__ import annotations

from wizards.connections import Connections
from wizards.firewall import FirewallStep
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


def step(name: str) -> Step:
    """The step of that name; raises KeyError where there is none."""
    return {one.name: one for one in STEPS}[name]
