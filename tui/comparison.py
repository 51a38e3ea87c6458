"""What was measured so far of a running project: a matrix that fills in, and what is said of each of its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from textual.content import Content

from batten.engine.verifying import HOST, Measured, Pair, Verification
from batten.report.verification import CLOSED, LESS, MORE, OPEN, UNASKED, membership_sentence, name_sentence, pair_sentence
from tui.matrix import Mark, Matrix
from tui.matrix import Pair as Ends
from tui.presentation import QUIET, bullet, meter, several, words
from tui.running import Compared, Phase


class Seen(Enum):
    """What was found of a pair: its mark, its style, and what it means."""

    OPEN = (OPEN, "$text-success", "open")
    CLOSED = (CLOSED, QUIET, "closed")
    MORE = (MORE, "bold $text-error", "OPEN wrongly")
    LESS = (LESS, "bold $text-error", "CLOSED wrongly")
    UNASKED = (UNASKED, "$text-warning", "not asked")
    AWAITED = (" ", QUIET, "")

    def __init__(self, mark: str, style: str, meaning: str) -> None:
        self.mark, self.style, self.meaning = mark, style, meaning


_MOST = 100
"""So many things that differ are said one by one."""
DIFFERING = (Seen.MORE, Seen.LESS)


class Comparison:
    """Takes what comes of comparing, in whatever order."""

    def __init__(self, services: Iterable[str]) -> None:
        self.services = tuple(services)
        self.pairs: dict[Ends, Pair] = {}
        self.phase = Phase("")
        self.result: Verification | None = None

    def take(self, event: Compared) -> None:
        """Take what was found, or what is being done now."""
        if isinstance(event, Measured):
            self.pairs[event.pair.source, event.pair.target] = event.pair
            self.phase = Phase("asking each service", event.done, event.total)
        elif isinstance(event, Phase):
            self.phase = event
        else:
            self.result = event
            self.pairs = {(one.source, one.target): one for one in event.pairs}

    @property
    def differing(self) -> list[Pair]:
        """The pairs that are otherwise than they should be."""
        return [one for one in self.pairs.values() if one.differs]

    def matrix(self) -> Matrix:
        """What is known of every pair; zones stand behind the services."""
        sources, targets = ({ends[side] for ends in self.pairs} - set(self.services) for side in (0, 1))
        states: dict[Ends, Mark] = {ends: seen(pair) for ends, pair in self.pairs.items()}
        return Matrix(self.services, states, tuple(sorted({HOST, *sources})), tuple(sorted(targets)), lambda _: Seen.AWAITED)

    def told(self, ends: Ends, width: int) -> Content:
        """What was found of a pair, then all that differs."""
        return Content("\n").join([*self._pair(ends), *self._differences(width)])

    def _pair(self, ends: Ends) -> Iterator[Content]:
        if ends[0] == ends[1]:
            yield words(f"{ends[0]}: the same service", QUIET)
            return
        pair, running = self.pairs.get(ends), self.result is None
        state = seen(pair) if pair is not None else Seen.AWAITED
        meaning = state.meaning or ("not tried yet" if running else "nothing was tried")
        yield Content.assemble(words(f"{ends[0]} → {ends[1]}", "bold"), "   ", words(meaning, state.style), *_ports(pair))

    def _differences(self, width: int) -> Iterator[Content]:
        sentences = [pair_sentence(one) for one in self.differing]
        if self.result is not None:
            sentences += [membership_sentence(one) for one in self.result.memberships]
            sentences += [name_sentence(one) for one in self.result.names if one.differs]
        if sentences:
            yield words("Not as it should be", "bold")
            yield from (bullet(one, width) for one in sentences[:_MOST])
        if len(sentences) > _MOST:
            yield words(f"and {several(len(sentences) - _MOST, 'more thing')}; the cells show where", QUIET)
        for name, reason in sorted(self.result.unasked.items()) if self.result is not None else ():
            yield bullet(f"not asked about {name}: {reason}", width)

    def standing(self) -> Content:
        """How far it is, or what it came to."""
        if self.result is not None:
            word, style = ("DIFFERS", "bold $text-error") if self.result.differs else ("AS IT SHOULD BE", "bold $text-success")
            return Content.assemble((f"{word}: ", style), ", ".join(self._sums(self.result)))
        how_far = meter(self.phase.done, self.phase.total) if self.phase.total else Content(several(len(self.pairs), "pair"))
        return Content.assemble(how_far, ", ", self._differ(), "   ", words(f"{self.phase.words} …", QUIET))

    def _sums(self, result: Verification) -> Iterator[str]:
        """What it came to, in figures."""
        asked = sum(not one.unasked for one in self.pairs.values())
        yield f"{asked - len(self.differing)} of {several(asked, 'pair')} as predicted" if self.pairs else "no connection was opened"
        if asked < len(self.pairs):
            yield f"{len(self.pairs) - asked} not asked"
        if wrong := sum(one.differs for one in result.names):
            yield f"names: {wrong} differ{'s' if wrong == 1 else ''}"
        if result.memberships:
            yield f"networks: {len(result.memberships)} differ{'s' if len(result.memberships) == 1 else ''}"

    def _differ(self) -> tuple[str, str]:
        count = len(self.differing)
        return (f"{count} DIFFER", "bold $text-error") if count else ("none differs so far", QUIET)


def seen(pair: Pair) -> Seen:
    """What was found of a pair."""
    if pair.unasked or (pair.unknown and not (pair.expected or pair.found)):
        return Seen.UNASKED
    if pair.differs:
        return Seen.MORE if set(pair.found) - set(pair.expected) else Seen.LESS
    return Seen.OPEN if pair.found else Seen.CLOSED


def _ports(pair: Pair | None) -> Iterator[Content]:
    """The ports that answered, or why nobody asked; ports of UDP that said nothing."""
    if pair is not None and (pair.found or pair.unasked):
        yield words(f": {pair.unasked or ', '.join(pair.found)}", QUIET)
    if pair is not None and pair.unknown:
        yield words(f"   {', '.join(pair.unknown)} said nothing: open, or dropped on the way", QUIET)
