"""Subnets of their own for new networks."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path

import pytest

from batten.design import Design, file
from batten.design.proposal import propose
from batten.design.sections.networks import LEAST, Networks, PlannedNetwork
from batten.design.subnets import carried_over, given, left_to_docker
from batten.errors import DesignError
from batten.hardening import harden
from batten.model import Project
from tests.support import project_of

SHOP = "services:\n  web: {image: nginx, ports: ['80:80'], environment: {API: 'http://api:1234'}}\n"
SHOP += "  api: {image: x/api, environment: {DB_HOST: db}}\n  db: {image: postgres}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A flat project."""
    return project_of(SHOP, tmp_path)


def planned(count: int) -> Networks:
    """So many networks."""
    return Networks(LEAST, {f"n{number}": PlannedNetwork(("a",)) for number in range(count)})


class TestRanges:
    def test_do_not_overlap_with_each_other_nor_with_what_the_project_has(self, tmp_path: Path) -> None:
        first = given(planned(1), project_of(SHOP, tmp_path)).networks["n0"].subnet
        text = SHOP + f"networks: {{default: {{ipam: {{config: [{{subnet: {first}}}]}}}}}}\n"
        found = [IPv4Network(one.subnet) for one in given(planned(40), project_of(text, tmp_path)).networks.values()]
        assert len(found) == 40
        assert not any(one.overlaps(other) for one, other in combinations([*found, IPv4Network(first)], 2))
        assert all(one.subnet_of(IPv4Network("10.128.0.0/9")) for one in found)

    def test_networks_that_are_there_keep_what_they_have(self, shop: Project) -> None:
        networks = Networks(LEAST, {"default": PlannedNetwork(("web",)), "mine": PlannedNetwork(("api",), subnet="192.0.2.0/24")})
        after = given(networks, shop).networks
        assert (after["default"].subnet, after["mine"].subnet) == ("", "192.0.2.0/24")

    def test_can_be_taken_back(self, shop: Project) -> None:
        assert left_to_docker(given(planned(3), shop)) == planned(3)

    def test_stay_when_networks_are_cut_anew(self, shop: Project) -> None:
        before = given(planned(3), shop)
        after = carried_over(before, planned(4), shop)
        assert [after.networks[name].subnet for name in before.networks] == [one.subnet for one in before.networks.values()]
        assert after.networks["n3"].subnet
        assert carried_over(planned(3), planned(4), shop) == planned(4), "nobody asked for them"


class TestHardening:
    def test_writes_them(self, shop: Project) -> None:
        design = propose(shop)
        with_them = given(design.networks, shop)
        after = harden(shop, Design(tiers=design.tiers, connections=design.connections, networks=with_them)).after
        assert {key: network.subnets for key, network in after.networks.items() if key in with_them.networks} == {
            name: (one.subnet,) for name, one in with_them.networks.items()
        }


class TestFile:
    def test_holds_them(self, shop: Project) -> None:
        text = file.dump(Design(networks=given(planned(1), shop)))
        assert "subnet: 10." in text

    def test_refuses_what_is_no_range(self, tmp_path: Path) -> None:
        path = tmp_path / "batten.yaml"
        path.write_text("version: 1\nnetworks: {strategy: least, networks: {a: {services: [b], subnet: 10.0.0.1/8}}}\n", encoding="utf-8")
        with pytest.raises(DesignError, match="range of IPv4 addresses"):
            file.read(path)
