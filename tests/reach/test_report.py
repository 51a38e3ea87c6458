"""The report of reach: the promised JSON, and text that fits a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from batten.model import Connection, EnginePlace, Evidence, EvidenceKind, Project, Span, Tier
from batten.reach import Reach, predict
from batten.report.reach import reach_change_json, reach_change_text, reach_json, reach_text
from batten.report.reach_matrix import in_order
from tests.reach.building import network, project, service

TIERS = {"proxy": Tier.EDGE, "api": Tier.APP, "db": Tier.DATA, "admin": Tier.OPS}
PLACE = Span(str(Path.cwd() / "compose.yaml"), 0, 0, 23, 7)
TOLD = (
    Connection("proxy", "api", (Evidence(EvidenceKind.NAMED, PLACE, "API_URL"), Evidence(EvidenceKind.DECLARED, PLACE, "depends_on"))),
    Connection("api", "db", (Evidence(EvidenceKind.OBSERVED, EnginePlace("container/api", "NetworkSettings"), "a connection"),)),
    Connection("admin", "db", (Evidence(EvidenceKind.ASSUMED, None, "nothing is known of it"),)),
    Connection("api", "internet", (Evidence(EvidenceKind.HABITUAL, None, "sends mail"),)),
)

BEFORE = """\
shop: who can reach whom on Docker 28.5

          to → proxy  api  db  admin  internet  lan  host
edge  proxy      –     ●   ○     ○       ○       ?    ?
app   api        ○     –   ●     ○       ●       ?    ?
data  db         ○     ○   –     ○       ○       ?    ?
ops   admin      ○     ○   ?     –       ○       ?    ?
zones internet   ?     ·   ?     ·       –
      lan        ?     ·   ?     ·               –
      host       ?     ?   ?     ?                    –

● needed   ○ open, not needed   ? open, need unknown   · closed

Roads
  network default: proxy, api, db, admin with each other
  published 5432 through the host's address: proxy, api, admin → db
  published 80 through the host's address: api, db, admin → proxy
  published 80 on every host address: internet, lan, host → proxy
  published 5432 on every host address: internet, lan, host → db
  container address on network default: host → proxy, api, db, admin
  published 127.0.0.1:9000: host → admin
  egress: proxy, api, db, admin → internet, lan
  every address of the host: proxy, api, db, admin → host

Needed
  proxy → api: named: API_URL at compose.yaml:23 · declared: depends_on at
      compose.yaml:23
  api → db: observed: a connection at container/api
  api → internet: habitual: sends mail

12 paths, 2 needed; reached 2 by the internet, 2 by the lan, 4 by the host; 4
reach the internet
"""

CHANGE = """\
shop: who can reach whom on Docker 28.5

          to → proxy  api  db  admin  internet  lan  host
edge  proxy      –     ●   ×     ×       ○       ?    ?
app   api        ○     –   ●     ×       ●       ?    ?
data  db         ×     ○   –     ×       ×       ×    ?
ops   admin      ○     ×   ×     –       ○       ?    ?
zones internet   ?     ·   ×     ·       –
      lan        ?     ·   ×     ·               –
      host       ?     ?   ?     ?                    –

● needed   ○ open, not needed   ? open, need unknown   · closed   × closed now
+ opened now

Closed now
  proxy → db, admin
  api → admin
  db → proxy, admin, internet, lan
  admin → api, db
  internet → db
  lan → db

Roads
  network edge: proxy and api
  published 80 through the host's address: api, admin → proxy
  network data: api and db
  published 80 on every host address: internet, lan, host → proxy
  container address on network edge: host → proxy, api
  container address on network data: host → api, db
  container address on network ops: host → admin
  published 127.0.0.1:9000: host → admin
  egress: proxy, api, admin → internet, lan
  every address of the host: proxy, api, admin → host
  the host's address on network data: db → host

before: 12 paths, 2 needed; reached 2 by the internet, 2 by the lan, 4 by the
host; 4 reach the internet
after:  5 paths, 2 needed; reached 1 by the internet, 1 by the lan, 4 by the
host; 3 reach the internet
"""


@pytest.fixture
def shop() -> Project:
    """All on one network."""
    ports = {"proxy": ["80:80"], "api": [], "db": ["5432:5432"], "admin": ["127.0.0.1:9000:9000"]}
    return project({name: service(ports=given) for name, given in ports.items()})


@pytest.fixture
def cut() -> Project:
    """The same project, cut into networks."""
    services = {
        "proxy": service(networks=["edge"], ports=["80:80"]),
        "api": service(networks=["edge", "data"]),
        "db": service(networks=["data"]),
        "admin": service(networks=["ops"], ports=["127.0.0.1:9000:9000"]),
    }
    return project(services, {"data": network(internal=True)})


def many(count: int) -> Reach:
    """A flat project of that many services, a few of which need each other."""
    services = {f"service-{at}": service(ports=[f"{8000 + at}:80"] if at % 9 == 0 else []) for at in range(count)}
    told = [Connection(f"service-{at}", f"service-{at + 3}", (Evidence(EvidenceKind.NAMED, None, "URL"),)) for at in range(0, count - 3, 2)]
    return predict(project(services), connections=told, tiers={name: list(Tier)[at % 5] for at, name in enumerate(services)})


class TestText:
    def test_matrix_roads_evidence_and_sums(self, shop: Project) -> None:
        assert reach_text(predict(shop, connections=TOLD, tiers=TIERS), shop) == BEFORE

    def test_numbers_stand_over_the_columns_where_names_are_too_wide(self, shop: Project) -> None:
        lines = reach_text(predict(shop, connections=TOLD, tiers=TIERS), shop, width=46).splitlines()
        head = next(at for at, line in enumerate(lines) if "to →" in line)
        assert lines[head : head + 2] == ["            to → 1  2  3  4  int  lan  host", "edge  1 proxy    –  ●  ○  ○   ○    ?    ?"]
        assert max(map(len, lines)) <= 46

    def test_many_services_have_a_character_each(self) -> None:
        reach = many(57)
        lines = reach_text(reach, project({"a": service()})).splitlines()
        head = next(at for at, line in enumerate(lines) if "to ↓" in line)
        assert lines[head].split()[-1].startswith("1111111111")
        assert max(map(len, lines)) <= 80
        order = [node.id for node in in_order(reach.nodes)]
        rows = {line.split()[1]: line[-len(order) :] for line in lines[head + 2 : lines.index("zones")] if len(line) > len(order)}
        assert len(rows) == 57
        for source, marks in rows.items():
            for target, mark in zip(order, marks, strict=True):
                path = reach.between(source, target)
                assert mark == ("–" if source == target else "·" if path is None else {True: "●", False: "○", None: "?"}[path.needed])

    def test_names_that_are_cut_stand_below_in_full(self) -> None:
        long = "subscription-consumer-generic-metrics-counters"
        reach = predict(project({f"service-{at}" if at else long: service() for at in range(50)}))
        lines = reach_text(reach, project({"a": service()})).splitlines()
        assert f" 1 {long}" in lines
        assert any("subscriptio…cs-counters" in line for line in lines)
        assert max(map(len, lines)) <= 80

    def test_lists_take_its_place_where_no_matrix_fits(self) -> None:
        reach = many(90)
        text = reach_text(reach, project({"a": service()}))
        assert "to →" not in text
        assert "  service-0: ● service-3; ? lan, host; ○ every other service, internet\n" in text
        assert max(map(len, text.splitlines())) <= 80
        assert len(text.splitlines()) < 260

    @pytest.mark.parametrize("count", [1, 2, 8, 9, 10, 15, 16, 17, 30])
    @pytest.mark.parametrize("width", [60, 80, 160])
    def test_it_fits_at_any_size(self, count: int, width: int) -> None:
        text = reach_text(many(count), project({"a": service()}), width)
        assert max(map(len, text.splitlines())) <= width
        assert f"{count * (count - 1)} paths, " in text.replace("\n", " ")

    def test_every_mark_of_the_matrix_is_that_of_the_path(self) -> None:
        reach = many(12)
        lines = [line.split() for line in reach_text(reach, project({"a": service()}), 300).splitlines()]
        names = next(line[2:] for line in lines if line[:2] == ["to", "→"])
        rows = {line[-len(names) - 1]: line[-len(names) :] for line in lines if "–" in line and not {"internet", "lan", "host"} & set(line)}
        assert len(rows) == 12
        for source, marks in rows.items():
            for target, mark in zip(names, marks, strict=True):
                path = reach.between(source, target)
                assert mark == ("–" if source == target else "·" if path is None else {True: "●", False: "○", None: "?"}[path.needed])

    def test_what_is_needed_but_closed_and_what_is_not_known_is_said(self) -> None:
        services = {"a": service(networks=["x"]), "b": service(networks=["y"]), "c": service(network_mode="container:vpn")}
        told = [Connection("a", "b", (Evidence(EvidenceKind.NAMED, None, "URL"),))]
        text = reach_text(predict(project(services), connections=told), project(services), 120)
        assert "\nNeeded, but closed\n  a → b: a and b share no network (a: x; b: y); b publishes no port.\n" in text
        assert "\nNot known\n  c lives in the network namespace of vpn, which is not in this project" in text

    def test_text_of_strangers_is_harmless(self) -> None:
        strange = project({"a\x1b[31m\nb": service(), "c": service(networks=["default", "n\u202e"]), "d": service(networks=["n\u202e"])}, name="x\x07")
        text = reach_text(predict(strange, connections=[Connection("c", "d", (Evidence(EvidenceKind.NAMED, None, "E\x1b]0;t\x07"),))]), strange)
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "a�[31m�b" in text


class TestChangeAsText:
    def test_what_a_design_closes_and_what_is_left(self, shop: Project, cut: Project) -> None:
        before, after = (predict(one, connections=TOLD, tiers=TIERS) for one in (shop, cut))
        assert reach_change_text(before, after, shop) == CHANGE

    def test_what_opens_is_marked_too(self, shop: Project, cut: Project) -> None:
        text = reach_change_text(predict(cut, connections=TOLD), predict(shop, connections=TOLD), shop)
        assert "\nOpened now\n  proxy → db, admin\n" in text
        assert "\nClosed now" not in text
        assert "+" in next(line for line in text.splitlines() if line.split()[:1] == ["proxy"])

    def test_lists_take_the_place_of_the_matrix_here_too(self) -> None:
        text = reach_change_text(many(80), predict(project({f"service-{at}": service(networks=[f"n{at}"]) for at in range(80)})), project({"a": service()}))
        assert "  service-1: ? internet, lan, host; × every other service\n" in text
        assert max(map(len, text.splitlines())) <= 80


class TestJson:
    def test_it_is_as_promised(self, cut: Project) -> None:
        data = json.loads(json.dumps(reach_json(predict(cut, connections=TOLD, tiers=TIERS), cut)))
        assert list(data) == ["schema_version", "nodes", "paths"]
        assert data["schema_version"] == 1
        assert data["nodes"][0] == {"id": "proxy", "kind": "service", "tier": "edge"}
        assert data["nodes"][-3:] == [{"id": "internet", "kind": "zone"}, {"id": "lan", "kind": "zone"}, {"id": "host", "kind": "zone"}]
        paths = {(path["from"], path["to"]): path for path in data["paths"]}
        assert paths["proxy", "api"] == {
            "from": "proxy",
            "to": "api",
            "ports": "any",
            "via": ["network edge"],
            "needed": True,
            "because": [{"kind": "named", "file": "compose.yaml", "line": 23}, {"kind": "declared", "file": "compose.yaml", "line": 23}],
        }
        assert paths["internet", "proxy"]["ports"] == ["80/tcp"]
        assert paths["internet", "proxy"]["needed"] is None
        assert paths["api", "db"]["because"] == [{"kind": "observed", "object": "container/api", "attribute": "NetworkSettings"}]
        assert paths["api", "internet"]["because"] == [{"kind": "habitual"}]
        assert paths["admin", "proxy"]["needed"] is False
        assert paths["admin", "proxy"]["because"] == []

    def test_a_service_without_a_tier_has_none(self, cut: Project) -> None:
        assert reach_json(predict(cut), cut)["nodes"][0]["tier"] is None

    def test_before_and_after_are_such_objects(self, shop: Project, cut: Project) -> None:
        before, after = predict(shop), predict(cut)
        assert reach_change_json(before, after, shop) == {"schema_version": 1, "before": reach_json(before, shop), "after": reach_json(after, shop)}
