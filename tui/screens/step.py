"""What the screens of steps have in common: a question under the cursor, its reason, and an answer that is taken."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from batten.errors import DesignError
from tui.screens.asking import Choosing
from tui.screens.explaining import explained
from tui.screens.frame import Frame
from tui.screens.framing import Framed
from wizards.questions import Answer, Question, Step, decide

if TYPE_CHECKING:
    from textual.content import Content


class Asking(Framed):
    """A stop that asks, be it about a project or about a host."""

    def question(self) -> Question | None:
        """The question that the cursor is on."""
        return None

    def decided(self) -> object:
        """What was decided so far, another object after each decision; None where nobody keeps it."""
        return None

    @abstractmethod
    def answer(self, question: Question, answer: Answer | None) -> None:
        """Take an answer; None is no answer."""

    def choose(self, question: Question) -> None:
        """Offer the choices of a question in a box."""
        self.app.push_screen(Choosing(question), lambda chosen: self.answer(question, chosen))


class StepScreen(Frame, Asking):
    """Asks the questions of a step, in whatever shape."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.stop = step.name

    def decided(self) -> object:
        """The session."""
        return self.batten.session

    def seek(self, subject: str) -> None:
        """Put the cursor onto the first question about a service or network, if there is one."""

    def why(self) -> str:
        """What the step is good for."""
        return self.step.why

    def explanation(self) -> Content:
        """The step, and the question that the cursor is on with its sources."""
        return explained(self.step, self.question(), self.batten.session.project, self.batten.picture.excerpts)

    def answer(self, question: Question, answer: Answer | None) -> None:
        """Take an answer; None is no answer."""
        if answer is None:
            return
        try:
            self.batten.take(decide(self.batten.session, self.step, question, answer))
        except DesignError as error:
            self.tell(error)
