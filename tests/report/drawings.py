"""What the tests of pictures share: projects of any size, and the boxes that the texts of a picture take."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from xml.etree import ElementTree

from batten.model import Connection, Evidence, EvidenceKind, Project, Tier
from batten.reach import Reach, predict
from batten.report.svg_parts import SIZES, width_of
from tests.reach.building import network, project, service

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    *('end"]; click s0 call alert(1)', "%%{init: {'theme':'dark'}}%%", "<script>alert(1)</script>", "]]></style>", "&amp;&quot;", "a\x00b\x1b[31m"),
    *("\u202eleft", "\ud800", "`**bold**`", "#quot;", "--> s1", "subgraph", "名前" * 30, "x" * 300, "__init__", "1. list", "-->|y|", "<!-- -->", "'\"\\"),
)
"""Names as a stranger may choose them."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text of a picture and the corners of its box."""

    text: str
    kind: str
    corners: tuple[tuple[float, float], ...]


def parsed(text: str) -> ElementTree.Element:
    """The picture as a tree; raises where it is not XML."""
    return ElementTree.fromstring(text.encode())


def texts(root: ElementTree.Element) -> list[str]:
    """Every text that is seen."""
    return ["".join(part for part in (element.text, *(child.tail for child in element)) if part) for element in root.iter(f"{SVG}text")]


def labels(root: ElementTree.Element) -> Iterator[Label]:
    """Every text with its box, turned as it is drawn."""
    for element, text in zip(root.iter(f"{SVG}text"), texts(root), strict=True):
        kind = element.attrib["class"]
        x, y, size, width = float(element.attrib["x"]), float(element.attrib["y"]), SIZES[kind], width_of(text, SIZES[kind])
        left = x - {"start": 0.0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
        turn = re.fullmatch(r"rotate\((-?\d+) ([\d.]+) ([\d.]+)\)", element.get("transform", ""))
        angle = radians(int(turn[1])) if turn else 0.0
        flat = [(left, y - size * 0.8), (left + width, y - size * 0.8), (left + width, y + size * 0.2), (left, y + size * 0.2)]
        yield Label(text, kind, tuple(_turned(corner, (x, y), angle) for corner in flat))


def _turned(point: tuple[float, float], about: tuple[float, float], angle: float) -> tuple[float, float]:
    across, down = point[0] - about[0], point[1] - about[1]
    return about[0] + across * cos(angle) - down * sin(angle), about[1] + across * sin(angle) + down * cos(angle)


def overlap(one: Label, other: Label) -> bool:
    """Whether two boxes meet: they do not where a side of one has all of the other beyond it."""
    return not any(_apart(one.corners, other.corners, at) or _apart(other.corners, one.corners, at) for at in range(4))


def _apart(mine: Sequence[tuple[float, float]], theirs: Sequence[tuple[float, float]], at: int) -> bool:
    (ax, ay), (bx, by) = mine[at], mine[(at + 1) % 4]
    return all((bx - ax) * (y - ay) - (by - ay) * (x - ax) <= 0.01 for x, y in theirs)


def made(names: Sequence[str], *, networks: int = 4) -> tuple[Project, Reach]:
    """A project with these services in all tiers on some networks, some of them published, with its reach."""
    labels = [f"network {at} of {name}"[:60] for at, name in enumerate(names[:networks])]
    services = {
        name: service(
            networks=[label for at, label in enumerate(labels) if at in (number % networks, number // 7 % networks)],
            ports=[f"{'127.0.0.1:' if number % 2 else ''}{8000 + number}:80", "15672:15672/udp", f"{number + 100}:1", "90:1", "91:2", "92:3"][: number % 7],
        )
        for number, name in enumerate(names)
    }
    whole = project(services, {label: network(internal=at % 2 == 1) for at, label in enumerate(labels)}, name=names[-1])
    told = [Connection(one, names[0], (Evidence(EvidenceKind.NAMED, None, "URL"),)) for one in names[1::3]]
    tiers: Mapping[str, Tier] = {name: list(Tier)[number % 5] for number, name in enumerate(names)}
    return whole, predict(whole, connections=told, tiers=tiers)
