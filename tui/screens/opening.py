"""What is seen until there is a session: the project, in the place where the first stop tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.presentation import opening, title_of
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from batten.model import Project


class OpeningScreen(Screen[None]):
    """Needs the project alone, and no step; keys wait for the stop that comes after it."""

    CSS_PATH = "opening.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project
        self.typed: list[str] = []
        """The keys that were pressed meanwhile."""

    def compose(self) -> ComposeResult:
        """The parts."""
        yield Plain(title_of(self._project, wide=self.app.size.width >= 110), id="title")
        yield Plain(opening(self._project), id="sums")

    def on_key(self, event: Key) -> None:
        """Keep a key for later."""
        self.typed.append(event.key)
