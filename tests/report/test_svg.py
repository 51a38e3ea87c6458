"""The score sheet: complete, legible, and safe whatever the names."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from batten.compose import load_project
from batten.model import Project, Tier
from batten.reach import predict
from batten.report.sheet import sheet
from batten.report.svg import reach_change_svg, reach_svg
from batten.report.svg_parts import cut
from tests.reach.building import network, project, service
from tests.report.drawings import HOSTILE, SVG, labels, made, overlap, parsed, texts

GOLDENS = Path(__file__).parent.parent / "goldens/report"
DEMO_TIERS = {
    **dict.fromkeys(["web", "api", "worker"], Tier.APP),
    **{"proxy": Tier.EDGE, "db": Tier.DATA, "cache": Tier.DATA, "dashboard": Tier.OPS},
}


def collisions(root: ElementTree.Element) -> list[tuple[str, str]]:
    """Texts that lie on each other."""
    return [(one.text, other.text) for one, other in combinations(labels(root), 2) if overlap(one, other)]


def shapes(root: ElementTree.Element, kind: str) -> list[str]:
    """What the shapes of a kind say when they are pointed at; the one of the legend says nothing."""
    found = [element for element in root.iter() if element.get("class") == kind and element.tag != f"{SVG}text"]
    return [hint.text or "" for element in found for hint in element]


class TestTheDemo:
    def test_is_drawn_as_it_was_approved(self, demo: Path) -> None:
        shop = load_project([demo / "compose.yaml"], environ={})
        golden = (GOLDENS / "demo.svg").read_text(encoding="utf-8")
        assert "5432" in golden, "the golden is not empty"
        assert reach_svg(predict(shop, tiers=DEMO_TIERS), shop) == golden


class TestEverythingIsThere:
    @pytest.fixture
    def whole(self) -> Project:
        """One of everything."""
        services = {
            "proxy": service(networks=["edge"], ports=["80:80", "443:443"]),
            "api": service(networks=["edge", "data"], ports=["127.0.0.1:9000:9000"]),
            "db": service(networks=["data"], ports=["192.168.1.5:5432:5432"]),
            "vpn": service(networks=["edge"]),
            "torrent": service(network_mode="service:vpn"),
            "watch": service(network_mode="host"),
            "hermit": service(network_mode="none"),
            "guest": service(networks=["foreign"]),
        }
        return project(services, {"data": network(internal=True), "foreign": network(external=True), "edge": network(enable_icc="false")})

    def test_every_service_and_every_network(self, whole: Project) -> None:
        seen = texts(parsed(reach_svg(predict(whole), whole)))
        assert set(whole.services) <= set(seen)
        assert {"edge", "data", "foreign", "the host's network", "no network", "way out"} <= set(seen)

    def test_memberships_are_dots_and_guests_are_rings(self, whole: Project) -> None:
        root = parsed(reach_svg(predict(whole), whole))
        assert set(shapes(root, "dot")) == {
            *("proxy on edge", "api on edge", "api on data", "db on data", "vpn on edge", "guest on foreign"),
            *("watch on the host's network", "hermit on no network"),
        }
        assert shapes(root, "ring") == ["torrent on edge"]

    def test_ports_stand_in_the_row_of_the_widest_zone_that_reaches_them(self, whole: Project) -> None:
        doors = {door.label: dict(door.ports) for door in sheet(whole, predict(whole)).doors}
        assert doors == {"open to the internet": {"proxy": ("80", "443"), "watch": ("any port",)}, "open to this host": {"api": ("9000",)}}
        opened = project({**whole.services, "db": service(networks=["edge"], ports=["192.168.1.5:5432:5432"])}, {})
        assert {door.label: dict(door.ports) for door in sheet(opened, predict(opened)).doors}["open to the LAN"] == {"db": ("5432",)}

    def test_what_is_particular_about_a_network_is_said(self, whole: Project) -> None:
        notes = {line.label: line.notes for line in sheet(whole, predict(whole)).lines}
        assert notes["data"] == ("internal", "2 paths")
        assert notes["foreign"] == ("external: others may be on it",)
        assert notes["edge"][0] == "members kept apart"

    def test_ways_out_tell_need_by_their_shape(self, whole: Project) -> None:
        root = parsed(reach_svg(predict(whole), whole))
        assert set(shapes(root, "unneeded")) == {f"{name} reaches the internet" for name in ("proxy", "api", "vpn", "torrent", "watch", "guest")}
        assert shapes(root, "needed") == []

    def test_an_internal_network_is_two_lines_and_an_open_one_is_one(self, whole: Project) -> None:
        root = parsed(reach_svg(predict(whole), whole))
        kinds = [line.get("class") for line in root.iter(f"{SVG}line")]
        assert kinds.count("internal") == kinds.count("hollow") == 2, "the network and the legend"
        assert kinds.count("open") == 5

    def test_ranges_of_ports_are_one_entry(self) -> None:
        ports = [f"{number}:{number}/udp" for number in range(10000, 10101)]
        wide = project({"media": service(ports=[*ports, "80:80", ":9"])})
        assert sheet(wide, predict(wide)).doors[0].ports == {"media": ("80", "10000–10100/udp", "?")}

    def test_before_stands_above_after(self, whole: Project) -> None:
        after = project({"proxy": service(networks=["edge"]), "api": service(networks=["apart"])})
        root = parsed(reach_change_svg(predict(whole), predict(after), whole, after))
        titles = [text for text in texts(root) if "who shares" in text]
        assert titles == ["shop, before: who shares which network", "shop, after: who shares which network"]
        assert collisions(root) == []
        assert "apart" in texts(root)

    def test_no_service_at_all_is_a_picture_too(self) -> None:
        assert texts(parsed(reach_svg(predict(project({})), project({}))))


class TestLegibility:
    @pytest.mark.parametrize("count", [1, 2, 7, 12, 13, 20, 30, 57])
    @pytest.mark.parametrize("length", [2, 12, 45])
    def test_no_text_lies_on_another_and_none_leaves_the_picture(self, count: int, length: int) -> None:
        whole, reach = made([f"s{number}{'x' * length}"[: length + 2] for number in range(count)])
        root = parsed(reach_svg(reach, whole))
        assert collisions(root) == []
        wide, high = float(root.attrib["width"]), float(root.attrib["height"])
        assert all(0 <= x <= wide and 0 <= y <= high for label in labels(root) for x, y in label.corners)

    def test_thirty_services_fit_on_a_screen(self) -> None:
        whole, reach = made([f"service-{number}" for number in range(30)])
        assert float(parsed(reach_svg(reach, whole)).attrib["width"]) < 1920

    def test_names_that_are_cut_keep_both_ends_and_can_be_read_by_pointing(self) -> None:
        names = [f"{'consumer-' * 5}{end}" for end in ("first", "second")]
        whole, reach = made(names, networks=1)
        root = parsed(reach_svg(reach, whole))
        heads = [element for element in root.iter(f"{SVG}text") if element.get("class") == "name"]
        assert [hint.text for element in heads for hint in element] == names
        assert all(re.fullmatch(r"consumer-.*….*(first|second)", text) for text in texts(root) if text.startswith("consumer") and "who" not in text)

    def test_the_overlap_check_can_fail(self) -> None:
        whole, reach = made(["a", "b"])
        picture = reach_svg(reach, whole)
        moved = re.sub(r'(class="name" x=)"[\d.]+"', r'\1"200"', picture)
        assert collisions(parsed(picture)) == []
        assert ("a", "b") in collisions(parsed(moved)) or ("b", "a") in collisions(parsed(moved))


class TestHostileNames:
    def test_the_picture_stays_a_picture(self) -> None:
        whole, reach = made(HOSTILE, networks=len(HOSTILE))
        root = parsed(reach_svg(reach, whole))
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {*("svg", "title", "desc", "style", "rect", "line", "circle", "path", "text")}
        assert not any(name.startswith("on") or "href" in name for element in root.iter() for name in element.attrib)
        assert collisions(root) == []

    @pytest.mark.parametrize("name", HOSTILE)
    def test_each_name_is_seen_and_harmless(self, name: str) -> None:
        whole, reach = made([name, "other"])
        picture = reach_svg(reach, whole)
        assert cut(name) in texts(parsed(picture))
        assert not {"\x00", "\x1b", "\u202e"} & set(picture)


class TestCutting:
    @pytest.mark.parametrize("text", ["", "short", "x" * 34, "x" * 35, "名" * 17, "名" * 18, "名" * 40 + "x" * 40])
    def test_it_never_is_longer_than_asked(self, text: str) -> None:
        short = cut(text)
        assert sum(2 if character == "名" else 1 for character in short) <= 34
        assert (short == text) == (sum(2 if character == "名" else 1 for character in text) <= 34)
