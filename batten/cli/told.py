"""Reviews for people, each turned into text as soon as it is there: of thousands of projects nothing but text is kept.

Where there are many, several processes share them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from batten.cli.projects import Source
from batten.cli.sharing import shared
from batten.errors import BattenError, InputError
from batten.report.findings import Reviewed, as_text

_MANY = 64
"""Projects from which on further processes are worth their start."""
_PROCESSES = 4


class Told(NamedTuple):
    """What is left of one review."""

    text: str
    fails: bool
    """Whether a finding stands that is as severe as was asked for."""
    notes: tuple[str, ...] = ()


class Manner(NamedTuple):
    """How reviews are told."""

    review: Callable[[Source], Reviewed]
    fails: Callable[[Reviewed], bool]
    colour: bool
    width: int


def told(sources: Sequence[Source], manner: Manner) -> Iterator[Told | BattenError]:
    """Each project's review in the order of ``sources``, or what could not be read."""
    count = min(os.cpu_count() or 1, _PROCESSES)
    if len(sources) < _MANY or count < 2 or not hasattr(os, "fork"):
        yield from (tell(source, manner) for source in sources)
        return
    yield from shared(partial(_tell_all, manner=manner), sources, count)


def _tell_all(sources: Sequence[Source], manner: Manner) -> list[Told | BattenError]:
    return [tell(source, manner) for source in sources]


def tell(source: Source, manner: Manner) -> Told | BattenError:
    """One project's review as text."""
    try:
        review = manner.review(source)
    except BattenError as error:
        return error
    except OSError as error:
        return unreadable(error, str(source.files[0]))
    return retold(review, manner)


def unreadable(error: OSError, file: str) -> InputError:
    """What is wrong with a file that the system does not give."""
    return InputError(f"cannot be read: {error.strerror or error}.", file=str(error.filename or file))


def retold(review: Reviewed, manner: Manner) -> Told:
    """A review as text."""
    return Told(as_text([review], colour=manner.colour, width=manner.width), manner.fails(review), review.project.notes)
