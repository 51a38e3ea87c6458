"""A matrix of marks in plain text: who is a row reaches who is a column. It is drawn where it fits: with names or with numbers over the columns, or, for
many services, with one character for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from batten.reach import Node
from batten.report.terminal import plain

_LONGEST_NAME = 24
_SHORTEST_NAME = 10
"""Names are cut no shorter than this; where that is too wide there is no matrix."""
_TIERS = ("edge", "app", "data", "ops", "job", "")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The labels of the rows, aligned, and the titles of the columns."""

    labels: tuple[str, ...]
    titles: tuple[str, ...]
    corner: str

    @property
    def columns(self) -> tuple[int, ...]:
        """How wide each column is, with a space on either side."""
        return tuple(len(title) + 2 for title in self.titles)

    @property
    def width(self) -> int:
        """How wide the drawing becomes."""
        return len(self.labels[0]) + sum(self.columns)


def in_order(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Services by tier, in their own order within one; then the zones."""
    return tuple(sorted(nodes, key=lambda node: (node.kind == "zone", _rank(node.tier))))


def _rank(tier: str) -> int:
    return _TIERS.index(tier) if tier in _TIERS else len(_TIERS)


def matrix(nodes: Sequence[Node], mark: Callable[[Node, Node], str], width: int) -> list[str]:
    """The lines of the matrix, or none where it does not fit into ``width`` columns."""
    rows = in_order(nodes)
    frame = next((frame for frame in (_named(rows), _numbered(rows)) if frame.width <= width), None)
    return _drawn(rows, frame, mark) if frame else _dense(rows, mark, width)


def _named(rows: Sequence[Node]) -> _Frame:
    names = [_name(node) for node in rows]
    return _Frame(_aligned(rows, names), tuple(names), "to →")


def _numbered(rows: Sequence[Node]) -> _Frame:
    """Each service has a number, which stands beside its name and over its column; a zone has its name, cut short."""
    services = sum(node.kind == "service" for node in rows)
    digits = len(str(services))
    numbers = [f"{at:>{digits}}" if node.kind == "service" else _short(node.id) for at, node in enumerate(rows, 1)]
    names = [f"{number} {_name(node)}" if node.kind == "service" else f"{'':{digits}} {node.id}" for number, node in zip(numbers, rows, strict=True)]
    return _Frame(_aligned(rows, names), tuple(numbers), "to →")


def _short(zone: str) -> str:
    return zone if len(zone) <= 4 else zone[:3]


def _aligned(rows: Sequence[Node], names: Sequence[str]) -> tuple[str, ...]:
    """Row labels of one width, with the tier before the first service of each."""
    groups = ["zones" if node.kind == "zone" else node.tier for node in rows]
    first = ["" if at and groups[at - 1] == group else group for at, group in enumerate(groups)]
    wide, long = max(map(len, first)), max(map(len, names))
    gap = " " if wide else ""
    return tuple(f"{group:{wide}}{gap}{name:{long}}" for group, name in zip(first, names, strict=True))


def _name(node: Node) -> str:
    name = plain(node.id)
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _drawn(rows: Sequence[Node], frame: _Frame, mark: Callable[[Node, Node], str]) -> list[str]:
    head = f"{frame.corner:>{len(frame.labels[0])}}" + "".join(f"{title:^{size}}" for title, size in zip(frame.titles, frame.columns, strict=True))
    lines = [head.rstrip()]
    for label, row in zip(frame.labels, rows, strict=True):
        cells = (f"{mark(row, column):^{size}}" for column, size in zip(rows, frame.columns, strict=True))
        lines.append((label + "".join(cells)).rstrip())
    return lines


def _dense(rows: Sequence[Node], mark: Callable[[Node, Node], str], width: int) -> list[str]:
    """One character a column under its number, which is read downwards; the tiers on lines of their own, and the names that had to be cut below."""
    digits = len(str(sum(node.kind == "service" for node in rows)))
    room = min(width - len(rows) - digits - 2, _LONGEST_NAME)
    if room < _SHORTEST_NAME:
        return []
    numbers = [f"{at:>{digits}}" if node.kind == "service" else f"{node.id[0]:>{digits}}" for at, node in enumerate(rows, 1)]
    left = digits + 1 + room
    lines = [f"{'to ↓' if not digit else '':>{left}} " + "".join(number[digit] for number in numbers) for digit in range(digits)]
    group = None
    for number, row in zip(numbers, rows, strict=True):
        if (row.tier or row.kind) != group:
            group = row.tier or row.kind
            lines.append("zones" if row.kind == "zone" else group)
        lines.append(f"{number} {_cut(plain(row.id), room):{room}} " + "".join(mark(row, column) for column in rows))
    return [line.rstrip() for line in [*lines, *_in_full(rows, numbers, room)]]


def _cut(name: str, room: int) -> str:
    """A name in so many characters; its ends tell more than its middle."""
    return name if len(name) <= room else f"{name[: (room - 1) // 2]}…{name[-(room - 1 - (room - 1) // 2) :]}"


def _in_full(rows: Sequence[Node], numbers: Sequence[str], room: int) -> list[str]:
    long = [f"{number} {plain(node.id)}" for number, node in zip(numbers, rows, strict=True) if len(plain(node.id)) > room]
    return ["", *long] if long else []
