"""Who needs whom: every pair of services with the evidence for it, from names that stand in the files down to assumptions."""

from __future__ import annotations

from batten.inference import assumed, configured, declared, doubts, egress, habits, named, siblings
from batten.inference.collected import Collected
from batten.inference.latest import kept_for_latest
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


def known_connections(project: Project) -> tuple[Connection, ...]:
    """Every pair of services for which something speaks, with its evidence: what a review asks for. Ways out and assumptions cost time and are left out."""
    return of_project(project).connections()


def of_project(project: Project, *, contexts: bool = False) -> Collected:
    """All evidence but assumptions, with that in build contexts or without; not to be changed."""
    return _with_contexts(project) if contexts else _of_files(project)


@kept_for_latest
def _of_files(project: Project) -> Collected:
    return collected(Scene.of(project))


@kept_for_latest
def _with_contexts(project: Project) -> Collected:
    return collected(Scene.of(project), contexts=True)


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
