"""A design written down and read again is the same design; what makes no sense is refused with its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import assets
from batten.compose import load_project
from batten.design import Design, file
from batten.design.proposal import propose
from batten.design.sections.networks import Networks, PlannedNetwork
from batten.design.sections.target import Target
from batten.errors import DesignError, InputError
from batten.model import Connection, Evidence, EvidenceKind
from batten.plan import plan
from batten.review.finding import Ignore

GOLDEN = Path(__file__).parent.parent / "goldens" / "design" / "demo.yaml"


def _plain(design: Design) -> Design:
    """A design without what is not written down: places, all but the strongest evidence, reasons of tiers."""
    connections = tuple(
        Connection(one.source, one.target, (Evidence(one.evidence[0].kind, None, one.evidence[0].text),)) for one in design.connections
    )  # fmt: skip
    tiers = {name: placement._replace(reason="") for name, placement in design.tiers.items()}
    keeps, ignored = (tuple(one._replace(where=None) for one in some) for some in (design.keeps, design.ignore))
    return replace(design, connections=connections, tiers=dict(sorted(tiers.items())), keeps=keeps, ignore=ignored)


class TestRoundTrip:
    def test_the_proposal_for_the_demo(self, demo: Path) -> None:
        design = propose(load_project([demo / "compose.yaml"], environ={}))
        assert _plain(file.load(file.dump(design))) == _plain(design)

    def test_what_was_read_plans_the_same_changes(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"], environ={})
        design = propose(project)
        assert plan(project, file.load(file.dump(design))) == plan(project, design)

    def test_every_section_by_hand(self) -> None:
        design = Design(
            connections=(Connection("web", "internet", (Evidence(EvidenceKind.OBSERVED, None, "seen"),)),),
            networks=Networks("tiers", {"a: b": PlannedNetwork(("web", "db"), True, True, "it's # odd")}),
            keeps=(Ignore("docker-socket", "web", "we know"),),
            consents=("networks",),
            ignore=(Ignore("flat-network", None, "later"),),
            target=Target("stack", "28.5"),
        )
        assert _plain(file.load(file.dump(design))) == design

    def test_an_empty_design(self) -> None:
        assert file.load(file.dump(Design())) == Design()
        assert file.load("version: 1\n") == Design()

    def test_it_holds_no_secret_value(self, demo: Path) -> None:
        text = file.dump(propose(load_project([demo / "compose.yaml"], environ={})))
        assert "Winkle-and-Whelk-1987" not in text and "kelp-lantern-5402" not in text

    def test_the_demos_design_as_reviewed(self) -> None:
        text = file.dump(propose(load_project([Path(str(assets.path("demo/shop"))) / "compose.yaml"], environ={})))
        assert text == GOLDEN.read_text(encoding="utf-8")
        assert "db_password" in text and "internal: true" in text


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "line", "says"),
        [
            ("tiers: {}\n", 1, "version: 1"),
            ("version: 2\n", 1, "version: 1"),
            ("- a\n", 1, "must be a mapping"),
            ("version: 1\nnonsense: 3\n", 2, "not a section"),
            ("version: 1\ntiers:\n  middle: [web]\n", 3, "not a tier"),
            ("version: 1\ntiers:\n  edge: [web]\n  app: [web]\n", 4, "two tiers"),
            ("version: 1\ntiers:\n  edge: web\n", 3, "must be a list"),
            ("version: 1\nconnections:\n  - {from: a, to: b, evidence: dreamt}\n", 3, "kind of evidence"),
            ("version: 1\nconnections:\n  - {from: a}\n", 3, "to is missing"),
            ("version: 1\nnetworks: {strategy: none}\n", 2, "not a strategy"),
            ("version: 1\nnetworks:\n  networks:\n    a: {services: [x], internal: maybe}\n", 4, "true or false"),
            ("version: 1\nnetworks:\n  networks:\n    a: {services: [x], open: true}\n", 4, "not a key"),
            ("version: 1\nsecrets:\n  - {service: a, variable: B, secret: c, how: burn}\n", 3, "not a way"),
            ("version: 1\nsecrets:\n  - {service: a, variable: B, secret: ../etc/x, how: file}\n", 3, "cannot be the name"),
            ("version: 1\npublished:\n  - {service: a, target: http, address: ''}\n", 3, "not a port"),
            ("version: 1\npublished:\n  - {service: a, target: 80, address: home}\n", 3, "not an address"),
            ("version: 1\nfirewall:\n  allow: all\n", 3, "'allow' is not a key of firewall"),
            ("version: 1\nfirewall:\n  published:\n  - {ports: 80, sources: [office]}\n", 4, "must be 'lan', an IP address"),
            ("version: 1\nfirewall:\n  published:\n  - {ports: 80}\n  - {ports: 80}\n", 4, "names 80/tcp twice"),
            ("version: 1\nfirewall:\n  egress:\n    back:\n    - {ports: https}\n", 5, "must be a port"),
            ("version: 1\nfirewall:\n  interfaces: ['eth0; reboot']\n", 3, "must be the name of a network interface"),
            ("version: 1\nfirewall:\n  lan: ['fe80::1%$(reboot)']\n", 3, "must be an IP address"),
            ("version: 1\nkeeps:\n  - {rule: docker-socket}\n", 3, "reason is missing"),
            ("version: 1\ntarget: {kind: mesos}\n", 2, "neither"),
        ],
    )
    def test_says_what_and_where(self, text: str, line: int, says: str) -> None:
        with pytest.raises(DesignError) as caught:
            file.load(text)
        assert says in caught.value.message
        assert caught.value.span is not None
        assert caught.value.span.line == line

    def test_what_is_no_yaml(self) -> None:
        with pytest.raises(InputError):
            file.load("version: [1\n")

    def test_the_file_is_only_looked_for_beside_the_project(self, tmp_path: Path) -> None:
        (tmp_path / "batten.yaml").write_text("version: 1\n")
        below = tmp_path / "below"
        below.mkdir()
        assert file.beside(below) is None
        assert file.beside(tmp_path) == tmp_path / "batten.yaml"
        assert file.read(tmp_path / "batten.yaml") == Design()
