"""A step of a project as a list of questions."""

from __future__ import annotations

from textual.content import Content

from batten.model import Risk
from tui.presentation import because, words
from tui.screens.listing import ListsQuestions
from tui.screens.step import StepScreen
from wizards.questions import Question


class QuestionsScreen(ListsQuestions, StepScreen):
    """Shows any step; a step with a screen of its own builds on this one."""

    def questions(self) -> list[Question]:
        """What is listed."""
        return self.step.questions(self.batten.session)

    def heading(self) -> str:
        """The step's title."""
        return self.step.title

    def aside(self) -> str:
        """Why there is nothing to decide."""
        return self.step.aside

    def intro(self, count: int) -> Content:
        """The heading, with a word where the answers have no effect for now."""
        safe = "   r: only what is without risk is taken now" if self.batten.session.accept == Risk.SAFE else ""
        return Content.assemble(super().intro(count), (safe, "$text-warning"))

    def asked(self, question: Question) -> Content:
        """A question with its choices, its reason and what speaks for it."""
        parts = [words(question.prompt, "bold"), self.offered(question), words(question.why), because(question.evidence, self.batten.session.project)]
        return Content("\n").join(part for part in parts if part.plain)

    def subject(self) -> str:
        """The service or network that the question is about."""
        question = self.question()
        return question.subject.partition(" ")[0] if question is not None else ""
