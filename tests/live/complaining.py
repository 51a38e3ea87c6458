"""A hardened shop that complains, for tests of which Change is named for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.networks import PlannedNetwork
from batten.engine.complaints import Explanation, explain
from batten.engine.verifying import Verification
from batten.engine.watching import Seen
from batten.hardening import Hardening, harden
from batten.model import Risk
from batten.reach import predict
from batten.report.veil import veil_of
from tests.live.fakes import composed
from tests.support import project_of

SHOP = """
services:
  web:
    image: example.org/web:1
    environment: {DB_HOST: db, CACHE_HOST: cache, SMTP_HOST: smtp.harbour-mail.example}
  worker: {image: "example.org/worker:1", environment: {DB_HOST: db}}
  db: {image: "postgres:16", environment: {POSTGRES_PASSWORD: turbot-by-lamplight}}
  cache: {image: "redis:7"}
"""
Planted = Callable[[Design], Design]


def hardened(tmp_path: Path, plant: Planted = lambda design: design, text: str = SHOP) -> Hardening:
    """The shop with the proposed design, or with what a test makes of it."""
    project = project_of(text, tmp_path)
    return harden(project, plant(propose(project)), accept=Risk.CHECK)


def seen(**logs: str) -> Seen:
    """The shop with everything up, and these logs."""
    names = ("web", "worker", "db", "cache")
    return Seen({name: [composed("shop", name)] for name in names}, {name: text.splitlines() for name, text in logs.items()})


def explained(hardening: Hardening, now: Seen, earlier: Seen | None = None, **more: Any) -> Explanation:
    """What comes of it, with the veil that belongs to it."""
    return explain(hardening, now, earlier, mask=veil_of(hardening.before, hardening.after, changes=hardening.changes), **more)


def first(explanation: Explanation) -> str:
    """The likeliest Change."""
    assert explanation.suspects, explanation.unexplained
    return explanation.suspects[0].change.id


def rights(service: str, **changed: Any) -> Planted:
    """Other rights for a service."""
    return lambda design: replace(design, privileges={**design.privileges, service: design.privileges[service]._replace(**changed)})


def networks(*, without: str = "", of: str = "", alone: bool = False, internal: str = "") -> Planted:
    """A membership less, of somebody who may then be alone on another network, or an internal network more."""

    def plant(design: Design) -> Design:
        nets = dict(design.networks.networks)
        nets = {name: replace(one, services=tuple(each for each in one.services if (name, each) != (of, without))) for name, one in nets.items()}
        if alone:
            nets["elsewhere"] = PlannedNetwork((without,))
        if internal:
            nets[internal] = replace(nets[internal], internal=True)
        return replace(design, networks=replace(design.networks, networks=nets))

    return plant


def network_with(hardening: Hardening, *services: str) -> str:
    """The network of exactly these."""
    return next(name for name in hardening.after.networks if {one for one, each in hardening.after.services.items() if name in each.networks} == set(services))


def verified(hardening: Hardening) -> Verification:
    """What a comparison says where everything is as predicted."""
    return Verification("shop", "28.5.2", predict(hardening.after, connections=hardening.design.connections), (), (), 0, {})
