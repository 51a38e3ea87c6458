"""How far the work of a screen that needs a running engine is, and what a thread tells that screen of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from textual.message import Message

if TYPE_CHECKING:
    from batten.errors import BattenError
    from tui.running import Look


class Stage(Enum):
    """How far a live screen is."""

    LOOKING = "looking"
    READY = "ready"
    ABSENT = "absent"
    """There is no engine, or nothing of the project runs on it."""
    WORKING = "working"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    DONE = "done"


BUSY = (Stage.WORKING, Stage.STOPPING)
WORDS = (Stage.LOOKING, Stage.READY, Stage.ABSENT, Stage.FAILED)
"""When there is nothing to show yet but words."""


@dataclass
class Looked(Message):
    """The first look has ended."""

    look: Look | None
    error: BattenError | None = None


@dataclass
class Came(Message):
    """Something came of the work."""

    event: Any


@dataclass
class Ended(Message):
    """The work has ended, and nothing of it is left behind."""

    stage: Stage
    error: BattenError | None = None
