"""A box that asks for a file or a folder, and completes what is typed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from tui.presentation import QUIET, words
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult

_SHOWN = 8
_KINDS = (".yaml", ".yml")


class AskingPath(ModalScreen[str | None]):
    """Asks for a path; tab goes as far as there is only one way on, and the ways are listed."""

    CSS_PATH = "asking.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("tab", "complete", "complete", priority=True),
    ]

    def __init__(self, title: str, text: str, value: str) -> None:
        super().__init__()
        self._title, self._text, self._value = title, text, value

    def compose(self) -> ComposeResult:
        """The parts."""
        with Vertical(classes="asking") as box:
            box.border_title = words(self._title)
            box.border_subtitle = Content("tab: complete   enter: take it   escape: back")
            yield Plain(words(self._text), classes="words")
            yield Input(self._value, compact=True, select_on_focus=False)
            yield Plain(id="ways")

    @on(Input.Changed)
    def _list(self, event: Input.Changed) -> None:
        """Show what could be meant."""
        ways = ways_on(event.value)
        names = [Path(way).name + ("/" if way.endswith("/") else "") for way in ways[:_SHOWN]]
        more = [f"and {len(ways) - _SHOWN} more"] if len(ways) > _SHOWN else []
        self.query_one("#ways", Plain).show_text(words("   ".join([*names, *more]), QUIET))

    def action_complete(self) -> None:
        """Type on as far as all that could be meant goes the same way."""
        asked = self.query_one(Input)
        ways = ways_on(asked.value)
        if ways:
            asked.value = common(ways)
            asked.cursor_position = len(asked.value)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(str(Path(event.value.strip()).expanduser()))


def ways_on(typed: str) -> list[str]:
    """The folders and compose files that begin with what was typed; hidden ones only where a dot was."""
    folder, begun = os.path.split(os.path.expanduser(typed))
    try:
        with os.scandir(folder or ".") as entries:
            found = sorted((entry.name, entry.is_dir()) for entry in entries if entry.name.startswith(begun))
    except OSError:
        return []
    listed = [(name, is_dir) for name, is_dir in found if begun.startswith(".") or not name.startswith(".")]
    return [os.path.join(folder, name) + ("/" if is_dir else "") for name, is_dir in listed if is_dir or name.endswith(_KINDS)]


def common(ways: Sequence[str]) -> str:
    """What all of them begin with, letter by letter."""
    first, last = min(ways), max(ways)
    return first[: next((index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))]
