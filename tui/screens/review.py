"""The findings: what stands where, why it matters, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content

from batten.model import Span
from batten.review.finding import Finding, Severity
from tui.presentation import QUIET, SEVERITY_STYLES, place, row, several, words
from tui.screens.explaining import lines
from tui.screens.questions import QuestionsScreen
from tui.widgets.question_list import QuestionList
from wizards.questions import Question
from wizards.review import KEEP, LEAVE, MEND, REASON, Review, groups, id_of

_SHOWN = 2
"""How many places of a group are shown; the explanation has them all."""


class ReviewScreen(QuestionsScreen):
    """One row for each rule and service; below it the source and the ways to go."""

    CSS_PATH = ["frame.tcss", "questions.tcss"]
    BINDINGS = [
        Binding("m", f"become('{MEND}')", "mend", tooltip="Let batten mend it"),
        Binding("k", f"become('{KEEP}')", "keep", tooltip="Keep it, with a reason"),
        Binding("l", f"become('{LEAVE}')", "leave", show=False, tooltip="Leave it open for now"),
    ]

    def __init__(self) -> None:
        super().__init__(Review())
        self._groups: dict[str, list[Finding]] = {}

    def questions(self) -> list[Question]:
        """One for each group of findings; the reason of what is kept is asked for when it is kept."""
        if self.batten.picture.reach is None:
            return []
        self._groups = {id_of(group[0]): group for group in groups(self.batten.session)}
        return [one for one in super().questions() if one.id in self._groups]

    def rows(self, questions: Sequence[Question], width: int) -> list[Content]:
        """Severity, place, what it is, and what becomes of it."""
        return [self._row(one, self._groups[one.id], width) for one in questions]

    def _row(self, question: Question, group: Sequence[Finding], width: int) -> Content:
        finding = group[0]
        where = finding.location
        line = f":{where.line}" if isinstance(where, Span) else ""
        more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
        state, style = self._state(question)
        cells = [(finding.severity.upper(), 8, SEVERITY_STYLES[finding.severity]), (f"{question.subject}{line}", 13, "bold")]
        return row([*cells, (finding.title + more, width - 8 - 13 - 6 - 6, ""), (state, 6, style)])

    def _state(self, question: Question) -> tuple[str, str]:
        """What becomes of it, as the files would show it."""
        after = self.batten.picture.after
        if question.default == KEEP:
            return "kept", QUIET
        if after is None or self.batten.picture.session is not self.batten.session:
            return "…", QUIET
        gone = question.id not in {id_of(one) for one in after.standing}
        if gone:
            return "mended", "$text-success"
        return "open", QUIET if self._groups[question.id][0].severity is Severity.INFO else "$text-error"

    def asked(self, question: Question) -> Content:
        """The source, why it matters, and the ways to go."""
        group, project, excerpts = self._groups[question.id], self.batten.session.project, self.batten.picture.excerpts
        places = [one.location for one in group]
        head = Content("\n").join([words(group[0].title, "bold"), words(f"{place(project, places[0])}  {group[0].rule}", QUIET)])
        source = [line for where in places[:_SHOWN] if isinstance(where, Span) and excerpts for line in lines(excerpts, where)]
        if len(places) > _SHOWN:
            source.append(words(f"       … and {several(len(places) - _SHOWN, 'more place')}", QUIET))
        return Content("\n").join([head, *source, words(group[0].message), self._ways(question)])

    def _ways(self, question: Question) -> Content:
        keys = {MEND: "m", LEAVE: "l", KEEP: "k"}
        otherwise = question.default == LEAVE and self._state(question)[0] == "mended"
        parts = [words("Other decisions mend it.", "$text-success")] if otherwise else []
        for one in question.choices:
            mark = "▸" if one.value == question.default and not otherwise else " "
            parts.append(Content.assemble((f"{mark}{keys[one.value]} ", "bold $primary"), words(f"{one.label}: {one.hint}")))
        return Content("\n").join(parts)

    def action_become(self, answer: str) -> None:
        """Mend, leave or keep; what is kept is asked for its reason."""
        question = self.query_one(QuestionList).question
        if question is None or answer not in {choice.value for choice in question.choices}:
            return
        self.answer(question, answer)
        if answer == KEEP:
            reason = next(one for one in self.step.questions(self.batten.session) if one.id == question.id + REASON)
            self.type_answer(reason)
