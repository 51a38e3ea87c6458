"""The page beside a project's firewall: the rules in words, what they do not do, and how to see what Docker itself has added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from batten.design.sections.firewall import covers
from batten.design.sections.target import COMPOSE
from batten.hardening import Hardening
from batten.model import GeneratedFile
from generators.firewall_rules import Ruleset, iptables
from generators.host_rendering import rendered

if TYPE_CHECKING:
    from generators.firewall import Opening


def page(hardening: Hardening, found: Sequence[Opening], bridges: Mapping[str, str], four: Ruleset, program: str) -> GeneratedFile:
    """``firewall/README.md``."""
    firewall = hardening.design.firewall
    return rendered(
        "firewall/README.md",
        "firewall/project.md.j2",
        "the rules in words, and how to put them in place",
        name=hardening.after.name,
        program=program,
        stack=hardening.design.target.kind != COMPOSE,
        firewall=firewall,
        openings=found,
        limits={name: (bridges[name], to) for name, to in firewall.egress.items() if name in bridges},
        unlimited=[name for name in firewall.egress if name not in bridges and name in hardening.after.networks],
        gone=[f"{one.ports}/{one.protocol}" for one in firewall.published if not any(covers(one, port.published, port.protocol) for port in found)],
        without=[name for name in firewall.egress if name not in hardening.after.networks],
        leaving=_other_ways_out(hardening),
        open_inside=_reached_directly(hardening, found, bridges),
        on_host=[service.name for service in hardening.after.services.values() if service.network_mode == "host"],
        unnumbered=[service.name for service in hardening.after.services.values() if any(not port.published for port in service.ports)],
        rules=[line for line in iptables(four).splitlines() if line.startswith("-A")],
    )


def _other_ways_out(hardening: Hardening) -> dict[str, list[str]]:
    """Services of a network with a limit that are also on one without: they may leave by that one."""
    after, limited = hardening.after, hardening.design.firewall.egress
    ways = {name: [net for net in service.networks if net not in limited and not after.networks[net].internal] for name, service in after.services.items()}
    return {name: nets for name, nets in ways.items() if nets and any(net in limited for net in after.services[name].networks)}


def _reached_directly(hardening: Hardening, found: Sequence[Opening], bridges: Mapping[str, str]) -> list[str]:
    """Services with a guarded port on a network whose bridge has no name that rules could use."""
    after = hardening.after
    guarded = dict.fromkeys(one.service for one in found if one.guarded)
    return [name for name in guarded if any(net not in bridges and not after.networks[net].internal for net in after.services[name].networks)]
