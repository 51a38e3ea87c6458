"""The plain mode: every question asked in turn on a terminal, or answered from a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from batten.errors import DesignError
from batten.report.terminal import plain
from batten.session import Session
from batten.session.host import HostSession
from wizards.answers import Answers
from wizards.questions import Answer, Asks, Question, S, decide
from wizards.steps import HOST_STEPS, STEPS

_OTHER = "\0other"

Ask: TypeAlias = Callable[[Question], Answer]
"""Takes a question, gives the answer; raises KeyboardInterrupt where the user has had enough."""


def run_plain(session: Session, *, ask: Ask | None = None, answers: Path | None = None, say: Callable[[str], None] = print) -> Session:
    """The session of a project after every question was asked once, as ``walk`` has it."""
    return walk(session, STEPS, ask=ask, answers=answers, say=say)


def run_plain_host(session: HostSession, *, ask: Ask | None = None, answers: Path | None = None, say: Callable[[str], None] = print) -> HostSession:
    """The session of a host after every question was asked once, as ``walk`` has it."""
    return walk(session, HOST_STEPS, ask=ask, answers=answers, say=say)


def walk(session: S, steps: Sequence[Asks[S]], *, ask: Ask | None = None, answers: Path | None = None, say: Callable[[str], None] = print) -> S:
    """The session after every question was asked once.

    Args:
        session: where to begin.
        steps: what is asked, in their order.
        ask: answers a question; a questionary prompt where None.
        answers: a file of answers; what it does not answer stays as proposed, and nothing is asked.
        say: takes each line of talk.

    Raises:
        InputError: the answers file cannot be read.
        DesignError: an answer is not possible, or is one to a question that is not asked.
    """
    if answers is not None:
        return _from_file(session, steps, Answers.read(answers))
    for step in steps:
        if step.applies(session):
            _introduce(step, say)
            session = _walk(session, step, partial(_until_possible, step, ask or prompted, say))
    return session


def _from_file(session: S, steps: Sequence[Asks[S]], answers: Answers) -> S:
    """The session after the answers of a file; raises DesignError at the first that is not possible."""
    for step in steps:
        session = _walk(session, step, partial(answers.decide, step))
    answers.check_all_used()
    return session


def _introduce(step: Asks[S], say: Callable[[str], None]) -> None:
    say("")
    say(f"== {step.title}")
    say(step.why)


def _walk(session: S, step: Asks[S], answered: Callable[[S, Question], S]) -> S:
    """Every question of a step once; an answer may bring others."""
    asked: set[str] = set()
    while (question := _next(step, session, asked)) is not None:
        asked.add(question.id)
        session = answered(session, question)
    return session


def _next(step: Asks[S], session: S, asked: set[str]) -> Question | None:
    return next((one for one in step.questions(session) if one.id not in asked and not one.settled), None)


def _until_possible(step: Asks[S], ask: Ask, say: Callable[[str], None], session: S, question: Question) -> S:
    """The session after the answer; an impossible one is asked for again, with the reason."""
    while True:
        try:
            return decide(session, step, question, ask(question))
        except DesignError as error:
            say(plain(str(error)))


def prompted(question: Question) -> Answer:
    """The answer that the user gives to a questionary prompt."""
    import questionary

    title = plain(f"{question.subject} · {question.prompt} ({question.why})")
    if question.several:
        ticked = set(question.default)
        boxes = [questionary.Choice(plain(one.label), one.value, checked=one.value in ticked) for one in question.choices]
        return tuple(questionary.checkbox(title, choices=boxes).unsafe_ask())
    if question.typed or not question.choices:
        return _typed(question, title)
    values = [one.value for one in question.choices]
    held = [] if question.default in values else [questionary.Choice(plain(str(question.default)), str(question.default))]
    other = [questionary.Choice(f"{question.free} …", _OTHER)] if question.free else []
    rows = [questionary.Choice(plain(f"{one.label} – {one.hint}" if one.hint else one.label), one.value) for one in question.choices]
    chosen = str(questionary.select(title, choices=[*rows, *held, *other], default=str(question.default)).unsafe_ask())
    return str(questionary.text(plain(f"{question.free}:")).unsafe_ask()) if chosen == _OTHER else chosen


def _typed(question: Question, title: str) -> str:
    """A typed answer; an empty one stands for the only choice beside it, where there is one."""
    import questionary

    form = f" {question.free}{f', empty for {question.choices[0].label}' if question.choices else ''}:" if question.free else ""
    default = "" if question.default == question.empty else plain(str(question.default))
    text = str(questionary.text(title + form, default=default).unsafe_ask())
    return text if text.strip() or question.empty is None else question.empty
