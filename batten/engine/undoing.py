"""The way back: the old files, then the project up as it was before the hardening."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from batten.engine.added import Added
from batten.engine.bringing import Means, orphans, troubles
from batten.engine.events import GO, NO, YES, Choice, Decide, Ended, Event, Outcome, Question, Stage, Step, Suspected, Trouble, Written
from batten.engine.foreseeing import Foreseen
from batten.engine.settling import Standing
from batten.model import Project


class Back(NamedTuple):
    """What bringing the old project up came to."""

    standings: Sequence[Standing] = ()
    troubles: Sequence[Trouble] = ()


class OldFiles(Protocol):
    """The project's files, which we may put back. Each call raises BattenError and has done nothing then."""

    def undo(self) -> Written:
        """Put back what was there before the last writing; until ``forget`` it can be done again."""

    def forget(self) -> None:
        """Remove the backup that was put back."""


@dataclass
class UndoTask:
    """What is to be taken back, and with what."""

    hardened: Project
    """The project as its files are."""
    old: Project
    """The project as its files will be."""
    running: Mapping[str, int] | None
    """Service → number of containers that ran before the hardening; None where that is not known, and what runs is to run."""
    added: Added
    files: OldFiles
    means: Means
    mask: Callable[[str], str]
    """Takes secret values out of a text."""
    decide: Decide


class Undoing:
    """One run. However it ends, ``situation`` says what is true of files and containers."""

    def __init__(self, task: UndoTask) -> None:
        self.task = task
        self.situation = "Nothing was changed."
        self.foreseen: Foreseen | None = None
        self.written: Written | None = None
        self.back = Back()

    def events(self) -> Iterator[Event]:
        """Do it. Raises BattenError where it cannot go on."""
        task = self.task
        yield Step(Stage.PLAN, "Look at what runs")
        now = task.means.now(task.old.name)
        self.foreseen = task.means.foresee(task.hardened, task.old, now, task.running)
        yield self.foreseen
        yield Step(Stage.ASK, "Ask before anything restarts")
        if task.decide(_beginning(self.foreseen)) != YES:
            yield Ended(Outcome.DECLINED, self.situation)
            return
        yield Step(Stage.UNDO, "Put the old files back")
        self.written = task.files.undo()
        self.situation = "The old files are back; the containers may still be the hardened ones."
        yield self.written
        running = now.running if task.running is None else task.running
        self.back = yield from back(task.means, task.old, task.added, running, task.hardened)
        task.files.forget()
        self.situation = situation(self.back, running)
        if self.back.troubles:
            yield Suspected(tuple(self.back.troubles), ())
        yield Ended(Outcome.UNDONE, self.situation)


def situation(done: Back, running: Mapping[str, int]) -> str:
    """What is true after all, where ``running`` is to run."""
    if done.troubles:
        return "The old files are back, but not everything is as it was."
    return "The old files are back, and the project runs with them." if running else "The old files are back, and nothing runs, as before."


def _beginning(foreseen: Foreseen) -> Question:
    count = len(foreseen.recreated)
    what = f"{count} service{'' if count == 1 else 's'} will be restarted" if count else "Nothing that runs will be restarted"
    return Question(GO, f"{what}. Go on?", (Choice(YES, "put the old files back and bring the project up"), Choice(NO, "change nothing")), NO)


def back(means: Means, old: Project, added: Added, running: Mapping[str, int], hardened: Project) -> Generator[Event, None, Back]:
    """Bring the project up whose old files are in place again, and take away what only the hardened one had.

    Args:
        means: what brings it up.
        old: the project as its files say again.
        added: what only the hardened one had.
        running: service → number of containers that ran before the hardening.
        hardened: the project as it was until now.

    Raises:
        EngineError: the engine does not answer.
    """
    yield Step(Stage.START, "Bring the project up as it was")
    now = means.now(old.name)
    foreseen = means.foresee(hardened, old, now, running)
    left = orphans(now, old)
    ours = left <= added.services
    found = yield from means.up(now, foreseen, old, alone=bool(left) and ours, idle=not running)
    if left and not ours:
        found.append(Trouble("", f"containers of {', '.join(sorted(left))} are left: others than ours are among them. Remove those that you do not need"))
    found += yield from means.stop(sorted(set(means.now(old.name).running) & set(old.services) - set(running)), old)
    yield Step(Stage.HEALTH, "Wait until the containers stand")
    standings = yield from means.settle(now, old.name, set(running))
    means.tidy(old, added.networks)
    return Back(standings, [*found, *troubles(standings)])
