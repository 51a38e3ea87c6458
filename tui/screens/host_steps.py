"""A step of a host as a list of questions."""

from __future__ import annotations

from textual.content import Content

from batten.errors import DesignError
from tui.presentation import words
from tui.screens.host_frame import HostFrame
from tui.screens.listing import ListsQuestions
from wizards.host.asking import HostStep
from wizards.questions import Answer, Question, decide


class HostStepScreen(ListsQuestions, HostFrame):
    """Shows any step of a host, and beside it the files that come of it."""

    def __init__(self, step: HostStep) -> None:
        super().__init__()
        self.step = step
        self.stop, self.part = step.name, step.section

    def questions(self) -> list[Question]:
        """What is listed."""
        return self.step.questions(self.batten.host)

    def heading(self) -> str:
        """The step's title."""
        return self.step.title

    def why(self) -> str:
        """What the step is good for."""
        return self.step.why

    def explanation(self) -> Content:
        """The step, and the question that the cursor is on."""
        question = self.question()
        parts = [words(self.step.title, "bold"), words(self.step.why)]
        if question is not None:
            parts += [Content(""), words(question.prompt, "bold"), words(question.why)]
            parts += [Content.assemble(words(f"· {one.label}", "bold"), words(f"   {one.hint}")) for one in question.choices if one.hint]
        return Content("\n").join(parts)

    def answer(self, question: Question, answer: Answer | None) -> None:
        """Take an answer; None is no answer."""
        if answer is None:
            return
        try:
            self.batten.take_host(decide(self.batten.host, self.step, question, answer))
        except DesignError as error:
            self.tell(error)
