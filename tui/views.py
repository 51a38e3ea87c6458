"""What stands in the side pane: the difference, the map and what is left, each a function of the picture."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from rich.cells import cell_len
from textual.content import Content, Span

from batten.design.sections.tiers import plain as tiers_of
from batten.reach import ReachPath
from tui.picture import After, Picture
from tui.presentation import QUIET, complaint, finding_row, row, several, words
from tui.scoresheet import burglary, doors, sheet

_WAYS = 100
"""So many open ways are listed one by one."""
_LINES = {"+": "$text-success", "-": "$text-warning", "@": QUIET}


def view(name: str, picture: Picture, width: int, subject: str = "") -> Content:
    """One view in ``width`` columns; ``subject`` is the service or network that the cursor is on."""
    if picture.error is not None:
        return complaint(picture.error, picture.session.project)
    if picture.after is None:
        return words("being worked out …", QUIET)
    makers = {"diff": _diff, "map": _map, "left": _left}
    return makers[name](picture, picture.after, width, subject)


def _diff(picture: Picture, after: After, width: int, subject: str) -> Content:
    return difference(after)


@lru_cache(maxsize=2)
def difference(after: After) -> Content:
    """The difference between the files as they are and as they would be, secrets masked."""
    lines = after.difference.splitlines()
    if not lines:
        return words("Nothing changes in the files.", QUIET)
    ends = list(accumulate((len(line) + 1 for line in lines), initial=0))
    spans = [Span(start, start + len(line), _LINES[line[0]]) for start, line in zip(ends, lines, strict=False) if line[:1] in _LINES]
    return Content("\n".join(lines), spans)


def _map(picture: Picture, after: After, width: int, subject: str) -> Content:
    design = picture.session.design
    parts = [sheet(after.hardening.after, tiers_of(design.tiers), width, subject), doors(after.reach)]
    if subject in after.hardening.after.services:
        parts.append(burglary(subject, picture.reach, after.reach))
    return Content("\n\n").join(parts)


def _left(picture: Picture, after: After, width: int, subject: str) -> Content:
    return Content("\n").join(_left_lines(after, width))


def _left_lines(after: After, width: int) -> Iterator[Content]:
    yield words(several(len(after.standing), "finding") + " left open", "bold")
    yield from (finding_row(one, width) for one in after.standing)
    yield Content("")
    if after.kept:
        yield words(f"{several(len(after.kept), 'finding')} kept, each with a reason", "bold")
        yield from (finding_row(one, width) for one in after.kept)
        yield Content("")
    yield from _ways(after, width)
    yield Content("")
    yield from _refused(after)


def _ways(after: After, width: int) -> Iterator[Content]:
    """Needed connections that would be cut, then open ways that nothing needs."""
    if after.reach.unmet:
        yield words("needed, but cut off", "bold $text-error")
        yield from (words(f"{one.source} → {one.target}", "$text-error") for one in after.reach.unmet)
    spare = [path for path in after.reach.service_paths if path.needed is not True]
    yield words(f"{several(len(spare), 'path')} more than the files speak for", "bold")
    yield from (_way(path, width) for path in spare[:_WAYS])
    if len(spare) > _WAYS:
        yield words(f"and {several(len(spare) - _WAYS, 'more path')}; batten reach lists them all", QUIET)


def _way(path: ReachPath, width: int) -> Content:
    pair = f"{path.source} → {path.target}"
    return row([(pair, max(cell_len(pair), 20), ""), (", ".join(path.via), width - max(cell_len(pair), 20) - 2, QUIET)])


def _refused(after: After) -> Iterator[Content]:
    if after.hardening.declined:
        decisions = dict.fromkeys(change.decision for change in after.hardening.declined)
        yield words("not taken, because of the risk that is accepted", "bold")
        yield from (words(decision) for decision in decisions)
    if after.hardening.refusals:
        yield words("could not be written into your files", "bold $text-warning")
        yield from (words(f"{one.change.decision}: {one.reason}") for one in after.hardening.refusals)
