"""Set cover: the fewest of some sets that hold every element together, with proof where the work allowed for it.

Elements and sets are numbers; a table of rows says for each element which sets hold it, as a bit mask. What can be settled without trying is settled
first: an element that one set alone holds takes that set; an element whose sets all hold another speaks for that one too; a set that holds nothing
that another does not hold can go. What is left falls into parts that have no set in common, and each part is searched by branch and bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from batten.design.cliques import bits

Table = dict[int, int]

MANY = 1500
"""More rows than these are not compared with each other: the answer would come too late."""


class Chosen(NamedTuple):
    """Sets that hold everything together."""

    sets: tuple[int, ...]
    lower_bound: int
    """So many sets are needed at least."""


class Work:
    """How much may still be tried: counted, not timed, so that the same question has the same answer on every machine."""

    def __init__(self, amount: int) -> None:
        self.left = amount

    def spend(self, amount: int) -> bool:
        """Take some of it; False as soon as nothing is left."""
        self.left -= amount
        return self.left > 0


def fewest(rows: Mapping[int, int], work: Work) -> Chosen:
    """The fewest sets that hold every element of ``rows``."""
    taken, rest = _settled(rows)
    parts = [_searched(part, work) for part in _parts(rest)]
    sets = sorted([*taken, *(each for part in parts for each in part.sets)])
    return Chosen(tuple(sets), len(taken) + sum(part.lower_bound for part in parts))


def _settled(rows: Mapping[int, int]) -> tuple[list[int], Table]:
    """The sets that belong to a best answer in any case, and the rows that are still to be decided."""
    taken: list[int] = []
    left = dict(rows)
    while len(left) <= MANY:
        before = left
        left = _telling(left)
        single = sum({mask for mask in left.values() if mask.bit_count() == 1})
        taken += bits(single)
        left = _without_poor_sets({element: mask for element, mask in left.items() if not mask & single})
        if left == before:
            break
    return taken, left


def _telling(rows: Mapping[int, int]) -> Table:
    """The rows without those that another one speaks for: whoever covers that one covers them."""
    kept: Table = {}
    for element, mask in sorted(rows.items(), key=lambda row: (row[1].bit_count(), row[0])):
        if not any(other & mask == other for other in kept.values()):
            kept[element] = mask
    return kept


def _without_poor_sets(rows: Mapping[int, int]) -> Table:
    """The rows without sets that hold nothing but what one other set holds."""
    kept: list[int] = []
    good = 0
    for each, elements in sorted(_columns(rows).items(), key=lambda column: (-column[1].bit_count(), column[0])):
        if not any(elements & other == elements for other in kept):
            kept.append(elements)
            good |= 1 << each
    return {element: mask & good for element, mask in rows.items()}


def _columns(rows: Mapping[int, int]) -> Table:
    """Set → its elements, as a mask over the places of the rows."""
    found: Table = {}
    for place, mask in enumerate(rows.values()):
        for each in bits(mask):
            found[each] = found.get(each, 0) | 1 << place
    return found


def _parts(rows: Mapping[int, int]) -> list[Table]:
    """Rows that are linked by sets, together."""
    parts: list[tuple[int, Table]] = []
    for element, mask in sorted(rows.items()):
        linked = [part for part in parts if part[0] & mask]
        parts = [part for part in parts if not part[0] & mask]
        joined = {element: mask}
        for sets, members in linked:
            mask |= sets
            joined |= members
        parts.append((mask, joined))
    return [dict(sorted(members.items())) for _, members in parts]


def _searched(rows: Mapping[int, int], work: Work) -> Chosen:
    """The best answer for a part; the bound is lower where the work gave out before everything was tried."""
    bound = apart(rows.values())
    first = _greedy(rows)
    search = _Search(first, bound, work)
    complete = len(first) == bound or search.improve(rows, [])
    return Chosen(tuple(search.best), len(search.best) if complete else bound)


def apart(masks: Iterable[int]) -> int:
    """How many rows have no set in common, picked from the narrowest on: so many sets are needed at least."""
    count = used = 0
    for mask in sorted(masks, key=lambda mask: (mask.bit_count(), mask)):
        if not mask & used:
            used |= mask
            count += 1
    return count


def _greedy(rows: Mapping[int, int]) -> list[int]:
    """Always the set that holds most of what is left; then without those that turned out to be superfluous."""
    columns, left, chosen = _columns(rows), (1 << len(rows)) - 1, []
    while left:
        best = max(columns, key=lambda each: ((columns[each] & left).bit_count(), -each))
        chosen.append(best)
        left &= ~columns[best]
    return without_superfluous(chosen, columns)


def without_superfluous(chosen: Sequence[int], columns: Mapping[int, int]) -> list[int]:
    """The chosen sets without those whose elements the others hold, the smallest tried first."""
    kept = list(chosen)
    for each in sorted(chosen, key=lambda each: (columns[each].bit_count(), each)):
        others = 0
        for other in kept:
            others |= columns[other] if other != each else 0
        if columns[each] & ~others == 0:
            kept.remove(each)
    return kept


class _Search:
    """Branch and bound over the sets of one part."""

    def __init__(self, best: list[int], bound: int, work: Work) -> None:
        self.best, self.bound, self.work = best, bound, work

    def improve(self, rows: Mapping[int, int], chosen: list[int]) -> bool:
        """Look for a better answer that holds ``chosen``; False where the work gave out."""
        taken, left = _settled(rows)
        chosen = [*chosen, *taken]
        if not left:
            self.best = chosen if len(chosen) < len(self.best) else self.best
            return True
        if len(chosen) + apart(left.values()) >= len(self.best):
            return True
        return self.work.spend(len(left) ** 2) and self._branch(left, chosen)

    def _branch(self, rows: Table, chosen: list[int]) -> bool:
        """Try every set that holds the element with the fewest sets; one that has been tried need not come again in the branches after it."""
        columns = _columns(rows)
        tried = 0
        for each in sorted(bits(min(rows.values(), key=lambda mask: (mask.bit_count(), mask))), key=lambda each: (-columns[each].bit_count(), each)):
            left = {element: mask & ~tried for element, mask in rows.items() if not mask >> each & 1}
            if all(left.values()) and not self.improve(left, [*chosen, each]):
                return False
            if len(self.best) == self.bound:
                return True
            tried |= 1 << each
        return True
