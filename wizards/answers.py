"""A file of answers: question id → answer, as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from batten.compose.source import read_source
from batten.compose.values import literal
from batten.errors import DesignError
from batten.model import Span, Value
from wizards.questions import Answer, Asks, Question, S, decide


class Answers:
    """Answers from a file. It remembers which of them were asked for."""

    def __init__(self, given: Mapping[str, Value]) -> None:
        self._given = given
        self._used: set[str] = set()

    @classmethod
    def read(cls, path: Path) -> Answers:
        """The answers in a file; raises InputError or DesignError."""
        source = read_source(path.absolute(), kind="answers")
        document = literal(source.file, source.text)
        if not isinstance(document.data, dict):
            raise DesignError("an answers file is a mapping from question to answer.", span=_place(document))
        return cls(dict(document.items()))

    def to(self, question: Question) -> Answer:
        """The answer to a question: what holds already where the file has none."""
        value = self._given.get(question.id)
        if value is None:
            return question.default
        self._used.add(question.id)
        return tuple(_text(item) for item in value.elements()) if isinstance(value.data, list) else _text(value)

    def decide(self, step: Asks[S], session: S, question: Question) -> S:
        """The session after the answer that the file has; raises DesignError, with the place, where it is not possible."""
        try:
            return decide(session, step, question, self.to(question))
        except DesignError as error:
            value = self._given.get(question.id)
            raise DesignError(error.message, hint=error.hint, span=_place(value) if value else None) from None

    def check_all_used(self) -> None:
        """Raise DesignError for an answer that no question asked for."""
        for id, value in self._given.items():
            if id not in self._used:
                raise DesignError(f"no question '{id}' is asked here.", hint="Run without --answers to see them.", span=_place(value))


def _text(value: Value) -> str:
    if isinstance(value.data, dict | list) or value.data is None:
        raise DesignError("an answer is a text, or a list of texts.", span=_place(value))
    return str(value.data)


def _place(value: Value) -> Span | None:
    return value.origin.primary if value.origin else None
