"""Connections: who needs whom, and why we believe it."""

from __future__ import annotations

from batten.design.sections.reading import only, sequence, text, wrong
from batten.inference.evidence import needed_connections
from batten.model import Connection, Evidence, EvidenceKind, Project, Span, Value


def propose(project: Project) -> tuple[Connection, ...]:
    """Every connection that something speaks for, and those that are assumed so as not to break anything; build contexts are read too."""
    return needed_connections(project, contexts=True)


def dump(connections: tuple[Connection, ...]) -> list[dict[str, str]]:
    """One entry a connection: the strongest reason, its kind and its place."""
    return [{"from": one.source, "to": one.target, "because": one.evidence[0].text if one.evidence else "", "evidence": _kind(one)} for one in connections]


def _kind(connection: Connection) -> str:
    return connection.evidence[0].kind.value if connection.evidence else EvidenceKind.DECLARED.value


def load(value: Value) -> tuple[Connection, ...]:
    """Read back what ``dump`` wrote; raises DesignError for an unknown kind of evidence."""
    found = []
    for item in sequence(value, "connections"):
        entry = dict(only(item, {"from", "to", "because", "evidence"}, "connections"))
        kind = text(entry.get("evidence"), "evidence", "declared")
        if kind not in {known.value for known in EvidenceKind}:
            raise wrong(item, f"'{kind}' is not a kind of evidence.")
        where: Span | None = item.origin.primary if item.origin else None
        evidence = Evidence(EvidenceKind(kind), where, text(entry.get("because"), "because", "decided in the design"))
        found.append(Connection(text(entry.get("from"), "from", near=item), text(entry.get("to"), "to", near=item), (evidence,)))
    return tuple(found)
