"""Who needs whom: every pair of services with the evidence for it, from names that stand in the files down to assumptions."""

from __future__ import annotations

from batten.inference import assumed, configured, declared, doubts, egress, habits, named, siblings
from batten.inference.collected import Collected
from batten.inference.scene import Scene
from batten.model import Connection, Project, Zone


def needed_connections(project: Project) -> tuple[Connection, ...]:
    """Every pair with its evidence, assumptions included; connections out have the target ``internet``."""
    found = of_project(project).copy()
    assumed.collect(found)
    out = {name: Connection(name, Zone.INTERNET.value, tuple(reasons)) for name, reasons in egress.reasons(found.scene).items()}
    return (*found.connections(), *out.values())


_latest: list[tuple[Project, Collected]] = []


def of_project(project: Project) -> Collected:
    """All evidence but assumptions, not to be changed. Kept for the project that was asked about last: tiers and connections are asked for in turn."""
    latest = _latest[-1] if _latest else None
    if latest is None or latest[0] is not project:
        latest = (project, collected(Scene.of(project)))
        _latest[:] = [latest]
    return latest[1]


def collected(scene: Scene) -> Collected:
    """All evidence but assumptions."""
    found = Collected(scene)
    named.collect(found)
    configured.collect(found)
    declared.collect(found)
    doubts.collect(found)
    declared.collect_through_host(found)
    habits.collect(found)
    declared.collect_order(found)
    siblings.collect(found)
    return found
