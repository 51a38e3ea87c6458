"""Who can reach whom, as text for people and as JSON for programs; for one project, and before and after its hardening."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from batten.model import Evidence, Project, Span
from batten.reach import Node, Reach, ReachPath
from batten.reach.paths import ZONES
from batten.report.reach_matrix import in_order, matrix
from batten.report.terminal import folded, plain

NEEDED, OPEN, UNKNOWN, CLOSED = "●", "○", "?", "·"
GONE, NEW = "×", "+"
_SELF = "–"
_LEGEND = f"{NEEDED} needed   {OPEN} open, not needed   {UNKNOWN} open, need unknown   {CLOSED} closed"
_CHANGES = f"{GONE} closed now   {NEW} opened now"
_EVIDENCE_SHOWN = 2
_MANY = 9
"""From so many services on, lists say who is missing where nearly all are there."""


# as data


def reach_json(reach: Reach, project: Project) -> dict[str, Any]:
    """The object that is promised to programs."""
    return {
        "schema_version": 1,
        "nodes": [_node_data(node) for node in reach.nodes],
        "paths": [_path_data(path, project) for path in reach.paths],
    }


def reach_change_json(before: Reach, after: Reach, project: Project) -> dict[str, Any]:
    """Such an object for the project as it is, and one for what a design makes of it."""
    return {"schema_version": 1, "before": reach_json(before, project), "after": reach_json(after, project)}


def _node_data(node: Node) -> dict[str, Any]:
    return {"id": node.id, "kind": node.kind} if node.kind == "zone" else {"id": node.id, "kind": node.kind, "tier": node.tier or None}


def _path_data(path: ReachPath, project: Project) -> dict[str, Any]:
    return {
        "from": path.source,
        "to": path.target,
        "ports": list(path.ports) or "any",
        "via": list(path.via),
        "needed": path.needed,
        "because": [_evidence_data(evidence, project) for evidence in path.because],
    }


def _evidence_data(evidence: Evidence, project: Project) -> dict[str, Any]:
    kind, where = evidence.kind.value, evidence.where
    if where is None:
        return {"kind": kind}
    if isinstance(where, Span):
        return {"kind": kind, "file": project.shown(where.file), "line": where.line}
    return {"kind": kind, "object": where.object, "attribute": where.attribute}


# as text


def reach_text(reach: Reach, project: Project, width: int = 80) -> str:
    """A matrix where it fits, else a list; then the roads, the evidence, what could not be known, and one line that sums it up."""
    lines = [*_heading(reach, project, width), ""]
    lines += _overview(reach, lambda source, target: _mark(reach.between(source.id, target.id)), _LEGEND, width)
    lines += _section("Roads", _roads(reach), width)
    lines += _section("Needed", _needed(reach, project), width)
    lines += _closing(reach, width)
    return "\n".join([*lines, "", *_sums("", reach, width)]) + "\n"


def reach_change_text(before: Reach, after: Reach, project: Project, width: int = 80) -> str:
    """What a design closes, and what is open after it."""
    pairs = {(path.source, path.target) for path in (*before.paths, *after.paths)}
    lines = [*_heading(after, project, width), ""]
    lines += _overview(after, lambda source, target: _change_mark(before, after, source.id, target.id), f"{_LEGEND}   {_CHANGES}", width)
    lines += _section("Closed now", _by_source(after, (pair for pair in pairs if not after.between(*pair))), width)
    lines += _section("Opened now", _by_source(after, (pair for pair in pairs if not before.between(*pair))), width)
    lines += _section("Roads", _roads(after), width)
    lines += _closing(after, width)
    return "\n".join([*lines, "", *_sums("before: ", before, width), *_sums("after:  ", after, width)]) + "\n"


def _heading(reach: Reach, project: Project, width: int) -> list[str]:
    return folded(f"{project.name}: who can reach whom on Docker {reach.engine}", width)


def _section(title: str, entries: Iterable[str], width: int) -> list[str]:
    """A titled list."""
    lines = [line for entry in entries for line in _entry(entry, width)]
    return ["", title, *lines] if lines else []


def _entry(text: str, width: int) -> list[str]:
    """An entry of a list; what does not fit into one line hangs below it."""
    return wrap(plain(text), width, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False)


def _closing(reach: Reach, width: int) -> list[str]:
    unmet = (f"{source} → {target}: {reach.why_closed(source, target)}" for source, target, _ in reach.unmet)
    return [*_section("Needed, but closed", unmet, width), *_section("Not known", reach.notes, width)]


# marks


def _mark(path: ReachPath | None) -> str:
    if path is None:
        return CLOSED
    return UNKNOWN if path.needed is None else NEEDED if path.needed else OPEN


def _change_mark(before: Reach, after: Reach, source: str, target: str) -> str:
    was, now = before.between(source, target), after.between(source, target)
    if was and not now:
        return GONE
    return NEW if now and not was and now.needed is not True else _mark(now)


def _overview(reach: Reach, mark: Callable[[Node, Node], str], legend: str, width: int) -> list[str]:
    """The matrix with its legend; lists by source where there are too many services for one."""
    lines = matrix(reach.nodes, lambda row, column: _cell(row, column, mark), width)
    return [*(lines or _lists(reach, mark, width)), "", *folded(legend, width)]


def _cell(row: Node, column: Node, mark: Callable[[Node, Node], str]) -> str:
    if row == column:
        return _SELF
    return " " if row.kind == column.kind == "zone" else mark(row, column)


# lists


def _lists(reach: Reach, mark: Callable[[Node, Node], str], width: int) -> list[str]:
    """One paragraph a source: its targets by mark, those that are most of a project in short."""
    nodes = in_order(reach.nodes)
    lines: list[str] = []
    tier = None
    for source in nodes:
        group = source.tier or source.kind
        if group != tier:
            lines += ([""] if lines else []) + [group]
            tier = group
        lines += _entry(f"{source.id}: {'; '.join(_targets(source, nodes, mark)) or 'reaches nothing'}", width)
    return lines


def _targets(source: Node, nodes: Sequence[Node], mark: Callable[[Node, Node], str]) -> Iterator[str]:
    others = [node for node in nodes if node != source and not node.kind == source.kind == "zone"]
    marks = {node.id: mark(source, node) for node in others}
    unnamed = [node.id for node in others if node.kind == "service"]
    for sign in (NEEDED, UNKNOWN, NEW, OPEN, GONE):
        names = [node.id for node in others if marks[node.id] == sign]
        if names:
            yield f"{sign} {_in_short(names, unnamed)}"
            unnamed = [name for name in unnamed if name not in names]


def _in_short(names: Sequence[str], services: Sequence[str]) -> str:
    """The names; where they are most of the services in question, those that are missing instead."""
    missing = [name for name in services if name not in names]
    if len(services) < _MANY or len(missing) * 4 > len(services):
        return ", ".join(names)
    others = [name for name in names if name not in services]
    every = "every other service" + (f" but {', '.join(missing)}" if missing else "")
    return ", ".join([every, *others])


def _by_source(reach: Reach, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Pairs as ``source → targets``, in the order of the nodes."""
    order = [node.id for node in in_order(reach.nodes)]
    found = set(pairs)
    for source in order:
        targets = [target for target in order if (source, target) in found]
        if targets:
            yield f"{source} → {_in_short(targets, _others(order, [source]))}"


# roads and evidence


def _roads(reach: Reach) -> Iterator[str]:
    """Every road once, with who takes it to whom."""
    takers: dict[str, list[ReachPath]] = {}
    for path in reach.paths:
        for road in path.via:
            takers.setdefault(road, []).append(path)
    order = [node.id for node in in_order(reach.nodes)]
    for road, paths in takers.items():
        yield f"{road}: {'; '.join(_who_to_whom({(path.source, path.target) for path in paths}, order))}"


def _who_to_whom(pairs: set[tuple[str, str]], order: Sequence[str]) -> Iterator[str]:
    """A set of pairs in few words: everybody with everybody, or the sources of each group of targets."""
    named = {name for pair in pairs for name in pair}
    members = [name for name in order if name in named]
    if len(pairs) == len(members) * (len(members) - 1) and len(members) > 1:
        yield f"{', '.join(members)} with each other" if len(members) > 2 else f"{members[0]} and {members[1]}"
        return
    for sources, targets in _grouped(pairs, order).items():
        yield f"{_in_short(sources, _others(order, targets))} → {', '.join(targets)}"


def _grouped(pairs: set[tuple[str, str]], order: Sequence[str]) -> dict[tuple[str, ...], list[str]]:
    """Sources → the targets that just these have in common, all in order."""
    place = {name: at for at, name in enumerate(order)}
    sources: dict[str, list[str]] = {}
    for source, target in sorted(pairs, key=lambda pair: (place[pair[1]], place[pair[0]])):
        sources.setdefault(target, []).append(source)
    groups: dict[tuple[str, ...], list[str]] = {}
    for target, names in sources.items():
        groups.setdefault(tuple(names), []).append(target)
    return groups


def _others(order: Sequence[str], named: Sequence[str]) -> list[str]:
    """The services that are not named on the other side of an arrow."""
    return [name for name in order if name not in ZONES and name not in named]


def _needed(reach: Reach, project: Project) -> Iterator[str]:
    """Needed paths with their strongest evidence."""
    for path in reach.paths:
        if path.needed:
            shown = [_evidence_text(evidence, project) for evidence in path.because[:_EVIDENCE_SHOWN]]
            yield f"{path.source} → {path.target}: {' · '.join(shown)}"


def _evidence_text(evidence: Evidence, project: Project) -> str:
    where = evidence.where
    place = "" if where is None else f" at {project.shown(where.file)}:{where.line}" if isinstance(where, Span) else f" at {where.object}"
    return f"{evidence.kind.value}: {evidence.text}{place}"


# sums


def _sums(head: str, reach: Reach, width: int) -> list[str]:
    """Paths between services; then how many services each zone gets to, and how many get out."""
    reached = ", ".join(f"{sum(path.source == zone for path in reach.paths)} by the {zone}" for zone in ZONES)
    out = sum(path.target == ZONES[0] for path in reach.paths)
    return folded(f"{head}{reach.summary}; reached {reached}; {out} reach the internet", width)
