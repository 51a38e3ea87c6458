"""Published ports: which of them an engine really opens, and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.review.context import Context
from batten.review.exposure import Reachable, classify, entries
from tests.support import project_of


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("", Reachable.EVERYWHERE),
        ("0.0.0.0", Reachable.EVERYWHERE),
        ("::", Reachable.EVERYWHERE),
        ("0:0::0", Reachable.EVERYWHERE),
        ("127.0.0.1", Reachable.LOOPBACK),
        ("127.255.0.9", Reachable.LOOPBACK),
        ("::1", Reachable.LOOPBACK),
        ("0:0:0:0:0:0:0:1", Reachable.LOOPBACK),
        ("10.1.2.3", Reachable.PRIVATE),
        ("172.31.0.1", Reachable.PRIVATE),
        ("100.100.0.1", Reachable.PRIVATE),
        ("fd00::1", Reachable.PRIVATE),
        ("172.32.0.1", Reachable.PUBLIC),
        ("203.0.113.7", Reachable.PUBLIC),
        ("2001:db8::1", Reachable.PUBLIC),
        ("no address", Reachable.PUBLIC),
    ],
)
def test_an_address_says_who_can_reach_it(address: str, reachable: Reachable) -> None:
    assert classify(address) is reachable


def shown(text: str, tmp_path: Path) -> list[tuple[str, str, Reachable]]:
    context = Context(project_of(text, tmp_path))
    return [(entry.text, entry.address, entry.reachable) for service in context.project.services.values() for entry in entries(context, service)]


class TestEntries:
    def test_a_range_is_one_entry(self, tmp_path: Path) -> None:
        text = 'services: {a: {image: "example.org/a:1", ports: ["8000-8003:9000-9003", "80"]}}'
        assert shown(text, tmp_path) == [("8000-8003", "", Reachable.EVERYWHERE), ("80", "", Reachable.EVERYWHERE)]

    @pytest.mark.parametrize("mode", ["none", "host"])
    def test_without_a_network_of_the_project_there_is_none(self, mode: str, tmp_path: Path) -> None:
        assert shown(f'services: {{a: {{image: "example.org/a:1", network_mode: {mode}, ports: ["80:80"]}}}}', tmp_path) == []

    def test_the_default_bridge_forwards_too(self, tmp_path: Path) -> None:
        text = 'services: {a: {image: "example.org/a:1", network_mode: bridge, ports: ["80:80"]}}'
        assert shown(text, tmp_path) == [("80", "", Reachable.EVERYWHERE)]

    def test_one_network_that_forwards_is_enough(self, tmp_path: Path) -> None:
        text = """
services: {a: {image: "example.org/a:1", ports: ["80:80"], networks: [inside, lan, out]}}
networks: {inside: {internal: true}, lan: {driver: macvlan}, out: {}}
"""
        assert shown(text, tmp_path) == [("80", "", Reachable.EVERYWHERE)]
        assert shown(text.replace(", out]", "]"), tmp_path) == []

    def test_the_binding_of_a_network_is_the_default_and_no_more(self, tmp_path: Path) -> None:
        text = """
services: {a: {image: "example.org/a:1", ports: ["80:80", "0.0.0.0:81:81"]}}
networks: {default: {driver_opts: {com.docker.network.bridge.host_binding_ipv4: 127.0.0.1}}}
"""
        assert shown(text, tmp_path) == [("80", "127.0.0.1", Reachable.LOOPBACK), ("81", "", Reachable.EVERYWHERE)]
