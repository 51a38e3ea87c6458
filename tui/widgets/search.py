"""The line into which words are typed that shall be shown."""

from __future__ import annotations

from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input

from tui.presentation import QUIET
from wizards.questions import Question


class Search(Input):
    """Narrows a list of questions while it is typed into; hidden where nothing is searched for."""

    BINDINGS = [Binding("down,up", "submit", "to the list", show=False)]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, compact=True, placeholder="words that are in the line or its reason")
        self.display = False

    def open(self) -> None:
        """Show it, and take the keys."""
        self.display = True
        self.focus()

    def close(self) -> None:
        """Empty and hide it; does nothing where it is hidden."""
        if self.display:
            self.display = False
            self.value = ""

    def finds(self, question: Question) -> bool:
        """Whether every typed word is in what a question says."""
        if not self.value:
            return True
        said = " ".join((question.id, question.subject, question.prompt, question.why, question.label(question.default))).casefold()
        return all(word in said for word in self.value.casefold().split())

    def counted(self, title: str, shown: int, every: int) -> Content | None:
        """How much of a list is shown; None where nothing is searched for."""
        if not self.value:
            return None
        note = "   enter: to the list   escape: all again"
        return Content.assemble((title, "bold"), (f"   {shown} of {every}", QUIET if shown else "$text-warning"), (note, QUIET))
