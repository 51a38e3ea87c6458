"""Counting paths comes to what naming them comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.inference.evidence import needed_connections
from batten.reach import count_paths, predict
from tests.support import project_of

SHAPES = {
    "everybody on one network": "services: {a: {image: x}, b: {image: postgres}, c: {image: y, environment: {DB: 'postgres://b/x'}}}",
    "published past networks": "services: {a: {image: x, networks: [one], ports: ['80:80']}, b: {image: y, networks: [two]}}\nnetworks: {one: {}, two: {}}",
    "no way out": "services: {a: {image: x, networks: [one], ports: ['80:80']}, b: {image: y, networks: [two]}}\nnetworks: {one: {}, two: {internal: true}}",
    "namespaces": "services: {a: {image: x}, b: {image: y, network_mode: 'service:a'}, c: {image: z, network_mode: 'service:a'}, d: {image: w}}",
    "the host's network": "services: {a: {image: x, network_mode: host}, b: {image: y, network_mode: host}, c: {image: z}, d: {image: z, network_mode: none}}",
}


class TestCounting:
    @pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES.keys())
    @pytest.mark.parametrize("engine", ["20.10", "28.5"])
    def test_agrees_with_the_paths_themselves(self, text: str, engine: str, tmp_path: Path) -> None:
        project = project_of(text, tmp_path)
        needed = needed_connections(project)
        reach = predict(project, engine=engine, connections=needed)
        assert count_paths(project, needed, engine=engine) == (len(reach.service_paths), reach.needed)

    def test_agrees_on_the_shop(self, demo: Path) -> None:
        project = load_project([demo / "compose.yaml"])
        assert count_paths(project, needed_connections(project)) == (42, 8)
