"""Comparing without an engine: a vantage on namespaces that are not there, and short ways to a comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from batten.engine.grouping import COMPOSE_SERVICE
from batten.engine.protocol import About, Membership, Workload
from batten.engine.vantage import Address, Asked, Heard, Look, Name, Space
from batten.engine.verifying import LIMIT, Verification, verify
from batten.reach import predict
from tests.live.fakes import FakeEngine, composed, container
from tests.support import project_of

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/verify.schema.json").read_text())
FLAT = "services: {web: {image: nginx}, db: {image: postgres}}\n"
SPLIT = """
services:
  web: {image: nginx, networks: [front], ports: ["8080:80"]}
  db: {image: postgres, networks: [back]}
networks: {front: {}, back: {}, shared: {external: true, name: shared}}
"""
Reached = Callable[[Space, Address], bool]
Resolved = Callable[[Space, Name], frozenset[str]]


def at(name: str, *addresses: str) -> Membership:
    """A place in a network of the shop."""
    return Membership(name, addresses=addresses)


def verified(
    text: str, tmp_path: Path, runs: Iterable[Workload], place: Place | None = None, *, engine: FakeEngine | None = None, limit: int = LIMIT
) -> Verification:
    """What a comparison comes to."""
    project = project_of(text, tmp_path)
    enter = (lambda _: place) if place is not None else None
    return verify(project, predict(project, connections=()), engine or FakeEngine(list(runs)), "28.5.2", enter, limit=limit)


class Place:
    """A ``Vantage`` on namespaces that are not there, in which everything listens on port 80."""

    host = Space(1, 1)
    notes = ("The moon was not asked.",)

    def __init__(self, reached: Reached = lambda *_: True, resolved: Resolved | None = None) -> None:
        self._reached, self._resolved = reached, resolved or self._right
        self._containers: Sequence[Workload] = ()
        self.closed = False

    def _right(self, _: Space, name: Name) -> frozenset[str]:
        named = [one for one in self._containers if one.labels.get(COMPOSE_SERVICE) == name.name]
        return frozenset(address for one in named for member in one.networks for address in member.addresses)

    @staticmethod
    def anybody(name: Name) -> frozenset[str]:
        """The addresses of the flat shop."""
        return frozenset({"172.20.0.10" if name.name == "web" else "172.20.0.11"})

    def look(self, containers: Sequence[Workload]) -> Mapping[str, Look | str]:
        """See the protocol."""
        self._containers = containers
        return {one.id: Look(Space(one.pid, one.pid), frozenset({Address("0.0.0.0", 80)})) for one in containers}

    def ask(self, wanted: Mapping[Space, Asked]) -> Iterator[tuple[Space, Heard]]:
        """See the protocol."""
        for space, asked in wanted.items():
            found = frozenset(one for one in asked.addresses if self._reached(space, one))
            yield space, Heard(found, frozenset(), {name: self._resolved(space, name) for name in asked.names})

    def __enter__(self) -> Place:
        """See the protocol."""
        return self

    def __exit__(self, *_: object) -> None:
        """See the protocol."""
        self.closed = True


def two() -> list[Workload]:
    """The flat shop as it runs."""
    return [composed("shop", name, pid=pid, networks=(at("shop_default", f"172.20.0.{pid}"),)) for name, pid in (("web", 10), ("db", 11))]


def task(service: str, *networks: Membership, number: int = 1, pid: int = 0) -> Workload:
    """A container that a swarm made for the shop."""
    labels = {"com.docker.swarm.task.id": f"{service}{number}", "com.docker.swarm.service.name": f"shop_{service}", "com.docker.stack.namespace": "shop"}
    return container(f"shop_{service}.{number}", labels=labels, networks=networks, pid=pid)


def worker() -> About:
    """A worker of a swarm."""
    return About("quay", "28.5.2", "1.51", "unix:///var/run/docker.sock", "worker")


def manager() -> About:
    """A manager of a swarm, as node ``n1``."""
    return About("quay", "28.5.2", "1.51", "unix:///var/run/docker.sock", "manager", {"Swarm": {"NodeID": "n1"}})
