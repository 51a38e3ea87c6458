"""Looking by probe containers: one for each namespace, none left behind, and a restart noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from batten.engine import beside, observing
from batten.engine.endpoint import Endpoint
from batten.engine.keeping import Kept
from batten.errors import EngineError
from tests.live.fakes import FakeEngine, composed
from tests.live.test_connections import HEADING, end, row
from tests.live.test_observe import ASKING, FLAT, LISTENING, runs
from tests.support import project_of

FAR = Endpoint("tcp://engine.example:2376")


@dataclass
class Shelf:
    """A ``Keeper`` of probe containers that are not there; each prints what a test says of its namespace."""

    tables: Mapping[str, str]
    """By the namespace's container, or ``host``: what its table of TCP sockets says."""
    there: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    most: int = 0

    def has(self, image: str) -> bool:
        """See the protocol."""
        return image == "busybox"

    def pull(self, image: str) -> str:
        """See the protocol."""
        return "there is no network"

    def create(self, name: str, image: str, space: str, labels: Mapping[str, str], seconds: int) -> str:
        """See the protocol."""
        self.there[name] = (space.removeprefix("container:"), labels)
        self.most = max(self.most, len(self.there))
        return name

    def start(self, container: str) -> None:
        """See the protocol."""

    def run(self, container: str, command: Sequence[str], seconds: float) -> str:
        """See the protocol."""
        space, _ = self.there[container]
        return "".join(f"== {name}\n{self.tables.get(space, '') if name == 'tcp' else ''}" for name in command[4:])

    def remove(self, container: str) -> None:
        """See the protocol."""
        self.there.pop(container, None)

    def kept(self) -> Sequence[Kept]:
        """See the protocol."""
        return [Kept(name, "running", 0.0, labels) for name, (_, labels) in self.there.items()]


def engine(shelf: Shelf) -> FakeEngine:
    """A web server and its database."""
    return FakeEngine([runs("web", 10), runs("db", 11)], keeps=shelf)


def shelf() -> Shelf:
    """What they would print."""
    web, db = runs("web", 10), runs("db", 11)
    return Shelf({web.id: ASKING, db.id: LISTENING})


class TestLooking:
    def test_finds_the_same_and_leaves_nothing(self, tmp_path: Path) -> None:
        keeper = shelf()
        views = observing.views_of(engine(keeper), FAR, seconds=1)
        (look,) = observing.observe(project_of(FLAT, tmp_path), engine(keeper), wait=lambda _: True, views=views)
        assert [(one.pair, one.ports) for one in look.observations.sightings] == [(("web", "db"), ("5432/tcp",))]
        assert (keeper.most, keeper.there) == (3, {})

    def test_comes_less_often(self, tmp_path: Path) -> None:
        keeper = shelf()
        views = observing.views_of(engine(keeper), FAR)
        (look,) = observing.observe(project_of(FLAT, tmp_path), engine(keeper), wait=lambda _: True, views=views)
        assert 9 < look.pause <= 10

    def test_takes_one_probe_for_a_namespace(self, tmp_path: Path) -> None:
        web, keeper = runs("web", 10), shelf()
        side = replace(composed("shop", "db", pid=12, networks=()), settings={"HostConfig.NetworkMode": f"container:{web.id}"})
        there = FakeEngine([web, side], keeps=keeper)
        looks = observing.observe(project_of(FLAT, tmp_path), there, views=beside.Beside(there, "busybox", "little", 60))
        next(looks)
        assert sorted(space for space, _ in keeper.there.values()) == sorted([web.id, "host"])
        looks.close()
        assert keeper.there == {}

    def test_takes_a_new_probe_after_a_restart(self, tmp_path: Path) -> None:
        keeper = shelf()
        there = engine(keeper)

        def restart(_: float) -> bool:
            if there.runs[1].pid == 12:
                return True
            there.runs = [there.runs[0], replace(there.runs[1], pid=12)]
            keeper.tables = {**keeper.tables, there.runs[0].id: HEADING + row(end("172.20.0.10", 40001), end("172.20.0.11", 5432), "01")}
            return False

        views = beside.Beside(there, "busybox", "little", 60)
        *_, last = observing.observe(project_of(FLAT, tmp_path), there, wait=restart, views=views)
        assert [(one.pair, one.times) for one in last.observations.sightings] == [(("web", "db"), 2)]
        assert keeper.there == {}


class TestTheImage:
    def test_has_to_be_there(self) -> None:
        with pytest.raises(EngineError, match="the image tools:1 for the probe containers is not on the engine") as raised:
            observing.views_of(engine(shelf()), FAR, image="tools:1")
        assert "run it as root on the engine's host" in raised.value.hint

    def test_is_pulled_where_that_is_wanted(self) -> None:
        with pytest.raises(EngineError, match="cannot be pulled: there is no network"):
            observing.views_of(engine(shelf()), FAR, image="tools:1", pull=True)
