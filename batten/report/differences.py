"""Where two texts differ, line by line: quick for long files, since lines that both have once hold the rest in place."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

Opcode = tuple[str, int, int, int, int]
"""As ``SequenceMatcher.get_opcodes`` gives them."""


class _Known(SequenceMatcher[str]):
    """A matcher that has been told what differs."""

    def __init__(self, codes: list[Opcode]) -> None:
        super().__init__()
        self._codes = codes

    def get_opcodes(self) -> list[Opcode]:  # type: ignore[override]
        """What it was told."""
        return self._codes


def grouped(old: Sequence[str], new: Sequence[str], context: int) -> list[list[Opcode]]:
    """The differences with so many lines around them, those that touch together; empty where there is none."""
    codes = opcodes(old, new)
    return list(_Known(codes).get_grouped_opcodes(context)) if any(code[0] != "equal" for code in codes) else []


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[Opcode]:
    """How the old lines become the new ones."""
    joined: list[Opcode] = []
    for code in _pieces(old, new):
        tag, start, end, new_start, new_end = code
        if joined and joined[-1][0] == tag == "equal":
            joined[-1] = (tag, joined[-1][1], end, joined[-1][3], new_end)
        elif (start, new_start) != (end, new_end):
            joined.append(code)
    return joined


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Opcode]:
    """The differences between each two anchors, and the anchors."""
    here = there = 0
    for at, other in [*_anchors(old, new), (len(old), len(new))]:
        for tag, start, end, new_start, new_end in SequenceMatcher(None, old[here:at], new[there:other], autojunk=False).get_opcodes():
            yield tag, here + start, here + end, there + new_start, there + new_end
        yield "equal", at, min(at + 1, len(old)), other, min(other + 1, len(new))
        here, there = at + 1, other + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest row of lines that are in both texts once, in the same order: places in the old and in the new one."""
    once, places = ({line for line, count in Counter(lines).items() if count == 1} for lines in (old, new))
    at = {line: number for number, line in enumerate(new) if line in places}
    pairs = [(number, at[line]) for number, line in enumerate(old) if line in once and line in at]
    ends: list[int] = []
    rows: list[int] = []
    """For each length of a row: the smallest place at which one ends, and the pair that it ends with."""
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(rows[length - 1] if length else -1)
        ends[length : length + 1], rows[length : length + 1] = [place], [index]
    found = []
    index = rows[-1] if rows else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]
