"""From a design to changes: each concern says what would have to change for its part of the target to hold."""

from __future__ import annotations

from collections.abc import Iterator

from batten.design import Design, rerouting
from batten.errors import DesignError
from batten.model import Action, Change, Project, TreePath
from batten.plan import firewall, mtls, networks, privileges, published, routed, secrets, sockets

CONCERNS = (secrets, mtls, networks, published, privileges, firewall, sockets)


def plan(project: Project, design: Design) -> tuple[Change, ...]:
    """Every change that is needed for ``design`` to hold; nothing where it holds already.

    Raises:
        DesignError: two decisions want different values in the same place, or a connection cannot speak mutual TLS.
    """
    design = rerouting.rerouted(project, design)
    wanted = (change for concern in CONCERNS for change in concern.changes(project, design))
    changes = [change for change in wanted if not any(one.covers(change) for one in design.left_out)]
    changes += routed.changes(project, changes)
    return tuple(_without_doubles(changes))


def _without_doubles(changes: list[Change]) -> Iterator[Change]:
    """Each decision's changes once; two that set one path to different values are an error.

    Two decisions may want the same thing, such as the file of a secret that two services share: both keep it, since
    one of them may be declined.
    """
    settled: dict[TreePath, Change] = {}
    seen: set[tuple[TreePath, str]] = set()
    for change in changes:
        if change.action in (Action.APPEND, Action.REMOVE_ITEM):
            yield change
            continue
        earlier = settled.setdefault(change.path, change)
        if (earlier.action, earlier.value) != (change.action, change.value):
            where = ".".join(map(str, change.path))
            raise DesignError(f"the decisions '{earlier.decision}' and '{change.decision}' want different things at {where}.")
        if (change.path, change.decision) not in seen:
            seen.add((change.path, change.decision))
            yield change
