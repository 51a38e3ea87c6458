"""Comparing a stack: the node at hand, and what is known of the others."""

from __future__ import annotations

from pathlib import Path

from jsonschema import Draft202012Validator

from batten.engine.protocol import Swarm, Task, Workload
from batten.engine.vantage import Name, Space
from batten.report.verification import verification_json
from tests.live.comparing import FLAT, SCHEMA, Place, at, manager, task, verified, worker
from tests.live.fakes import FakeEngine


class TestAStack:
    RUNS = (task("web", at("shop_default", "10.0.1.3"), pid=10), task("db", at("shop_default", "10.0.1.5"), pid=11))

    def swarm(self) -> FakeEngine:
        """A service of two tasks, one of them elsewhere, and one that has an address of its own."""
        web, db = (Workload("service", f"{name}-id", f"shop_{name}", "x", {}, {}, virtual=virtual) for name, virtual in (("web", ()), ("db", ("10.0.1.4",))))
        tasks = [Task("web-id", "n1", "running", ("10.0.1.3",)), Task("web-id", "n2", "running", ("10.0.1.7",)), Task("db-id", "n1", "running", ("10.0.1.5",))]
        return FakeEngine(self.RUNS, state=Swarm(services=(web, db)), asks=tasks, told=manager())

    def resolved(self, _: Space, name: Name) -> frozenset[str]:
        """As the engine answers."""
        return frozenset({"10.0.1.3", "10.0.1.7"} if name.name == "web" else {"10.0.1.4"})

    def test_is_asked_on_the_node_at_hand_and_the_rest_is_told(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, (), Place(resolved=self.resolved), engine=self.swarm())
        assert not found.differs
        Draft202012Validator(SCHEMA).validate(verification_json(found))
        assert found.unasked == {"web": "1 of its 2 tasks run on other nodes and were not asked"}
        assert [pair.unasked for pair in found.pairs] == [""] * 4

    def test_on_a_worker_is_not_known_wholly(self, tmp_path: Path) -> None:
        found = verified(FLAT, tmp_path, (), Place(resolved=self.resolved), engine=FakeEngine(self.RUNS, told=worker()))
        assert not found.differs
        assert set(found.unasked.values()) == {"only its containers on this node were asked: a worker does not know of others"}

    def test_of_a_stack_know_the_swarms_own_network(self, tmp_path: Path) -> None:
        text = "services: {web: {image: nginx, ports: ['8080:80']}, db: {image: postgres}}\n"
        runs = [task("web", at("shop_default"), at("ingress")), task("db", at("shop_default"), at("ingress"))]
        (one,) = verified(text, tmp_path, runs, engine=FakeEngine(runs, told=worker())).memberships
        assert (one.service, one.expected, one.found) == ("db", ("shop_default",), ("ingress", "shop_default"))
