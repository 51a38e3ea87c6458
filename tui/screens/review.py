"""The findings: what stands where, why it matters, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content

from batten.errors import DesignError
from batten.model import Risk, Span
from batten.review.finding import Finding, Severity
from tui.findings import ALL, Shown, arranged, heading
from tui.presentation import QUIET, SEVERITY_STYLES, place, row, several, words
from tui.screens.asking import Typing
from tui.screens.explaining import marked
from tui.screens.questions import QuestionsScreen
from tui.screens.step import StepScreen
from tui.widgets.question_list import QuestionList
from wizards.questions import Question, decide
from wizards.review import KEEP, LEAVE, MEND, NO_REASON, REASON, Review, groups, id_of
from wizards.steps import step as step_named
from wizards.themes import theme_of

_SHOWN = 2
"""How many places of a group are shown; the explanation has them all."""


class ReviewScreen(QuestionsScreen):
    """One row for each rule and service; below it the source and the ways to go."""

    CSS_PATH = ["frame.tcss", "questions.tcss"]
    BINDINGS = [
        Binding("m", f"become('{MEND}')", "mend", tooltip="Let batten mend it"),
        Binding("k", "keep", "keep", tooltip="Keep it, with a reason"),
        Binding("l", f"become('{LEAVE}')", "leave", show=False, tooltip="Leave it open for now"),
        Binding("f", "filter", "filter", show=False, tooltip="Show all, only what is open, what is mended, or what is kept"),
        Binding("o", "order", "order", show=False, tooltip="Order by severity, by service or by theme"),
        Binding("g", "decide", "its step", show=False, tooltip="Go to the step that decides about it"),
    ]

    def __init__(self) -> None:
        super().__init__(Review())
        self._groups: dict[str, list[Finding]] = {}
        self._shown = Shown()

    def questions(self) -> list[Question]:
        """One for each group of findings that is shown; the reason of what is kept is asked for when it is kept."""
        if self.batten.picture.reach is None:
            return []
        self._groups = {id_of(group[0]): group for group in groups(self.batten.session)}
        asked = {one.id: one for one in super().questions()}
        kept = arranged(list(self._groups.values()), self._shown, lambda group: self._state(asked[id_of(group[0])])[0])
        return [asked[id_of(group[0])] for group in kept]

    def intro(self, count: int) -> Content:
        """How many there are, and the keys that arrange them."""
        state = self._shown.state
        number = str(len(self._groups)) if state == ALL else f"{count} of {len(self._groups)}"
        parts = [("   f ", "bold $primary"), (state, QUIET), ("  o ", "bold $primary"), (f"by {self._shown.order}", QUIET)]
        parts += [("  / ", "bold $primary"), ("search", QUIET), ("  g ", "bold $primary"), ("the step that decides it", QUIET)]
        safe = "   r: only what is without risk is taken now" if self.batten.session.accept == Risk.SAFE else ""
        return Content.assemble((self.step.title, "bold"), (f"   {number}", QUIET), *parts, (safe, "$text-warning"))

    def rows(self, questions: Sequence[Question], width: int) -> list[Content]:
        """Severity, place, what it is, and what becomes of it; in front the theme, where the list is ordered by it."""
        themes = [heading(self._groups[one.id][0], self._shown.order) for one in questions]
        firsts = ["" if index and themes[index - 1] == theme else theme for index, theme in enumerate(themes)]
        return [self._row(one, self._groups[one.id], width, theme) for one, theme in zip(questions, firsts, strict=True)]

    def _row(self, question: Question, group: Sequence[Finding], width: int, theme: str) -> Content:
        finding = group[0]
        where = finding.location
        line = f":{where.line}" if isinstance(where, Span) else ""
        more = f" (and {len(group) - 1} more)" if len(group) > 1 else ""
        state, style = self._state(question)
        first = [(theme, 8, "bold $primary")] if heading(finding, self._shown.order) else []
        cells = [*first, (finding.severity.upper(), 8, SEVERITY_STYLES[finding.severity]), (f"{question.subject}{line}", 13, "bold")]
        room = width - sum(cell[1] + 2 for cell in cells) - 8
        return row([*cells, (finding.title + more, room, ""), (state, 6, style)])

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
        group = self._groups[question.id]
        return Content("\n").join([*self._head(group[0]), *self._source(group), words(group[0].message), self._ways(question, group[0])])

    def _head(self, finding: Finding) -> Iterator[Content]:
        """What it is and where; in one line where both fit."""
        where = f"{place(self.batten.session.project, finding.location)}  {finding.rule}"
        fits = cell_len(finding.title) + cell_len(where) + 4 <= self.query_one(QuestionList).room
        title = words(finding.title, "bold")
        yield from [Content.assemble(title, "  ", words(where, QUIET))] if fits else [title, words(where, QUIET)]

    def _source(self, group: Sequence[Finding]) -> Iterator[Content]:
        """The lines of the first places with a mark below them, and how many more there are."""
        excerpts = self.batten.picture.excerpts
        for one in group[:_SHOWN]:
            if isinstance(one.location, Span) and excerpts:
                yield from marked(excerpts, one.location, self.query_one(QuestionList).room)
        if len(group) > _SHOWN:
            yield words(f"       … and {several(len(group) - _SHOWN, 'more place')}", QUIET)

    def _ways(self, question: Question, finding: Finding) -> Content:
        keys = {MEND: "m", LEAVE: "l", KEEP: "k"}
        otherwise = question.default == LEAVE and self._state(question)[0] == "mended"
        parts = [words("Other decisions mend it.", "$text-success")] if otherwise else []
        ways: list[Content] = []
        step = theme_of(finding.rule).step
        for one in question.choices:
            mark = "▸" if one.value == question.default and not otherwise else " "
            hint = f": {one.hint}" if one.value == MEND else ""
            (parts if hint else ways).append(Content.assemble((f"{mark}{keys[one.value]} ", "bold $primary"), words(f"{one.label}{hint}")))
        if step:
            ways.append(Content.assemble((" g ", "bold $primary"), f"its step: {step_named(step).title}"))
        return Content("\n").join([*parts, Content("  ").join(ways)])

    def action_become(self, answer: str) -> None:
        """Mend or leave."""
        question = self.question()
        if question is not None and answer in {choice.value for choice in question.choices}:
            self.answer(question, answer)

    def action_keep(self) -> None:
        """Keep what the cursor is on; without a reason nothing is decided."""
        question = self.question()
        if question is not None:
            reason = next((one.reason for one in self.batten.session.design.keeps if one.covers(self._groups[question.id][0])), "")
            typing = Typing(question.subject, "Why is it kept? The design and every review say so.", "" if reason == NO_REASON else reason)
            self.app.push_screen(typing, lambda text: self._keep(question, text))

    def _keep(self, question: Question, reason: str | None) -> None:
        """One decision of two answers: it is kept, and why."""
        if reason is None:
            return
        session = self.batten.session
        try:
            kept = decide(session, self.step, question, KEEP)
            asked = next(one for one in self.step.questions(kept) if one.id == question.id + REASON)
            design = decide(kept, self.step, asked, reason).design
        except DesignError as error:
            self.tell(error)
        else:
            self.batten.take(session.decide(design, f"{question.subject}: kept"))

    def action_filter(self) -> None:
        """Show another part of the list."""
        self._shown = self._shown.refiltered()
        self.redraw()

    def action_order(self) -> None:
        """Order the list otherwise."""
        self._shown = self._shown.reordered()
        self.redraw()

    async def action_decide(self) -> None:
        """Go to the step that decides about the finding under the cursor, and to its service there."""
        question = self.question()
        step = theme_of(self._groups[question.id][0].rule).step if question is not None else ""
        if question is None or not step:
            self.app.notify("No step decides about this: it is mended by hand, left open or kept.", markup=False)
            return
        await self.app.switch_mode(step)
        if isinstance(self.app.screen, StepScreen):
            self.app.screen.seek(question.subject)
