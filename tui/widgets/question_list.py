"""A list of questions, each in a row; the cursor stays on its question when answers bring and take rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.messages import Laid
from wizards.questions import Question

if TYPE_CHECKING:
    from textual.content import Content


class QuestionList(OptionList):
    """Rows of questions."""

    BINDINGS = [
        Binding("left", "screen.turn(-1)", "other answer", show=False, tooltip="The answer before"),
        Binding("right,space", "screen.turn(1)", "other answer", show=False, tooltip="The next answer"),
        Binding("enter", "select", "choose", tooltip="Choose from all answers"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._questions: list[Question] = []
        self._rows: list[Content] = []
        self._width = 0

    def on_resize(self) -> None:
        """Tell the screen that the rows no longer fit."""
        if self._width != self.room:
            self._width = self.room
            self.post_message(Laid())

    @property
    def room(self) -> int:
        """Columns that a row has; while the list is hidden and has no width, those it had when it was seen."""
        width = self.scrollable_content_region.width
        return max(width - 2, 20) if width else self._width or 20

    @property
    def question(self) -> Question | None:
        """The question that the cursor is on."""
        index = self.highlighted
        return self._questions[index] if index is not None and index < len(self._questions) else None

    def seek(self, subject: str) -> None:
        """Put the cursor onto the first question about a service or network; what follows its name in a subject does not count."""
        found = [index for index, one in enumerate(self._questions) if subject in (one.subject, one.subject.partition(" ")[0])]
        if found:
            self.highlighted = found[0]

    def show(self, questions: Sequence[Question], rows: Sequence[Content]) -> None:
        """Draw the questions, the cursor where it was."""
        before, at = self.question, self.highlighted
        same = [one.id for one in questions] == [one.id for one in self._questions]
        self._questions = list(questions)
        if same:
            for index, (old, row) in enumerate(zip(self._rows, rows, strict=True)):
                if not row.is_same(old):
                    self.replace_option_prompt_at_index(index, row)
            self._rows = list(rows)
            return
        self._rows = list(rows)
        self.set_options([Option(row) for row in rows])
        ids = [one.id for one in questions]
        if ids:
            self.highlighted = ids.index(before.id) if before and before.id in ids else min(at or 0, len(ids) - 1)
