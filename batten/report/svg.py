"""The networks of a project as a picture: a score sheet with the services as columns, grouped by tier, and the networks as the lines of the staff.

A dot says that a service is on a network. Triangles above the lines are published ports, pointing in; those below are ways out. Whatever a colour says, a
shape says too. Colours follow the reader's light or dark setting, on a ground of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import cos, radians, sin

from batten.model import Project
from batten.reach import Reach
from batten.report.sheet import Door, Line, Sheet, sheet
from batten.report.svg_parts import Canvas, cells, cut, width_of

_MARGIN = 24.0
_ROW = 28.0
_TILT = 60
"""Degrees by which names lean where they are too long to lie flat."""
_WIDE = 880
"""How wide the columns may become before names are tilted."""
_NARROWEST = 32.0
_GROUP_GAP = 12.0
_PORT_LINES = 4
_KEYS = (
    ("dot", "on the network"),
    ("ring", "lives in the network namespace of a member"),
    ("door", "published port"),
    ("needed", "way out, needed"),
    ("unneeded", "way out, not known to be needed"),
    ("open", "network with a way out"),
    ("internal", "internal network"),
)


def reach_svg(reach: Reach, project: Project) -> str:
    """The picture of a project."""
    return _picture([sheet(project, reach)])


def reach_change_svg(before: Reach, after: Reach, project: Project, hardened: Project) -> str:
    """Two pictures in one, the project as it is above what a design makes of it."""
    return _picture([sheet(project, before, f"{project.name}, before"), sheet(hardened, after, f"{project.name}, after")])


def _picture(sheets: Sequence[Sheet]) -> str:
    canvas = Canvas(sheets[0].title, "; ".join(f"{one.title}, {one.subtitle}" for one in sheets))
    top = _MARGIN
    for one in sheets:
        top = _Staff(one, canvas, top).draw() + _MARGIN
    _legend(canvas, top)
    return canvas.text()


def _legend(canvas: Canvas, top: float) -> None:
    """What the shapes mean, in as many rows as it takes."""
    x, y = _MARGIN, top
    used = frozenset(canvas.shapes)
    for shape, meaning in ((shape, meaning) for shape, meaning in _KEYS if shape in used):
        length = 36 + width_of(meaning, 11)
        if x > _MARGIN and x + length > max(canvas.right, 640):
            x, y = _MARGIN, y + 20
        canvas.key(shape, x + 8, y)
        canvas.label(x + 22, y + 4, meaning, "note")
        x += length


class _Staff:
    """One score sheet on the canvas, from ``top`` down."""

    def __init__(self, shown: Sheet, canvas: Canvas, top: float) -> None:
        self.sheet, self.canvas, self.top = shown, canvas, top
        self.names = {name: cut(name) for name in shown.services}
        self.gutter = max((width_of(text, 12) for text in self._row_titles()), default=0.0)
        self.left = _MARGIN + self.gutter + 16
        self.flat = self._flat_pitch() * len(self.names) <= _WIDE
        self.pitch = self._flat_pitch() if self.flat else max(_NARROWEST, self._widest_port() + 6)
        self.x = dict(self._places())
        self.right = max(self.x.values(), default=self.left) + self.pitch / 2

    def _row_titles(self) -> Iterator[str]:
        yield from (cut(line.label) for line in self.sheet.lines)
        yield from (door.label for door in self.sheet.doors)
        yield "way out"

    def _flat_pitch(self) -> float:
        longest = max((width_of(text, 12) for text in self.names.values()), default=0.0)
        return max(64.0, longest + 14, self._widest_port() + 6)

    def _widest_port(self) -> float:
        return max((width_of(text, 10) for door in self.sheet.doors for some in door.ports.values() for text in _stacked(some)), default=0.0)

    def _places(self) -> Iterator[tuple[str, float]]:
        """Where each service's column has its middle."""
        x = self.left + self.pitch / 2
        for _, members in self.sheet.columns:
            for name in members:
                yield name, x
                x += self.pitch
            x += _GROUP_GAP

    def draw(self) -> float:
        """Draw everything; returns where the next thing may begin."""
        self.canvas.label(_MARGIN, self.top + 12, cut(self.sheet.title, 90), "title")
        self.canvas.label(_MARGIN, self.top + 32, self.sheet.subtitle, "note")
        head = self.top + 52 + self._head_height()
        y = head + 28
        self._rows = [(door, y := y + self._door_height(door)) for door in self.sheet.doors]
        first = y + _ROW
        bottom = first + _ROW * len(self.sheet.lines) + 12
        self._bands(head, bottom)
        self._heads(head)
        for door, at in self._rows:
            self._door(door, at)
        for number, line in enumerate(self.sheet.lines):
            self._line(line, first + _ROW * number)
        self._exits(first + _ROW * len(self.sheet.lines))
        return bottom + 8

    def _head_height(self) -> float:
        longest = max((width_of(text, 12) for text in self.names.values()), default=0.0)
        return 12.0 if self.flat else longest * sin(radians(_TILT)) + 8

    # columns

    def _bands(self, top: float, bottom: float) -> None:
        """A band behind each tier with its name on top, and a thin line for each service."""
        for tier, members in self.sheet.columns:
            left, right = self.x[members[0]] - self.pitch / 2 + 1, self.x[members[-1]] + self.pitch / 2 - 1
            self.canvas.box(left, top + 4, right - left, bottom - top - 4, "band")
            self.canvas.label((left + right) / 2, top + 19, tier or "–", "tier", anchor="middle")
        for x in self.x.values():
            self.canvas.line(x, top + 26, x, bottom - 6, "hair")

    def _heads(self, bottom: float) -> None:
        for name, x in self.x.items():
            if self.flat:
                self.canvas.label(x, bottom - 4, self.names[name], "name", anchor="middle", full=name)
            else:
                self.canvas.label(x + 4, bottom - 2, self.names[name], "name", tilt=-_TILT, full=name)
                reach = x + 4 + width_of(self.names[name], 12) * cos(radians(_TILT))
                self.canvas.extend(reach + _MARGIN)

    # rows

    def _door_height(self, door: Door) -> float:
        return 20 + 12.0 * max(len(_stacked(ports)) for ports in door.ports.values())

    def _door(self, door: Door, y: float) -> None:
        """Published ports: a triangle that points down to the lines, its ports above it."""
        self.canvas.label(self.left - 16, y, door.label, "row", anchor="end")
        for name, ports in door.ports.items():
            self.canvas.key("door", self.x[name], y - 4)
            texts = _stacked(ports)
            wide, high = max(width_of(text, 10) for text in texts) + 2, 12.0 * len(texts)
            self.canvas.box(self.x[name] - wide / 2, y - 12 - high, wide, high, "band")
            for at, text in enumerate(texts):
                self.canvas.label(self.x[name], y - 14 - 12 * (len(texts) - 1 - at), text, "port", anchor="middle", full=", ".join(ports))

    def _line(self, line: Line, y: float) -> None:
        """A network: thin over the whole width, thick from its first member to its last."""
        places = [self.x[name] for name in line.members]
        self.canvas.label(self.left - 16, y + 4, cut(line.label), "internal-row" if line.internal else "row", anchor="end", full=line.label)
        self.canvas.line(self.left - 10, y, self.right, y, "hair")
        self.canvas.stretch(min(places), max(places), y, internal=line.internal)
        for name, itself in line.members.items():
            self.canvas.key("dot" if itself else "ring", self.x[name], y, full=f"{name} on {line.label}")
        self.canvas.label(self.right + 14, y + 4, " · ".join(line.notes), "note")

    def _exits(self, y: float) -> None:
        self.canvas.label(self.left - 16, y + 4, "way out", "row", anchor="end")
        for name, needed in self.sheet.exits.items():
            self.canvas.key("needed" if needed else "unneeded", self.x[name], y, full=f"{name} reaches the internet")


def _stacked(ports: Sequence[str]) -> list[str]:
    """Ports under each other, long ones in several lines; the last line counts what there is no room for."""
    lines = [part for port in ports for part in (port.replace("–", "–\n").replace("/", "\n/") if cells(port) > 6 else port).split("\n")]
    return lines if len(lines) <= _PORT_LINES else [*lines[: _PORT_LINES - 1], f"+{len(lines) - _PORT_LINES + 1}"]
