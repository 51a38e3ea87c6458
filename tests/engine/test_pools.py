"""Docker's default address pools hold as many networks as the design reckons with."""

from __future__ import annotations

import os
from itertools import count

import pytest

from batten.design.room import POOLS
from tests.engine.dockerd import Engine

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.environ.get("BATTEN_ENGINE_SHAPES") != "all", reason="BATTEN_ENGINE_SHAPES is not 'all'")]


class TestDefaultPools:
    def test_hold_so_many_networks_and_not_one_more(self, engine: Engine) -> None:
        there = len(engine.docker("network", "ls", "--quiet", "--filter", "driver=bridge").split()) - 1
        made: list[str] = []
        try:
            with pytest.raises(RuntimeError, match="address pool"):
                for number in count():
                    made.append(engine.docker("network", "create", f"pool{number}").strip())
                    assert len(made) <= 2 * POOLS
        finally:
            engine.docker("network", "rm", *made)
        assert there + len(made) == POOLS
