"""What can be told of an applying or an undoing, and what is asked during it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeAlias

from batten.engine.foreseeing import Foreseen
from batten.engine.settling import Standing
from batten.engine.verifying import Measured, Verification


class Stage(StrEnum):
    """The steps, in their order; all but the first two come again after a change was taken back."""

    PLAN = "plan"
    ASK = "ask"
    WRITE = "write"
    START = "start"
    HEALTH = "health"
    VERIFY = "verify"
    LOGS = "logs"
    UNDO = "undo"


class Outcome(StrEnum):
    """How it ended."""

    NOTHING = "nothing"
    """There was nothing to do."""
    DECLINED = "declined"
    """Somebody said no before anything was done."""
    APPLIED = "applied"
    """In place, up, and verified as far as that could be."""
    CHANGED = "changed"
    """In place and up, but for what was taken back on the way."""
    KEPT = "kept"
    """In place, although something is wrong with it."""
    UNDONE = "undone"
    """Taken back: the old files are in place, and up."""


class Step(NamedTuple):
    """A step begins."""

    stage: Stage
    text: str


class Written(NamedTuple):
    """Files are in their place."""

    files: tuple[str, ...]
    """Relative to the project's folder."""
    removed: tuple[str, ...]
    backup: Path | None


class Said(NamedTuple):
    """A line that Docker Compose said."""

    line: str


class Standings(NamedTuple):
    """How far the containers are; comes whenever one of them has moved on."""

    containers: tuple[Standing, ...]


class Verified(NamedTuple):
    """What a verification came to."""

    found: Verification | None
    why: str = ""
    """Why there is none, or why it compares networks alone; empty where all was compared."""


class Trouble(NamedTuple):
    """Something that is wrong."""

    service: str
    """Empty where it is about the whole project."""
    text: str


class Suspect(NamedTuple):
    """A change that may be behind the trouble."""

    unit: str
    """What can be taken back by itself: the id of a change, or a decision."""
    service: str
    """Who complains."""
    text: str
    """What happened, one sentence."""
    line: str
    """The line of a log that says so, with secret values masked; may be empty."""
    why: str
    """Why it is this change, one sentence."""
    weight: int
    """How likely it is, up to 100."""
    change: str = ""
    """The id of the change itself; what can be taken back may be more than that."""


class Suspected(NamedTuple):
    """What is wrong, and the changes that may be behind it, the likeliest first."""

    troubles: tuple[Trouble, ...]
    suspects: tuple[Suspect, ...]


class TakenBack(NamedTuple):
    """A change is left out from now on."""

    unit: str
    reason: str


class Ended(NamedTuple):
    """It is over."""

    outcome: Outcome
    text: str


Event: TypeAlias = Step | Foreseen | Written | Said | Standings | Measured | Verified | Suspected | TakenBack | Ended

GO, TROUBLE = "go", "trouble"
"""What is asked: whether to begin, and what to do about trouble."""
YES, NO, KEEP, UNDO, TAKE_BACK = "yes", "no", "keep", "undo", "take-back"
"""Answers; the last one is followed by a colon and the unit of a suspect."""


class Choice(NamedTuple):
    """An answer that can be given."""

    id: str
    text: str


class Question(NamedTuple):
    """Something to decide before it goes on."""

    kind: str
    text: str
    choices: tuple[Choice, ...]
    default: str


Decide: TypeAlias = Callable[[Question], str]
"""Gives the id of a choice; raises KeyboardInterrupt to stop."""
