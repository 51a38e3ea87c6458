"""The flowchart: complete, and nothing in it that a stranger wrote is more than a label."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from batten.compose import load_project
from batten.model import Tier
from batten.reach import predict
from batten.report.mermaid import reach_change_mermaid, reach_mermaid
from batten.report.terminal import plain
from tests.reach.building import network, project, service
from tests.report.drawings import HOSTILE, made

GOLDENS = Path(__file__).parent.parent / "goldens/report"

CHART = """\
flowchart LR
  subgraph t0["edge"]
    s0["proxy"]
  end
  subgraph t1["data"]
    s1["db"]
    s2["backup"]
  end
  n0{{"edge<br/>2 paths"}}:::open
  s0 --- n0
  s1 --- n0
  n1[["safe<br/>internal, 2 paths"]]:::internal
  s1 --- n1
  s2 --- n1
  in_internet(["from the internet"])
  in_internet -->|"80, 443"| s0
  out(["the internet"])
  s0 -.-> out
  s1 -.-> out
  classDef open stroke:#0969da,stroke-width:2px
  classDef internal stroke:#1a7f37,stroke-width:2px
"""

LINE = re.compile(
    r'flowchart LR|\s*subgraph [ab]?t?\d*\["(?P<group>[^"]*)"\]|\s*end|\s*[ab]?s\d+\["(?P<service>[^"]*)"\]'
    r'|\s*[ab]?n\d+(\{\{"(?P<open>[^"]*)"\}\}|\[\["(?P<internal>[^"]*)"\]\]):::(open|internal)|\s*[ab]?s\d+ (---|-\.-) [ab]?n\d+'
    r'|\s*[ab]?(in_\w+|out)\(\["[a-z ]+"\]\)|\s*[ab]?in_\w+ -->\|"[^"]*"\| [ab]?s\d+|\s*[ab]?s\d+ (-->|-\.->) [ab]?out|  classDef [a-z]+ [a-z0-9:#,-]+'
)
"""Every kind of line that we write."""


def shown(label: str) -> str:
    """A label as its reader sees it."""
    return html.unescape(re.sub(r"#(\d+);", r"&#\1;", label))


class TestChart:
    def test_everything_of_a_small_project(self) -> None:
        services = {
            "proxy": service(networks=["edge"], ports=["80:80", "443:443"]),
            "db": service(networks=["edge", "safe"]),
            "backup": service(networks=["safe"]),
        }
        shop = project(services, {"safe": network(internal=True)})
        assert reach_mermaid(predict(shop, tiers={"proxy": Tier.EDGE, "db": Tier.DATA, "backup": Tier.DATA}), shop) == CHART

    def test_the_demo_is_drawn_as_it_was_approved(self, demo: Path) -> None:
        shop = load_project([demo / "compose.yaml"], environ={})
        assert reach_mermaid(predict(shop), shop) == (GOLDENS / "demo.mmd").read_text(encoding="utf-8")

    def test_who_lives_with_another_is_tied_by_dots(self) -> None:
        shop = project({"vpn": service(), "torrent": service(network_mode="service:vpn")})
        assert "  s1 -.- n0\n" in reach_mermaid(predict(shop), shop)

    def test_before_and_after_have_ids_of_their_own(self) -> None:
        shop, cut = project({"a": service(), "b": service()}), project({"a": service(networks=["x"]), "b": service(networks=["y"])})
        lines = reach_change_mermaid(predict(shop), predict(cut), shop, cut).splitlines()
        assert [line for line in lines if "subgraph" in line and "services" not in line] == ['  subgraph b["before"]', '  subgraph a["after"]']
        assert '      bs0["a"]' in lines
        assert '      as0["a"]' in lines
        assert all(LINE.fullmatch(line) for line in lines)


class TestHostileNames:
    def test_every_line_is_one_of_ours(self) -> None:
        whole, reach = made(HOSTILE, networks=len(HOSTILE))
        for line in reach_mermaid(reach, whole).splitlines():
            assert LINE.fullmatch(line), line

    @pytest.mark.parametrize("name", HOSTILE)
    def test_each_name_is_a_label_that_reads_as_it_was(self, name: str) -> None:
        whole, reach = made([name, "other"])
        matches = [match for line in reach_mermaid(reach, whole).splitlines() if (match := LINE.fullmatch(line)) and match["service"] is not None]
        assert {shown(match["service"]) for match in matches} == {plain(name), "other"}
        assert not any(re.search(r"[<>&\"`*%{}\\;]", re.sub(r"#\d+;", "", match["service"])) for match in matches)
