"""The parts that pictures are made of: text whose width is known, lines and shapes, written as SVG."""

from __future__ import annotations

from html import escape
from unicodedata import east_asian_width

from batten.report.terminal import plain

_ADVANCE = 0.602
"""How wide a character of the usual monospaced faces is, as a part of its size."""
_LONGEST = 34
SIZES = {"title": 16, "name": 12, "row": 12, "internal-row": 12, "port": 10, "note": 11, "tier": 11}
"""Size of the type by what it is for."""

_STYLE = """\
text { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.title { font-size: 16px; font-weight: bold; } .name, .row, .internal-row { font-size: 12px; } .note, .tier { font-size: 11px; } .port { font-size: 10px; }
.note, .tier { fill: #59636e; }
.ground { fill: #ffffff; } .band { fill: #f3f5f7; } .hair { stroke: #ccd3da; stroke-width: 1; }
.open { stroke: #0969da; stroke-width: 4; } .internal { stroke: #1a7f37; stroke-width: 5; } .hollow { stroke: #ffffff; stroke-width: 2; }
.dot { fill: #1f2328; } .ring { fill: #ffffff; stroke: #1f2328; stroke-width: 2; }
.door { fill: #bc4c00; } .needed { fill: #8250df; stroke: #8250df; stroke-width: 1.5; } .unneeded { fill: #ffffff; stroke: #8250df; stroke-width: 1.5; }
@media (prefers-color-scheme: dark) {
text, .dot { fill: #e6edf3; } .note, .tier { fill: #9198a1; }
.ground { fill: #0d1117; } .band { fill: #171c23; } .hair { stroke: #3a424c; }
.open { stroke: #4493f8; } .internal { stroke: #3fb950; } .hollow { stroke: #0d1117; } .ring { fill: #0d1117; stroke: #e6edf3; }
.door { fill: #f0883e; } .needed { fill: #ab7df8; stroke: #ab7df8; } .unneeded { fill: #0d1117; stroke: #ab7df8; }
}"""


def cells(text: str) -> int:
    """How many places of a monospaced line a text takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def width_of(text: str, size: float) -> float:
    """How wide a text is drawn."""
    return cells(text) * size * _ADVANCE


def cut(text: str, longest: int = _LONGEST) -> str:
    """``text`` without anything a viewer would act upon, and no longer than that many places: the middle goes, since names differ at their ends."""
    clean = plain(text)
    if cells(clean) <= longest:
        return clean
    head, tail = clean[: len(clean) // 2], clean[len(clean) // 2 :]
    while cells(head) + cells(tail) + 1 > longest:
        head, tail = (head[:-1], tail) if cells(head) >= cells(tail) else (head, tail[1:])
    return f"{head}…{tail}"


class Canvas:
    """Collects the parts and knows how far they reach."""

    def __init__(self, title: str, description: str) -> None:
        self.title, self.description = title, description
        self.parts: list[str] = []
        self.shapes: set[str] = set()
        """The shapes that were drawn."""
        self.right = self.bottom = 0.0

    def extend(self, right: float, bottom: float = 0.0) -> None:
        """Make room up to there."""
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def label(self, x: float, y: float, text: str, kind: str, *, anchor: str = "start", tilt: int = 0, full: str = "") -> None:
        """A line of text; what was cut from it can be read by pointing at it."""
        if not text:
            return
        place = f'x="{x:.1f}" y="{y:.1f}"' + (f' text-anchor="{anchor}"' if anchor != "start" else "")
        turn = f' transform="rotate({tilt} {x:.1f} {y:.1f})"' if tilt else ""
        self.parts.append(f'<text class="{kind}" {place}{turn}>{_hint(full, text)}{_clean(text)}</text>')
        self.extend(x + (width_of(text, SIZES[kind]) if anchor == "start" and not tilt else 0), y + 6)

    def box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        """A rectangle with soft corners."""
        self.parts.append(f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4"/>')
        self.extend(x + width, y + height)

    def line(self, left: float, top: float, right: float, bottom: float, kind: str) -> None:
        """A straight line."""
        self.parts.append(f'<line class="{kind}" x1="{left:.1f}" y1="{top:.1f}" x2="{right:.1f}" y2="{bottom:.1f}"/>')

    def stretch(self, left: float, right: float, y: float, *, internal: bool) -> None:
        """A network from its first member to its last: one thick line, or two thin ones where it has no way out."""
        self.shapes.add("internal" if internal else "open")
        self.line(left - 8, y, right + 8, y, "internal" if internal else "open")
        if internal:
            self.line(left - 8, y, right + 8, y, "hollow")

    def key(self, shape: str, x: float, y: float, full: str = "") -> None:
        """One of the shapes that the legend explains."""
        hint = _hint(full, "")
        self.shapes.add(shape)
        if shape in ("dot", "ring"):
            self.parts.append(f'<circle class="{shape}" cx="{x:.1f}" cy="{y:.1f}" r="{5 if shape == "dot" else 4}">{hint}</circle>')
        elif shape in ("open", "internal"):
            self.stretch(x, x, y, internal=shape == "internal")
        else:
            self.parts.append(f'<path class="{shape}" d="M{x - 6:.1f} {y - 5:.1f}h12l-6 10z">{hint}</path>')
        self.extend(x + 8, y + 8)

    def text(self) -> str:
        """The whole picture as a file."""
        width, height = round(self.right + 24), round(self.bottom + 20)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
        told = f"<title>{_clean(self.title)}</title>\n<desc>{_clean(self.description)}</desc>"
        ground = f'<rect class="ground" width="{width}" height="{height}"/>'
        return "\n".join([head, told, f"<style>\n{_STYLE}\n</style>", ground, *self.parts, "</svg>", ""])


def _hint(full: str, seen: str) -> str:
    return f"<title>{_clean(full)}</title>" if full and full != seen else ""


def _clean(text: str) -> str:
    return escape(plain(text), quote=False)
