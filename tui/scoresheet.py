"""The map: services are columns under their tier, networks are lines, a dot is a membership. And who comes in from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content

from batten.model import Project, Tier
from batten.reach import Reach
from tui.presentation import QUIET, fitted, words

_TIERS = (Tier.EDGE, Tier.APP, Tier.DATA, Tier.JOB, Tier.OPS)
_WIDTHS = (14, 10, 8, 6, 5)
"""How wide the columns may be at most; the first at which all services fit beside each other is taken."""


def sheet(project: Project, tiers: Mapping[str, Tier], width: int, lit: str = "") -> Content:
    """The score sheet of a project in ``width`` columns: as many systems below each other as it needs.

    Args:
        project: whose services and networks are drawn.
        tiers: the tier of each service.
        width: how many columns there are.
        lit: a service or network that is shown bright.
    """
    names = sorted(project.services, key=lambda name: _TIERS.index(tiers.get(name, Tier.APP)))
    head = min(_WIDTHS[0], max([cell_len(key) for key in project.networks] + [4]))
    room = width - head - 3
    widest = next((one for one in _WIDTHS if sum(_column(name, one) for name in names) <= room), _WIDTHS[-2])
    systems = list(_systems(names, room, widest))
    drawn = Content("\n\n").join(Content("\n").join(_system(project, tiers, system, head, widest, lit)) for system in systems)
    return Content.assemble(drawn, *[(f"\n{mark}", QUIET) for mark in _legend(project)])


def _legend(project: Project) -> Iterator[str]:
    if any(network.internal for network in project.networks.values()):
        yield "⊘ no way out to the internet (internal)"
    if any(network.external for network in project.networks.values()):
        yield "↗ made elsewhere (external)"


def _systems(names: Sequence[str], room: int, widest: int) -> Iterator[list[str]]:
    """The services that fit beside each other."""
    system: list[str] = []
    used = 0
    for name in names:
        needed = _column(name, widest)
        if system and used + needed > room:
            yield system
            system, used = [], 0
        system.append(name)
        used += needed
    if system:
        yield system


def _column(name: str, widest: int) -> int:
    return min(max(cell_len(name), 4), widest) + 1


def _system(project: Project, tiers: Mapping[str, Tier], names: Sequence[str], head: int, widest: int, lit: str) -> Iterator[Content]:
    columns = [_column(name, widest) for name in names]
    yield Content.assemble(" " * (head + 1), *_tier_cells(names, tiers, columns))
    yield Content.assemble(" " * (head + 1), *[part for name, column in zip(names, columns, strict=True) for part in _name(name, column, name == lit)])
    for key, network in project.networks.items():
        on = [key in project.services[name].networks for name in names]
        if len(names) < len(project.services) and not any(on):
            continue
        line = "".join(_stave(on, index, column) for index, column in enumerate(columns))
        note = " ⊘" if network.internal else " ↗" if network.external else ""
        yield Content.assemble((fitted(key, head) + " ", _style(key == lit)), (line.rstrip(), "bold" if key == lit else ""), (note, QUIET))


def _name(name: str, column: int, lit: bool) -> Iterator[tuple[str, str]]:
    shown = fitted(name, column - 1)
    yield shown.rstrip(), _style(lit)
    yield " " * (column - cell_len(shown.rstrip())), ""


def _style(lit: bool) -> str:
    return "bold reverse" if lit else "bold"


def _tier_cells(names: Sequence[str], tiers: Mapping[str, Tier], columns: Sequence[int]) -> Iterator[tuple[str, str]]:
    before = None
    for name, column in zip(names, columns, strict=True):
        tier = tiers.get(name, Tier.APP)
        yield fitted("" if tier == before else str(tier).upper(), column), QUIET
        before = tier


def _stave(on: Sequence[bool], index: int, width: int) -> str:
    """One service's piece of a network's line: a dot where it is a member, a line between the first and the last member."""
    first, last = on.index(True) if True in on else len(on), len(on) - 1 - on[::-1].index(True) if True in on else -1
    if not first <= index <= last:
        return " " * width
    dot = "●" if on[index] else "─"
    return dot + ("─" if index < last else " ") * (width - 1)


def doors(reach: Reach) -> Content:
    """What can be reached from outside, and who gets out."""
    rows = [
        Content.assemble((f"{path.source:<8} ══▶ ", QUIET), words(path.target, "bold"), words(f"  {', '.join(path.ports) or 'any port'}"))
        for path in reach.zone_paths
        if path.source != "host" and path.target in reach.services
    ]
    out = [path.source for path in reach.zone_paths if path.target == "internet" and path.source in reach.services]
    ways = Content.assemble(("gets out ══▶ ", QUIET), words(", ".join(out) or "nobody"))
    return Content("\n").join([*rows, ways])


def burglary(service: str, before: Reach | None, after: Reach) -> Content:
    """What whoever breaks into a service gets to, afterwards and before."""
    now = ", ".join(after.reached_from(service)) or "nothing else"
    was = ", ".join(before.reached_from(service)) or "nothing else" if before is not None else ""
    lines = [Content.assemble((service, "bold"), ", if broken into, leads to ", words(now, "bold")), words(f"(now: {was})", QUIET)]
    return Content("\n").join(lines)
