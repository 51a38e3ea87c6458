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


class Sheet:
    """The score sheet of a project: as many systems below each other as the width needs."""

    def __init__(self, project: Project, tiers: Mapping[str, Tier], width: int) -> None:
        names = sorted(project.services, key=lambda name: _TIERS.index(tiers.get(name, Tier.APP)))
        self._project, self._tiers = project, tiers
        self._head = min(_WIDTHS[0], max([cell_len(key) for key in project.networks] + [4]))
        room = width - self._head - 3
        self._widest = next((one for one in _WIDTHS if sum(_column(name, one) for name in names) <= room), _WIDTHS[-2])
        self._systems = list(_systems(names, room, self._widest))
        self._home = {name: number for number, system in enumerate(self._systems) for name in system}
        self._quiet: dict[int, list[Content]] = {}

    def lit(self, subject: str = "") -> list[Content]:
        """Its lines, with a service or network shown bright."""
        lines: list[Content] = []
        for number in range(len(self._systems)):
            lines += [*([Content("")] if lines else []), *self._lines(number, subject)]
        return [*lines, *(Content.styled(mark, QUIET) for mark in _legend(self._project))]

    def _lines(self, number: int, subject: str) -> list[Content]:
        """The lines of one system; drawn once where nothing in it is bright."""
        if subject in self._project.networks or self._home.get(subject) == number:
            return self._drawn(number, subject)
        if number not in self._quiet:
            self._quiet[number] = self._drawn(number, "")
        return self._quiet[number]

    def _drawn(self, number: int, subject: str) -> list[Content]:
        return list(_system(self._project, self._tiers, self._systems[number], self._head, self._widest, subject))


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
