"""A list of questions, whatever they are about: the answers that hold, and below them the one question that the cursor is on, with its reason."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList

from tui.presentation import QUIET, choices, members, question_row, several, words
from tui.screens.asking import Picking, Typing
from tui.screens.step import Asking
from tui.widgets.frame_parts import Plain
from tui.widgets.question_list import QuestionList
from tui.widgets.search import Search
from wizards.questions import Question

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class ListsQuestions(Asking):
    """Shows any questions; whose they are is up to the screen that builds on this one."""

    CSS_PATH = ["frame.tcss", "questions.tcss"]
    BINDINGS = [
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
        Binding("h", "turn(-1)", "answer before", show=False),
        Binding("l", "turn(1)", "next answer", show=False),
        Binding("slash", "search", "search", show=False, tooltip="Show only what the typed words are in; escape shows everything again"),
    ]

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield Plain(id="intro")
        yield Search(id="search")
        yield QuestionList(id="questions")
        with VerticalScroll(id="asked"):
            yield Plain(id="question")

    def on_mount(self) -> None:
        """Put the cursor into the list."""
        super().on_mount()
        self.query_one(QuestionList).focus()

    def question(self) -> Question | None:
        """The question that the cursor is on."""
        return self.query_one(QuestionList).question

    def seek(self, subject: str) -> None:
        """Put the cursor onto the first question about a service or network, if there is one."""
        self.action_close_search()
        self.query_one(QuestionList).seek(subject)

    @abstractmethod
    def questions(self) -> list[Question]:
        """What is listed."""

    @abstractmethod
    def heading(self) -> str:
        """The step's title."""

    def aside(self) -> str:
        """What is said where there is nothing to decide."""
        return "Nothing to decide here."

    def rows(self, questions: Sequence[Question], width: int) -> list[Content]:
        """A row for each question."""
        return [question_row(one, width, index > 0 and questions[index - 1].subject == one.subject) for index, one in enumerate(questions)]

    def draw(self) -> None:
        """Draw the list and the question below it."""
        found = self.questions()
        listed, search = self.query_one(QuestionList), self.query_one(Search)
        shown = [one for one in found if search.finds(one)]
        listed.show(shown, self.rows(shown, listed.room))
        intro = search.counted(self.heading(), len(shown), len(found)) or self.intro(sum(not one.settled for one in found))
        self.query_one("#intro", Plain).show_text(intro)
        self.draw_question()

    def intro(self, count: int) -> Content:
        """The step's title, and how much there is to answer."""
        note = f"{several(count, 'answer')} that hold{'s' if count == 1 else ''}; ← → changes one." if count else f"{self.aside()} n goes on."
        return Content.assemble((self.heading(), "bold"), (f"   {note}", QUIET))

    def draw_question(self) -> None:
        """Draw the question that the cursor is on."""
        question = self.question()
        self.query_one("#question", Plain).show_text(self.asked(question) if question is not None else Content(""))

    def asked(self, question: Question) -> Content:
        """A question with its choices and its reason."""
        parts = [words(question.prompt, "bold"), self.offered(question), words(question.why)]
        return Content("\n").join(part for part in parts if part.plain)

    def offered(self, question: Question) -> Content:
        """The answers, those that hold marked; where one is typed, that one too, and what may be typed."""
        room = self.query_one(QuestionList).room
        if not question.typed:
            return members(question, room) if question.several else choices(question, room)
        held = f"(•) {question.label(question.default)}"
        return Content.assemble(words(held, "bold"), words(f"   enter: type {question.free}", QUIET))

    def main(self) -> Widget | None:
        """The list."""
        return self.query_one(QuestionList)

    @on(OptionList.OptionHighlighted, "#questions")
    def _moved(self) -> None:
        self.draw_question()
        self.draw_pane()

    @on(Search.Changed)
    def _typed(self) -> None:
        self.draw()
        self.draw_pane()

    @on(Search.Submitted)
    def _found(self) -> None:
        self.query_one(QuestionList).focus()

    def action_move(self, direction: int) -> None:
        """Move the cursor to the next question, or to the one before."""
        listed = self.query_one(QuestionList)
        listed.action_cursor_down() if direction > 0 else listed.action_cursor_up()

    def action_search(self) -> None:
        """Ask for the words that shall be shown."""
        self.query_one(Search).open()

    def action_close_search(self) -> None:
        """Show everything again."""
        self.query_one(Search).close()

    def action_close_view(self) -> None:
        """Close what is open: the view, else the search."""
        if not self.view:
            self.action_close_search()
        super().action_close_view()

    @on(OptionList.OptionSelected, "#questions")
    def _selected(self) -> None:
        question = self.question()
        if question is None or question.settled:
            return
        if question.several:
            self.app.push_screen(Picking(question), lambda picked: self.answer(question, picked))
        elif len(question.choices) > 1:
            self.choose(question)
        else:
            self.type_answer(question)

    def type_answer(self, question: Question) -> None:
        """Ask for a text; the one choice beside it, where there is one, is what an empty text stands for."""
        none = f", empty for {question.choices[0].label}" if question.empty is not None else ""
        text = f"{question.prompt} ({question.free}{none})" if question.free else question.prompt
        typing = Typing(question.subject, text, "" if question.default == question.empty else str(question.default), question.empty)
        self.app.push_screen(typing, lambda text: self.answer(question, text))

    def action_turn(self, direction: int) -> None:
        """Take the next answer or the one before; one that comes to what holds already is passed over."""
        question = self.question()
        if question is None or question.several or question.settled:
            return
        values = [choice.value for choice in question.choices][::direction]
        if question.default not in values:
            return
        at, before = values.index(str(question.default)), self.decided()
        for value in values[at + 1 :] + values[:at]:
            self.answer(question, value)
            if before is None or self.decided() is not before:
                return
