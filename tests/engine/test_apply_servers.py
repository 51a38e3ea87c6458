"""The demo with real servers on a real engine: hardened it serves as before, and what a wrong design breaks is found and named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.engine import servers
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine
from tests.engine.servers import Shop

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def shop(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop as its files are, running."""
    if absent := servers.missing():
        go_without(f"not installed: {', '.join(absent)}")
    servers.make_images(engine)
    servers.open_for_mail(engine)
    running = Shop(engine, servers.copy_demo(tmp_path_factory.mktemp("servers")))
    try:
        running.up()
        yield running
    finally:
        running.down()


class TestHardened:
    def test_it_serves_as_before(self, shop: Shop) -> None:
        assert "cod" in shop.order("cod")
        subprocess.run((sys.executable, "-m", "batten", "harden", str(shop.folder), "--in-place"), check=True, timeout=120, capture_output=True)
        with servers.traffic(shop):
            shop.up()
        told = json.loads(shop.order("plaice"))
        assert told["last"] == "plaice"
        assert {"cod", "plaice"} <= set(told["orders"])
        assert "plaice" in shop.ask("/")
