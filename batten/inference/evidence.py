"""Who needs whom: every pair of services with the evidence for it, from names that stand in the files down to assumptions."""

from __future__ import annotations

from batten.inference import assumed, configured, declared, doubts, egress, habits, named, siblings
from batten.inference.collected import Collected
from batten.inference.scene import Scene
from batten.model import Connection, Project, Zone


def needed_connections(project: Project, *, contexts: bool = False) -> tuple[Connection, ...]:
    """Every pair with its evidence, assumptions included; connections out have the target ``internet``.

    ``contexts`` says that build contexts are read too, which costs time: a design wants it, a review does not.
    """
    found = of_project(project, contexts=contexts).copy()
    assumed.collect(found)
    out = {name: Connection(name, Zone.INTERNET.value, tuple(reasons)) for name, reasons in egress.reasons(found.scene).items()}
    return (*found.connections(), *out.values())


_latest: dict[bool, tuple[Project, Collected]] = {}
"""For the project that was asked about last: tiers and connections are asked for in turn. With build contexts, and without."""


def of_project(project: Project, *, contexts: bool = False) -> Collected:
    """All evidence but assumptions, not to be changed; kept until another project is asked about."""
    known = _latest.get(contexts)
    if known is None or known[0] is not project:
        known = _latest[contexts] = (project, collected(Scene.of(project), contexts=contexts))
    return known[1]


def collected(scene: Scene, *, contexts: bool = False) -> Collected:
    """All evidence but assumptions."""
    found = Collected(scene)
    named.collect(found)
    configured.collect(found)
    if contexts:
        from batten.inference import built

        built.collect(found)
    declared.collect(found)
    doubts.collect(found)
    declared.collect_through_host(found)
    habits.collect(found)
    declared.collect_order(found)
    siblings.collect(found)
    return found
