"""What rules ask: places, namespaces, and what was decided already."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.model import Connection, Evidence, EvidenceKind, Span, Tier, TreePath
from batten.review.context import Context
from tests.support import project_of

TEXT = """services:   # all of them
  web: &web
    image: example.org/web:1

  "odd.name":

    # why it is there
    image: example.org/odd:1
  flow: {image: "example.org/flow:1", labels: {web: "x"}}
  second:
    <<: *web
    network_mode: service:third
  third:
    image: example.org/third:1
networks: {one: {internal: true}, web: {}}
"""


class TestPlace:
    @pytest.mark.parametrize(
        ("path", "line", "text"),
        [
            (("services",), 1, "services"),
            (("services", "web"), 2, "web"),
            (("services", "odd.name"), 5, '"odd.name"'),
            (("services", "flow"), 9, "flow"),
            (("services", "flow", "labels"), 9, "labels"),
            (("services", "second"), 10, "second"),
            (("networks", "one"), 15, "one"),
            (("networks", "web"), 15, "web"),
            (("services", "web", "image"), 3, "example.org/web:1"),
        ],
    )
    def test_of_a_block_is_its_key_and_of_a_scalar_itself(self, path: TreePath, line: int, text: str, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path)
        span = Context(project).place(path)
        assert span.line == line
        assert project.sources[span.file].text[span.start : span.end] == text
        assert project.sources[span.file].text.split("\n")[line - 1][span.column - 1 :].startswith(text)

    def test_of_something_that_is_not_there_is_around_it(self, tmp_path: Path) -> None:
        assert isinstance(Context(project_of(TEXT, tmp_path)).place(("services", "nobody", "ports", 3)), Span)


class TestNamespace:
    def test_of_a_ring_of_services_ends(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path)
        third = project.services["third"]._replace(network_mode="service:second")
        context = Context(project._replace(services={**project.services, "third": third}))
        assert context.owner(context.project.services["second"]).name in ("second", "third")


class TestWhatWasDecided:
    def test_tiers_are_not_inferred_again(self, tmp_path: Path) -> None:
        project = project_of("services: {db: {image: 'postgres:16'}}", tmp_path)
        assert Context(project).tier("db") is Tier.DATA
        assert Context(project, tiers={"db": Tier.OPS}).tier("db") is Tier.OPS

    def test_assumptions_are_no_knowledge(self, tmp_path: Path) -> None:
        project = project_of(TEXT, tmp_path)
        kinds = {"web": EvidenceKind.ASSUMED, "flow": EvidenceKind.ORDERED}
        links = [Connection(name, "second", (Evidence(kind, None, "x"),)) for name, kind in kinds.items()]
        assert Context(project, connections=links).known_pairs == {("flow", "second")}
