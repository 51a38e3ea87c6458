"""Who needs whom: every pair of services with the evidence for it, from names that stand in the files down to assumptions."""

from __future__ import annotations

from batten.inference import assumed, configured, declared, egress, habits, named
from batten.inference.collected import Collected
from batten.inference.scene import Scene
from batten.model import Connection, Project, Zone


def needed_connections(project: Project) -> tuple[Connection, ...]:
    """Every pair with its evidence, assumptions included; connections out have the target ``internet``."""
    scene = Scene.of(project)
    found = collected(scene)
    assumed.collect(found)
    out = {name: Connection(name, Zone.INTERNET.value, tuple(reasons)) for name, reasons in egress.reasons(scene).items()}
    return (*found.connections(), *out.values())


def collected(scene: Scene) -> Collected:
    """All evidence but assumptions."""
    found = Collected(scene)
    named.collect(found)
    configured.collect(found)
    declared.collect(found)
    habits.collect(found)
    declared.collect_order(found)
    habits.collect_siblings(found)
    return found
