"""The networks of a project as a Mermaid flowchart: services by tier, each network as a node that its members are tied to, published ports, ways out.

A service can be on several networks, and Mermaid's boxes cannot overlap, so that networks are nodes. Names are those of strangers and Mermaid's own escapes
are few: ids are numbers, and in labels all but letters, digits and a few harmless signs are written as character codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from batten.model import Project, Zone
from batten.reach import Reach
from batten.report.sheet import Line, Sheet, sheet
from batten.report.terminal import plain

_RISKY = re.compile(r"[^\w .,:/()+?–-]|(?<![^\W_])_|_(?![^\W_])|[-+.)](?= )")
"""What could be Mermaid, HTML or Markdown: an underscore is none within a word, nor a full stop within a number."""


def reach_mermaid(reach: Reach, project: Project) -> str:
    """The flowchart of a project."""
    return "\n".join(["flowchart LR", *_chart(sheet(project, reach), ""), *_styles()]) + "\n"


def reach_change_mermaid(before: Reach, after: Reach, project: Project, hardened: Project) -> str:
    """Two flowcharts in one, the project as it is and what a design makes of it."""
    lines = ["flowchart LR"]
    for key, title, shown in (("b", "before", sheet(project, before)), ("a", "after", sheet(hardened, after))):
        lines += [f'  subgraph {key}["{title}"]', *(f"  {line}" for line in _chart(shown, key)), "  end"]
    return "\n".join([*lines, *_styles()]) + "\n"


def _chart(shown: Sheet, key: str) -> Iterator[str]:
    """The lines of one flowchart; ``key`` begins every id in it."""
    ids = {name: f"{key}s{number}" for number, name in enumerate(shown.services)}
    for number, (tier, members) in enumerate(shown.columns):
        yield f'  subgraph {key}t{number}["{tier or "services"}"]'
        yield from (f'    {ids[name]}["{_label(name)}"]' for name in members)
        yield "  end"
    for number, line in enumerate(shown.lines):
        yield from _network(line, f"{key}n{number}", ids)
    yield from _published(shown, key, ids)
    if shown.exits:
        yield f'  {key}out(["the internet"])'
        yield from (f"  {ids[name]} {'-->' if needed else '-.->'} {key}out" for name, needed in shown.exits.items())


def _network(line: Line, id: str, ids: Mapping[str, str]) -> Iterator[str]:
    """A network with its members; those that only live in a member's namespace are tied to it by dots."""
    opening, closing, look = ("[[", "]]", "internal") if line.internal else ("{{", "}}", "open")
    notes = f"<br/>{_label(', '.join(line.notes))}" if line.notes else ""
    yield f'  {id}{opening}"{_label(line.label)}{notes}"{closing}:::{look}'
    yield from (f"  {ids[name]} {'---' if itself else '-.-'} {id}" for name, itself in line.members.items())


def _published(shown: Sheet, key: str, ids: Mapping[str, str]) -> Iterator[str]:
    """Published ports as arrows from the widest zone that reaches them."""
    for door in shown.doors:
        zone = f"{key}in_{door.zone}"
        yield f'  {zone}(["from {"this host" if door.zone == Zone.HOST else f"the {door.zone}"}"])'
        yield from (f'  {zone} -->|"{_label(", ".join(ports))}"| {ids[name]}' for name, ports in door.ports.items())


def _styles() -> list[str]:
    """Outlines alone, so that the reader's own theme fills them."""
    return ["  classDef open stroke:#0969da,stroke-width:2px", "  classDef internal stroke:#1a7f37,stroke-width:2px"]


def _label(text: str) -> str:
    """``text`` for use inside quotes: nothing in it is Mermaid, Markdown or HTML any more."""
    return _RISKY.sub(lambda match: f"#{ord(match[0])};", plain(text))
