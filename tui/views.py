"""What stands in the side pane: the difference, the map and what is left, each a function of the picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from rich.cells import cell_len
from textual.content import Content

from batten.design.sections.tiers import plain as tiers_of
from batten.reach import ReachPath
from tui.picture import After, Picture
from tui.presentation import QUIET, complaint, finding_row, row, several, words
from tui.scoresheet import Sheet, burglary, doors
from tui.widgets.lines import Drawn, lines_of

_WAYS = 100
"""So many open ways are listed one by one."""
_LINES = {"+": "$text-success", "-": "$text-warning", "@": QUIET}


def view(name: str, picture: Picture, width: int, subject: str = "") -> Drawn:
    """One view in ``width`` columns; ``subject`` is the service or network that the cursor is on."""
    if picture.error is not None:
        return complaint(picture.error, picture.session.project)
    if picture.after is None:
        return words("being worked out …", QUIET)
    makers = {"diff": _diff, "map": _map, "left": _left}
    return makers[name](picture, picture.after, width, subject)


def _diff(picture: Picture, after: After, width: int, subject: str) -> Drawn:
    return difference(after)


@lru_cache(maxsize=1)
def difference(after: After) -> Sequence[Content]:
    """The difference between the files as they are and as they would be, line by line, secrets masked."""
    return difference_of(after.difference)


def difference_of(text: str) -> Sequence[Content]:
    """A difference, line by line, in colours."""
    lines = [Content.styled(line, _LINES.get(line[:1], "")) for line in text.splitlines()]
    return lines or [words("Nothing changes in the files.", QUIET)]


def _map(picture: Picture, after: After, width: int, subject: str) -> Drawn:
    lines = [*_sheet(after, width).lit(subject), Content(""), *lines_of(_doors(after))]
    if subject in after.hardening.after.services:
        lines += [Content(""), *lines_of(burglary(subject, picture.reach, after.reach))]
    return lines


@lru_cache(maxsize=2)
def _sheet(after: After, width: int) -> Sheet:
    """The map without anything lit; moving the cursor changes two of its systems at most."""
    return Sheet(after.hardening.after, tiers_of(after.hardening.design.tiers), width)


@lru_cache(maxsize=1)
def _doors(after: After) -> Content:
    return doors(after.reach)


def _left(picture: Picture, after: After, width: int, subject: str) -> Drawn:
    return _left_lines(after, width)


@lru_cache(maxsize=1)
def _left_lines(after: After, width: int) -> Sequence[Content]:
    return list(_all_left(after, width))


def _all_left(after: After, width: int) -> Iterator[Content]:
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
    spare = len(after.reach.service_paths) - after.reach.needed
    yield words(f"{several(spare, 'path')} more than the files speak for", "bold")
    yield from (_way(path, width) for path in islice((path for path in after.reach.service_paths if path.needed is not True), _WAYS))
    if spare > _WAYS:
        yield words(f"and {several(spare - _WAYS, 'more path')}; batten reach lists them all", QUIET)


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
