"""A hardening on its way to the engine: written, brought up, waited for, verified, listened to, and taken back where that is wanted.

What happens comes as events, what has to be decided goes to a callback: a command and a screen can stand before the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from batten.design import Design
from batten.design.sections.leftout import unit_of
from batten.engine.added import Added
from batten.engine.bringing import Means, troubles
from batten.engine.complaints import explain
from batten.engine.events import (
    GO,
    KEEP,
    NO,
    TAKE_BACK,
    TROUBLE,
    UNDO,
    YES,
    Choice,
    Decide,
    Ended,
    Event,
    Outcome,
    Question,
    Stage,
    Step,
    Suspect,
    Suspected,
    TakenBack,
    Trouble,
    Verified,
    Written,
)
from batten.engine.foreseeing import Foreseen, Snapshot
from batten.engine.processes import FailedError
from batten.engine.settling import Standing
from batten.engine.undoing import back, situation
from batten.engine.verifying import Verification, Verifying
from batten.engine.watching import Seen, look
from batten.errors import BattenError, EngineError
from batten.hardening import Hardening
from batten.model import Project

NOTHING = "Nothing was changed."
LIKELY = 60
"""From which weight on a suspect is trouble by itself, even where all containers stand."""


class Files(Protocol):
    """The project's files, which we may change. Each call raises BattenError and has done nothing then."""

    def write(self, hardening: Hardening, before: Snapshot) -> Written:
        """Write a hardening with a backup, and beside that what runs at present."""

    def undo(self) -> Written:
        """Put back what was there before the last writing; until ``forget`` it can be done again."""

    def forget(self) -> None:
        """Remove the backup that was put back."""

    def note(self, stage: Stage) -> None:
        """Write down how far it has come, for whoever looks after we were killed."""


@dataclass
class Task:
    """What is to be applied, and with what."""

    read: Callable[[], Project]
    """The project as its files are; it is read again after something was taken back."""
    harden: Callable[[Project, Design], Hardening]
    design: Design
    files: Files
    means: Means
    verify: Callable[[Hardening, bool], Verifying]
    """A comparison of the hardened project with what runs; whether it is to open connections."""
    mask: Callable[[str], str]
    """Takes secret values out of a text."""
    decide: Decide
    connect: bool = True
    """Whether a comparison may open connections."""


class Earlier(NamedTuple):
    """How it was before anything was touched."""

    snapshot: Snapshot
    seen: Seen
    """What the containers had said by then."""


class Applying:
    """One run. However it ends, ``situation`` says what is true of files and containers."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.situation = NOTHING
        self.hardening: Hardening | None = None
        self.foreseen: Foreseen | None = None
        self.written: Written | None = None
        self.verified: Verified | None = None
        self.standings: Sequence[Standing] = ()
        self.suspected = Suspected((), ())
        self.taken: list[TakenBack] = []

    def events(self) -> Iterator[Event]:
        """Do it. Raises BattenError where it cannot go on."""
        yield Step(Stage.PLAN, "Plan what changes, and look at what runs")
        project = self.task.read()
        before = Earlier(self.task.means.now(project.name), look(project.name, self.task.means.engine))
        hardening = self.task.harden(project, self.task.design)
        foreseen = self._foresee(project, hardening, before)
        yield foreseen
        if not hardening.changes and not foreseen.anything:
            yield from self._in_place_already(hardening, before)
            return
        yield Step(Stage.ASK, "Ask before anything restarts")
        if self._ask(_beginning(foreseen)) != YES:
            yield Ended(Outcome.DECLINED, NOTHING)
            return
        yield from self._until_it_stands(hardening, before)

    def _foresee(self, project: Project, hardening: Hardening, before: Earlier) -> Foreseen:
        self.hardening, self.foreseen = hardening, self.task.means.foresee(project, hardening.after, before.snapshot)
        return self.foreseen

    def _in_place_already(self, hardening: Hardening, before: Earlier) -> Iterator[Event]:
        yield from self._examine(hardening, before, [])
        wrong = bool(self.suspected.troubles)
        yield Ended(Outcome.KEPT if wrong else Outcome.NOTHING, "Everything that is accepted is in place already; nothing was changed.")

    def _until_it_stands(self, hardening: Hardening, before: Earlier) -> Iterator[Event]:
        """Write it and bring it up, again without what is taken back, until it stands or somebody has enough of it."""
        while True:
            yield from self._put_in(hardening, before)
            if not self.suspected.troubles:
                yield self._stands()
                return
            # Only what this run has written is taken back: an earlier backup is another matter.
            answer = self._ask(_trouble(self.suspected)) if self.written is not None and self.written.backup is not None else KEEP
            if answer == KEEP:
                yield Ended(Outcome.KEPT, self.situation)
                return
            yield from self._back(hardening, before, bring_up=answer == UNDO)
            if answer == UNDO:
                yield Ended(Outcome.UNDONE, self.situation)
                return
            hardening = yield from self._without(answer.removeprefix(f"{TAKE_BACK}:"))

    def _stands(self) -> Ended:
        self.task.files.note(Stage.LOGS)
        if self.taken:
            return Ended(Outcome.CHANGED, "The hardened project runs, without what was taken back.")
        return Ended(Outcome.APPLIED, "The hardened project runs.")

    def _put_in(self, hardening: Hardening, before: Earlier) -> Iterator[Event]:
        yield Step(Stage.WRITE, "Write the hardened files, and keep the old ones")
        self.written = self.task.files.write(hardening, before.snapshot)
        self.situation = "The hardened files are in place; no container was touched yet."
        yield self.written
        yield Step(Stage.START, "Bring the project up")
        self.task.files.note(Stage.START)
        self.situation = "The hardened files are in place; the containers may be partly those from before."
        yield from self._examine(hardening, before, (yield from self._up(hardening.after, before)))

    def _up(self, after: Project, before: Earlier) -> Generator[Event, None, list[Trouble]]:
        now = self.task.means.now(after.name)
        try:
            foreseen = self.task.means.foresee(after, after, now, before.snapshot.running)
        except FailedError as error:
            return [Trouble("", error.message)]  # Compose does not take the files
        return (yield from self.task.means.up(now, foreseen, after))

    def _examine(self, hardening: Hardening, before: Earlier, failed: Sequence[Trouble]) -> Iterator[Event]:
        """Wait, verify, listen; what is wrong and what may be behind it is then in ``suspected``."""
        yield Step(Stage.HEALTH, "Wait until the containers stand")
        self.standings = yield from self.task.means.settle(before.snapshot, hardening.after.name)
        self.situation = "The hardened files are in place, and their containers run."
        wrong = [*failed, *troubles(self.standings), *self.task.means.otherwise(hardening.after)]
        yield Step(Stage.VERIFY, "Compare who connects with who should")
        self.verified = yield from self._verified(hardening)
        yield self.verified
        if self.verified.found is not None and self.verified.found.differs:
            wrong.append(Trouble("", "connections or networks are otherwise than predicted"))
        yield Step(Stage.LOGS, "Read what the containers say")
        self.suspected = self._suspects(hardening, before, wrong)
        if self.suspected.troubles:
            self.situation = "The hardened files are in place and their containers were started, but not all is well."
            yield self.suspected

    def _verified(self, hardening: Hardening) -> Generator[Event, None, Verified]:
        """What the comparison says; of networks alone where no connections can be opened from here."""
        try:
            return Verified((yield from self._measured(self.task.verify(hardening, self.task.connect))))
        except EngineError as error:
            self.task.means.engine.about()  # an engine that is gone ends the run; anything else is no reason to
            why = str(error)
        try:
            return Verified((yield from self._measured(self.task.verify(hardening, False))), why)
        except EngineError as error:
            self.task.means.engine.about()
            return Verified(None, str(error))

    def _measured(self, check: Verifying) -> Generator[Event, None, Verification]:
        with closing(check.measure()) as pairs:
            for measured in pairs:
                if self.task.means.stopped.is_set():
                    raise EngineError("it was stopped.")
                yield measured
        return check.verdict()

    def _suspects(self, hardening: Hardening, before: Earlier, wrong: Sequence[Trouble]) -> Suspected:
        """What is wrong, with what the containers say, and which changes may be behind it."""
        now = look(hardening.after.name, self.task.means.engine)
        found = explain(hardening, now, before.seen, found=self.verified.found if self.verified else None, mask=self.task.mask)
        suspects = tuple(Suspect(unit_of(one.change), one.service, one.says, one.line, one.why, one.weight, one.change.id) for one in found.suspects)
        said = [Trouble(one.service, one.text) for one in suspects if one.weight >= LIKELY]
        said += [Trouble(one.service, f"{one.says} {one.line}".strip()) for one in found.unexplained] if wrong else []
        return Suspected(tuple(dict.fromkeys([*wrong, *said])), _once(suspects))

    def _ask(self, question: Question) -> str:
        answer = self.task.decide(question)
        if answer not in {choice.id for choice in question.choices}:
            raise BattenError(f"'{answer}' is no answer to this question.")
        return answer

    def _back(self, hardening: Hardening, before: Earlier, *, bring_up: bool) -> Generator[Event, None, None]:
        """Put the old files back and, where it ends with that, the project up as it was."""
        yield Step(Stage.UNDO, "Put the old files back")
        yield self.task.files.undo()
        self.situation = "The old files are back; the containers may still be the hardened ones."
        if bring_up:
            old = self.task.read()
            done = yield from back(self.task.means, old, Added.of(hardening.after, old), before.snapshot.running, hardening.after)
            self.standings = done.standings
            self.situation = situation(done, before.snapshot.running)
            if done.troubles:
                yield Suspected(tuple(done.troubles), ())
        self.task.files.forget()

    def _without(self, unit: str) -> Generator[Event, None, Hardening]:
        """The hardening again, without one change."""
        found = next(one for one in self.suspected.suspects if one.unit == unit)
        reason = f"{found.text} {found.why}"
        taken = TakenBack(unit, reason)
        self.taken.append(taken)
        yield taken
        self.task = replace(self.task, design=self.task.design.leaving_out(unit, reason))
        self.hardening = self.task.harden(self.task.read(), self.task.design)
        return self.hardening


def _once(suspects: Sequence[Suspect]) -> tuple[Suspect, ...]:
    """Each unit once, by the likeliest of its changes."""
    best: dict[str, Suspect] = {}
    for one in suspects:
        best.setdefault(one.unit, one)
    return tuple(best.values())


def _beginning(foreseen: Foreseen) -> Question:
    count = len(foreseen.recreated)
    what = f"{count} service{'' if count == 1 else 's'} will be restarted" if count else "Nothing that runs will be restarted"
    return Question(GO, f"{what}. Go on?", (Choice(YES, "write the files and bring the project up"), Choice(NO, "change nothing")), NO)


def _trouble(suspected: Suspected) -> Question:
    back_again = [Choice(f"{TAKE_BACK}:{one.unit}", f"take back {one.unit}: {one.why}") for one in suspected.suspects]
    rest = [Choice(UNDO, "take everything back"), Choice(KEEP, "leave it as it is")]
    choices = (*back_again, *rest)
    return Question(TROUBLE, "Something is wrong. What now?", choices, choices[0].id)
