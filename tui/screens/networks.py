"""The networks: how they are cut, who is on each, and who meets there without need."""

from __future__ import annotations

from textual.content import Content

from tui.presentation import QUIET, choices, several, words
from tui.screens.questions import QuestionsScreen
from tui.widgets.question_list import QuestionList
from wizards.networks import STRATEGY, NetworksStep
from wizards.questions import Question

_NAMED = 6
"""So many pairs are named; the view of what is left has them all."""


class NetworksScreen(QuestionsScreen):
    """The questions of the step, with figures and excess paths as they are worked out."""

    CSS_PATH = ["frame.tcss", "questions.tcss"]
    first_view = "map"

    def __init__(self) -> None:
        super().__init__(NetworksStep())

    def offered(self, question: Question) -> Content:
        """The choices, for the way to cut with what each comes to."""
        if question.id != STRATEGY:
            return super().offered(question)
        return choices(question, self.query_one(QuestionList).room, self.batten.picture.strategies)

    def asked(self, question: Question) -> Content:
        """A question, and for a network's members who of them meets another without need."""
        content = super().asked(question)
        return Content("\n").join([content, self._excess(question.subject)]) if question.several else content

    def _excess(self, network: str) -> Content:
        """The paths on a network that nothing speaks for, but for the ways back of those that are needed."""
        after = self.batten.picture.after
        if after is None or self.stale():
            return words("being worked out …", QUIET)
        held = {(one.source, one.target) for one in self.batten.session.design.connections}
        spare = [one for one in after.reach.service_paths if one.needed is not True and f"network {network}" in one.via]
        pairs = [f"{one.source} → {one.target}" for one in spare if (one.target, one.source) not in held]
        if not pairs:
            return words("Nobody meets here who need not.", "$text-success")
        more = [f"and {len(pairs) - _NAMED} more"] if len(pairs) > _NAMED else []
        return words(f"{several(len(pairs), 'path')} that nothing needs: {', '.join([*pairs[:_NAMED], *more])}", "$text-warning")
