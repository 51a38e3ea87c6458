"""The words that steps, screens, the plain mode and answers files have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeAlias, TypeVar

from batten.design import Design
from batten.errors import DesignError
from batten.model import Evidence, Project
from batten.session import Session

Answer: TypeAlias = str | tuple[str, ...]
"""The value of a choice or a typed text; several values where a question takes several."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that is offered."""

    value: str
    label: str
    """What it is, in a few plain words."""
    hint: str = ""
    """What follows from it, one phrase."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the user decides."""

    id: str
    """What an answers file calls it: the step, the subject and, where there is one, the matter, joined by dots."""
    subject: str
    """What it is about: a service, a network, a finding."""
    prompt: str
    why: str
    """Why it is asked and what the default stands on."""
    choices: tuple[Choice, ...]
    default: Answer
    """What holds as things are: the proposal, or the last decision."""
    evidence: tuple[Evidence, ...] = ()
    several: bool = False
    """Whether the answer is any number of the choices."""
    free: str = ""
    """What may be typed instead of a choice; empty where only the choices count."""

    @property
    def settled(self) -> bool:
        """Whether there is nothing to choose."""
        return len(self.choices) < 2 and not self.free and not self.several

    @property
    def typed(self) -> bool:
        """Whether the answer is typed rather than chosen."""
        return bool(self.free) and len(self.choices) < 2

    @property
    def empty(self) -> str | None:
        """What an empty text stands for, where the answer is typed; None where it is no answer."""
        return self.choices[0].value if self.typed and self.choices else None

    def holds(self, answer: Answer) -> bool:
        """Whether an answer says what holds already; several answers are the same in any order."""
        return set(answer) == set(self.default) if self.several else answer == self.default

    def label(self, answer: Answer) -> str:
        """An answer in words."""
        labels = {choice.value: choice.label for choice in self.choices}
        if not isinstance(answer, str):
            return ", ".join(labels.get(one, one) for one in answer) or "nothing"
        return labels.get(answer, answer)

    def check(self, answer: Answer) -> None:
        """Raise DesignError for an answer that is none of those that are possible."""
        values = [choice.value for choice in self.choices]
        given = [answer] if isinstance(answer, str) else list(answer)
        if isinstance(answer, str) == self.several:
            raise DesignError(f"'{self.id}' takes {'a list of answers' if self.several else 'one answer'}.")
        strange = [one for one in given if one not in values]
        if strange and not (self.free and strange[0].strip()):
            possible = ", ".join(values) or "a text"
            raise DesignError(f"'{strange[0]}' is not an answer to '{self.id}'.", hint=f"Possible: {possible}.")


S = TypeVar("S")
"""What a walk is about: the session of a project, or that of a host."""


class Asks(ABC, Generic[S]):
    """A part of a walk, through a project or a host: its questions, and what comes of an answer."""

    name: ClassVar[str]
    """Short and unique; the first part of its questions' ids."""
    title: ClassVar[str]
    why: ClassVar[str]
    """What this step is good for, in plain sentences."""
    aside: ClassVar[str] = "Nothing to decide here."
    """Why it steps aside, where it has nothing to ask."""
    rare: ClassVar[bool] = False
    """Whether it is only about a project that begins, and is not to be seen otherwise."""

    def applies(self, session: S) -> bool:
        """Whether there is anything to decide."""
        return any(not question.settled for question in self.questions(session))

    @abstractmethod
    def questions(self, session: S) -> list[Question]:
        """What is asked as things stand; an answer may bring further questions and take others away."""

    @abstractmethod
    def decided(self, session: S, question: Question, answer: Answer) -> S:
        """The session after an answer that is possible and is another one than what holds."""


class Step(Asks[Session]):
    """A part of the walk through a project."""

    def decided(self, session: Session, question: Question, answer: Answer) -> Session:
        """The session with the design after the answer."""
        design = self.answer(session.design, question.id, answer, session.project)
        return session.decide(design, label(question, answer))

    @abstractmethod
    def answer(self, design: Design, id: str, value: Answer, project: Project) -> Design:
        """The design after an answer; the same design where the answer says what holds already."""


def label(question: Question, answer: Answer) -> str:
    """A decision in a few words, for undo."""
    return f"{question.subject}: {question.label(answer)}"


def decide(session: S, step: Asks[S], question: Question, answer: Answer) -> S:
    """The session after an answer to one of the step's questions; raises DesignError for an answer that is not possible."""
    question.check(answer)
    return session if question.holds(answer) else step.decided(session, question, answer)


def decide_all(session: Session, step: Step, answers: Iterable[tuple[Question, Answer]], words: str) -> Session:
    """The session after answers to several of the step's questions, which one undo takes back; raises DesignError for one that is not possible."""
    design = session.design
    for question, answer in answers:
        question.check(answer)
        if not question.holds(answer):
            design = step.answer(design, question.id, answer, session.project)
    return session if design is session.design else session.decide(design, words)


def one_of(value: Answer) -> str:
    """The single value of an answer."""
    return value if isinstance(value, str) else ", ".join(value)
