"""What is told from one part of the screen, or from a thread, to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from batten.session import Session
    from tui.picture import Picture


@dataclass
class Developed(Message):
    """A picture, or the next stage of one, was worked out."""

    picture: Picture


class Laid(Message):
    """A part of the screen has another width, so that what it shows has to be drawn anew."""


@dataclass
class Kept(Message):
    """The autosave of a session came to its end."""

    session: Session
    """The session that was to be saved."""
    trouble: str
    """Why it was not; empty where it was."""
