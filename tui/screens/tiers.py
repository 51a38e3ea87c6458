"""The tiers as a board: services are cards, and moving one to another column answers what it is there for."""

from __future__ import annotations

from textual import on
from textual.binding import Binding
from textual.content import Content

from tui.board import Board, Card, Pile
from tui.presentation import QUIET, choices, several, words
from tui.screens.cells import CellsScreen
from tui.widgets.cells import Cells
from tui.widgets.frame_parts import Plain
from wizards.questions import Question
from wizards.tiers import DECIDED, MEANINGS, Tiers


class TiersScreen(CellsScreen):
    """Cards in five columns; below them the one under the cursor, with the reason for its place."""

    BINDINGS = [
        Binding("greater_than_sign,shift+right", "shift(1)", "move", key_display="< >", tooltip="Move the card one tier to the right"),
        Binding("less_than_sign,shift+left", "shift(-1)", "move left", show=False, key_display="<", tooltip="Move the card one tier to the left"),
        Binding("enter", "choose", "choose", tooltip="Choose from all tiers"),
    ]

    def __init__(self) -> None:
        super().__init__(Tiers())
        self._questions: dict[str, Question] = {}
        self._board = Board(tuple(Pile(str(tier), ()) for tier in MEANINGS))

    def draw(self) -> None:
        """Draw the board and the card that the cursor is on."""
        found = self.step.questions(self.batten.session)
        self._questions = {one.subject: one for one in found}
        self._board = Board(tuple(Pile(str(tier), tuple(Card(one.subject, one.why == DECIDED) for one in found if one.default == tier)) for tier in MEANINGS))
        self.cells.show(self._board)
        note = f"{several(len(found), 'service')}; < and > move one, or the mouse.   • placed by you" if found else "Nothing to decide here: n goes on."
        self.query_one("#intro", Plain).show_text(Content.assemble((self.step.title, "bold"), (f"   {note}", QUIET)))
        self.draw_told()

    def told(self) -> Content:
        """What the service is there for, what else it might be, and why it stands where it does."""
        question = self.question()
        if question is None:
            return Content("")
        return Content("\n").join([words(question.prompt, "bold"), choices(question, max(self.cells.size.width - 2, 20)), words(question.why)])

    def question(self) -> Question | None:
        """The question about the card under the cursor."""
        return self._questions.get(self.subject())

    def subject(self) -> str:
        """The service under the cursor."""
        card = self._board.card(self.cursor)
        return card.service if card else ""

    @on(Cells.Chosen)
    def _chosen(self) -> None:
        self.action_choose()

    @on(Cells.Dropped)
    def _dropped(self, event: Cells.Dropped) -> None:
        self._put(event.onto.column)

    def action_shift(self, direction: int) -> None:
        """Move the card under the cursor one tier on."""
        self._put(self.cursor.column + direction)

    def action_choose(self) -> None:
        """Offer all tiers."""
        question = self.question()
        if question is not None:
            self.choose(question)

    def _put(self, column: int) -> None:
        """Put the card under the cursor into a column, if there is such a column."""
        question = self.question()
        if question is not None and 0 <= column < len(self._board.piles):
            self.answer(question, self._board.piles[column].title)
