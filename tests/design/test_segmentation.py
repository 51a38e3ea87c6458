"""Cutting a flat project apart keeps every needed connection and every way in, and closes the rest; what is cut already is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.design import segmentation
from batten.design.proposal import propose
from batten.design.room import ROOM
from batten.design.sections.networks import FITTED, KEEP, LEAST, TIERS, Networks
from batten.design.sections.published import Publication
from batten.hardening import harden
from batten.model import Connection, Evidence, EvidenceKind, Project, Tier
from batten.reach import predict
from tests.compose.edited import block
from tests.support import project_of

NAMED = (Evidence(EvidenceKind.NAMED, None, "a name"),)


def _flat(count: int, tmp_path: Path) -> Project:
    return project_of("services:\n" + "".join(f"  s{number}: {{image: s}}\n" for number in range(count)), tmp_path)


def _meet(networks: Networks, one: str, other: str) -> bool:
    return bool(set(networks.of(one)) & set(networks.of(other)))


class TestEveryCut:
    @given(data=st.data(), strategy=st.sampled_from([TIERS, LEAST, FITTED, None]))
    def test_keeps_what_is_needed_and_what_comes_from_outside(
        self, data: st.DataObject, strategy: str | None, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        project = _flat(data.draw(st.integers(2, 9)), tmp_path_factory.mktemp("flat"))
        names = sorted(project.services)
        tiers = {name: data.draw(st.sampled_from(list(Tier))) for name in names}
        pairs = data.draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=14))
        needed = [Connection(source, target, NAMED) for source, target in pairs]
        published = [Publication(name, 80, "tcp", "80", "", "") for name in data.draw(st.lists(st.sampled_from(names), max_size=4, unique=True))]
        out = data.draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
        cut = segmentation.propose(project, tiers, needed, published, out, strategy)
        assert {member for network in cut.networks.values() for member in network.services} == set(names)
        assert all(_meet(cut, one.source, one.target) for one in needed if one.source != one.target)
        for name in {*out, *(one.service for one in published)}:
            assert any(not cut.networks[network].internal for network in cut.of(name)), f"{name} is cut off"

    @pytest.mark.parametrize("strategy", [TIERS, LEAST, FITTED, None])
    def test_there_are_never_more_networks_than_docker_has_room_for(self, strategy: str | None, tmp_path: Path) -> None:
        project = _flat(70, tmp_path)
        names = sorted(project.services)
        tiers = {name: (Tier.DATA if number % 2 else Tier.APP) for number, name in enumerate(names)}
        needed = [Connection(names[number], names[number + 1], NAMED) for number in range(0, 68, 2)]
        cut = segmentation.propose(project, tiers, needed, [], names, strategy)
        if strategy != LEAST:
            assert len(cut.networks) <= ROOM
        assert all(_meet(cut, one.source, one.target) for one in needed)


SHOP = """
services:
  proxy:
    image: nginx:1.27
    ports: ["80:80"]
    environment: [UPSTREAM=http://web:3000]
  web:
    image: example.org/web:1
    environment: {DATABASE_URL: "postgres://u@db/x"}
  db:
    image: postgres:16
"""


class TestFlatProjects:
    def test_the_database_loses_its_way_out_and_the_proxy(self, tmp_path: Path) -> None:
        networks = propose(project_of(SHOP, tmp_path)).networks
        assert not _meet(networks, "proxy", "db")
        assert all(networks.networks[name].internal for name in networks.of("db"))
        assert [network.why for network in networks.networks.values()][:2] == ["web needs db", "proxy needs web"]

    def test_one_network_of_another_name_is_flat_too(self, tmp_path: Path) -> None:
        text = SHOP + "networks:\n  shop: {}\n"
        for name in ("web:1\n", "nginx:1.27\n", "postgres:16\n"):
            text = text.replace(name, f"{name}    networks: [shop]\n")
        project = project_of(text, tmp_path)
        assert segmentation.is_flat(project)
        assert not _meet(propose(project).networks, "proxy", "db")

    def test_known_names_go_along(self, tmp_path: Path) -> None:
        text = SHOP.replace("    image: postgres:16\n", "    image: postgres:16\n    networks:\n      default:\n        aliases: [database]\n")
        done = harden(project_of(text, tmp_path), propose(project_of(text, tmp_path)))
        assert all(member.aliases == ("database",) for member in done.after.services["db"].networks.values())

    def test_linked_services_meet(self, tmp_path: Path) -> None:
        text = "services:\n  a:\n    image: example.org/a\n    links: ['b:bee']\n  b:\n    image: example.org/b\n  c:\n    image: postgres:16\n"
        networks = propose(project_of(text, tmp_path)).networks
        assert _meet(networks, "a", "b")

    @pytest.mark.parametrize("mode", ["service:tunnel", "container:shop_tunnel"])
    def test_who_lives_in_anothers_namespace_meets_there_whom_it_needs(self, mode: str, tmp_path: Path) -> None:
        text = SHOP + (
            "  tunnel: {image: example.org/tunnel, container_name: shop_tunnel}\n"
            f"  mailer: {{image: example.org/mailer, network_mode: '{mode}', environment: {{DB_HOST: db}}}}\n"
        )
        project = project_of(text, tmp_path)
        networks = propose(project).networks
        assert _meet(networks, "tunnel", "db")
        assert not _meet(networks, "proxy", "db")
        assert any(not networks.networks[name].internal for name in networks.of("tunnel")), "the mailer may need a way out"
        after = predict(harden(project, propose(project)).after)
        assert after.between("mailer", "db")

    def test_assumed_ways_out_stay(self, tmp_path: Path) -> None:
        networks = propose(project_of(SHOP, tmp_path)).networks
        assert any(not networks.networks[name].internal for name in networks.of("web"))

    def test_a_project_in_which_all_need_each_other_stays_as_it_is(self, tmp_path: Path) -> None:
        text = "services:\n  web:\n    image: wordpress:6\n    ports: ['80:80']\n    environment: {WORDPRESS_DB_HOST: db}\n  db:\n    image: mysql:8.4\n"
        project = project_of(text, tmp_path)
        design = propose(project)
        assert design.networks.strategy == KEEP
        assert list(design.networks.networks) == ["default"]


class TestProjectsThatAreCutAlready:
    def test_keep_their_networks_and_are_only_closed(self, tmp_path: Path) -> None:
        text = block("""
            services:
              proxy: {image: "nginx:1.27", ports: ["80:80"], networks: [front]}
              web: {image: "example.org/web", networks: [front, back]}
              db: {image: "postgres:16", networks: [back]}
            networks:
              front:
              back:
        """)
        networks = propose(project_of(text, tmp_path)).networks
        assert networks.strategy == KEEP
        assert {name: network.internal for name, network in networks.networks.items()} == {"front": False, "back": True}

    @pytest.mark.parametrize(
        "network",
        [
            "external: true",
            "driver: macvlan",
            "internal: true",
            "enable_ipv6: true",
            "driver_opts: {com.docker.network.bridge.enable_icc: 'false'}",
            "ipam: {config: [{subnet: 10.1.0.0/24}]}",
        ],
    )
    def test_networks_that_were_made_on_purpose_stay(self, network: str, tmp_path: Path) -> None:
        text = block(f"""
            services:
              web: {{image: "example.org/web", networks: [own]}}
              db: {{image: "postgres:16", networks: [own]}}
              job: {{image: "example.org/job", networks: [own]}}
            networks:
              own: {{{network}}}
        """)
        networks = propose(project_of(text, tmp_path)).networks
        assert networks.strategy == KEEP
        assert list(networks.networks) == ["own"]

    def test_a_static_address_stays(self, tmp_path: Path) -> None:
        text = block("""
            services:
              web: {image: "example.org/web", networks: {own: {ipv4_address: 10.1.0.5}}}
              db: {image: "postgres:16", networks: [own]}
            networks:
              own: {}
        """)
        assert propose(project_of(text, tmp_path)).networks.strategy == KEEP

    def test_external_networks_of_a_service_stay(self, tmp_path: Path) -> None:
        text = block("""
            services:
              proxy: {image: "nginx:1.27", ports: ["80:80"], networks: [public, default]}
              db: {image: "postgres:16"}
            networks:
              public: {external: true}
        """)
        project = project_of(text, tmp_path)
        assert "public" in harden(project, propose(project)).after.services["proxy"].networks
