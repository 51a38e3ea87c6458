"""The blast radius as text."""

from __future__ import annotations

import pytest

from batten.model import Project, Tier
from batten.reach import predict
from batten.report.blast import blast_change_text, blast_text
from tests.reach.building import network, project, service

TIERS = {"proxy": Tier.EDGE, "api": Tier.APP, "db": Tier.DATA, "vault": Tier.DATA}

BEFORE = """\
shop: how far an intruder gets on Docker 28.5

Who holds a service gets to
  every service: every other service; internet, lan, host

Roads to the data
  db: internet → db (published 5432 on every host address)
  vault: internet → proxy (published 80 on every host address) → vault (network
      default)

a service gets to 3.0 others itself and to 3.0 of 3 in all, on average
"""

AFTER = """\
shop: how far an intruder gets on Docker 28.5

Who holds a service gets to
  proxy: api; through others db; internet, lan, host
  api: proxy, db; internet, lan, host
  db: api; through others proxy; through others the internet and the lan and the
      host
  vault: nothing

Roads to the data
  db: internet → proxy (published 80 on every host address) → api (network edge)
      → db (network data)
  vault: no road from the internet or the lan

a service gets to 1.0 others itself and to 1.5 of 3 in all, on average; proxy to
2
"""

CHANGE = """\
shop: how far an intruder gets on Docker 28.5, before and after

Who holds a service
  proxy: 3 → 2 services; no longer vault; through others only db
  api: 3 → 2 services; no longer vault
  db: 3 → 2 services; no longer vault; through others only proxy, internet, lan,
      host
  vault: 3 → 0 services; no longer every other service, internet, lan, host

Roads to the data
  db from the internet and the lan: 1 step → 3 steps: proxy → api → db
  vault from the internet and the lan: 2 steps → no road

before: a service gets to 3.0 others itself and to 3.0 of 3 in all, on average
after:  a service gets to 1.0 others itself and to 1.5 of 3 in all, on average;
proxy to 2
"""


@pytest.fixture
def flat() -> Project:
    """Everybody on one network."""
    return project({name: service(ports=ports) for name, ports in {"proxy": ["80:80"], "api": [], "db": ["5432:5432"], "vault": []}.items()})


@pytest.fixture
def cut() -> Project:
    """The same services in a row, the vault apart."""
    services = {
        "proxy": service(networks=["edge"], ports=["80:80"]),
        "api": service(networks=["edge", "data"]),
        "db": service(networks=["data"]),
        "vault": service(networks=["safe"]),
    }
    return project(services, {name: network(internal=True, gateway_mode_ipv4="isolated") for name in ("data", "safe")})


class TestText:
    def test_everything_of_a_flat_project(self, flat: Project) -> None:
        assert blast_text(predict(flat), flat, TIERS) == BEFORE

    def test_everything_of_one_in_a_row(self, cut: Project) -> None:
        assert blast_text(predict(cut), cut, TIERS) == AFTER

    def test_before_and_after(self, flat: Project, cut: Project) -> None:
        assert blast_change_text(predict(flat), predict(cut), flat, TIERS) == CHANGE

    def test_what_opens_is_said(self, flat: Project, cut: Project) -> None:
        assert "\n  vault: 0 → 3 services; new every other service, internet, lan, host\n" in blast_change_text(predict(cut), predict(flat), flat, TIERS)

    def test_nearly_all_of_many_are_told_by_those_that_are_missing(self) -> None:
        services = {f"s{at}": service(networks=["many"]) for at in range(20)} | {"apart": service(networks=["other"])}
        net = {name: network(internal=True, gateway_mode_ipv4="isolated") for name in ("many", "other")}
        text = blast_text(predict(project(services, net)), project(services, net), {})
        assert "\n  every service but apart: every other service but apart\n  apart: nothing\n" in text
        assert "Roads to the data" not in text

    def test_a_single_service_is_no_puzzle(self) -> None:
        alone = project({"a": service()})
        assert blast_text(predict(alone), alone, {}).endswith("\nthere is no other service\n")

    @pytest.mark.parametrize("width", [40, 80, 200])
    def test_it_fits_and_strangers_text_is_harmless(self, width: int) -> None:
        strange = project({"a\x1b[31m\nb": service(ports=["80:80"]), "c" * 30: service()}, name="x\x07")
        text = blast_text(predict(strange), strange, {"c" * 30: Tier.DATA}, width)
        assert not {"\x1b", "\x07"} & set(text)
        assert max(map(len, text.splitlines())) <= width
