"""What the steps of a host have in common: fields of the host's design, asked one by one and written down as they are given."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from batten.design.host import HostDesign
from batten.errors import DesignError
from batten.session.host import HostSession
from wizards.questions import Answer, Asks, Choice, Question, label, one_of

NOTHING, YES, NO = "nothing", "yes", "no"
NONE = Choice(NOTHING, "none")


class HostStep(Asks[HostSession]):
    """A part of the walk through a host; its answers become fields of one section of the design."""

    section: str
    """The section of ``host.yaml``; the first part of its questions' ids."""

    def decided(self, session: HostSession, question: Question, answer: Answer) -> HostSession:
        """The session with the answer in its design; raises DesignError for a text that does not fit."""
        return session.decide(self.answer(session.design, question.id.partition(".")[2], one_of(answer)), label(question, answer))

    @abstractmethod
    def answer(self, design: HostDesign, matter: str, value: str) -> HostDesign:
        """The design after an answer; raises DesignError."""

    def ask(self, matter: str, subject: str, prompt: str, why: str, default: str, choices: tuple[Choice, ...] = (), free: str = "") -> Question:
        """A question about one field."""
        return Question(f"{self.section}.{matter}", subject, prompt, why, choices, default, free=free)

    def with_fields(self, design: HostDesign, **fields: Any) -> HostDesign:
        """The design with other fields in this step's section."""
        return replace(design, **{self.section: replace(getattr(design, self.section), **fields)})


def listed(values: Iterable[object]) -> str:
    """Several values as they are typed."""
    return ", ".join(map(str, values)) or NOTHING


def said(value: bool) -> str:
    """A yes or a no as it is answered."""
    return YES if value else NO


def text_of(value: str, check: Callable[[str], str]) -> str:
    """A typed value in its normal form, empty where there is to be none; raises DesignError with what it must be."""
    try:
        return "" if value == NOTHING else check(value.strip())
    except ValueError as error:
        raise DesignError(f"'{value[:80]}' {error}.") from None


def texts_of(value: str, check: Callable[[str], str]) -> tuple[str, ...]:
    """Several typed values, each once; raises DesignError for the first that does not fit."""
    return tuple(dict.fromkeys(text_of(part, check) for part in split(value)))


def split(value: str) -> list[str]:
    """What stands between the commas."""
    return [] if value == NOTHING else [part.strip() for part in value.split(",") if part.strip()]


def number_of(value: str, low: int, high: int) -> int:
    """A typed number; raises DesignError for one that is out of bounds."""
    digits = value.strip()
    if not (digits.isascii() and digits.isdigit() and low <= int(digits[:9]) <= high):
        raise DesignError(f"'{value[:80]}' must be a number from {low} to {high}.")
    return int(digits)
