"""The connections as a matrix of who may call whom, with what speaks for the cell under the cursor; what is assumed asks."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.binding import Binding
from textual.content import Content

from batten.errors import DesignError
from batten.model import Connection, Evidence, EvidenceKind
from batten.reach import Reach
from tui.matrix import Mark, Matrix, Pair, State, legend
from tui.presentation import QUIET, because, several, words
from tui.screens.asking import Confirm
from tui.screens.cells import CellsScreen
from tui.widgets.cells import Cells
from tui.widgets.frame_parts import Plain
from wizards.connections import ADDED, CLOSE, DROPPED, UNSEEN, Connections, listed, pairs_of
from wizards.questions import Answer, Question, decide_all


class ConnectionsScreen(CellsScreen):
    """Callers are rows, the called are columns; services with open questions come first."""

    BINDINGS = [
        Binding("enter,space", "turn", "turn", tooltip="Keep the connection under the cursor or take it away; add one that is missing"),
        Binding("o", "ask(1)", "open ?", tooltip="To the next connection that is assumed"),
        Binding("shift+o,O", "ask(-1)", "open before", show=False, tooltip="To the assumed connection before"),
        Binding("s", "service", "all of a service", show=False, tooltip="Keep all assumed connections of the service under the cursor, or take all away"),
        Binding("a", "keep_all", "keep all", tooltip="Keep everything that is assumed"),
        Binding("c", "close_unseen", "close unseen", show=False, tooltip="Take away what is only assumed and was never seen while it was watched for"),
    ]

    def __init__(self) -> None:
        super().__init__(Connections())
        self._questions: dict[str, Question] = {}
        self._corrections: dict[str, Question] = {}
        """What may be closed, added and dropped besides what is asked."""
        self._held: Mapping[Pair, Connection] = {}
        self._reach: Reach | None = None
        """The ways that stay open; None before they are worked out."""
        self._unmet: list[Pair] = []
        self._matrix = Matrix((), {})

    def on_screen_resume(self) -> None:
        """Draw what has changed meanwhile; the first time, the cursor goes to what asks."""
        begins = not self._matrix.services
        super().on_screen_resume()
        asked = self._matrix.asked()
        if begins and asked:
            self.cells.go(asked[0])

    def draw(self) -> None:
        """Draw the matrix and the cell that the cursor is on."""
        session, after = self.batten.session, self.batten.picture.after
        asked = self.step.questions(session)
        self._questions = {one.subject: one for one in asked if one.several}
        self._corrections = {one.id: one for one in asked if not one.several}
        self._held = {(one.source, one.target): one for one in session.design.connections}
        if after is not None:
            self._reach = after.reach
            self._unmet = [(one.source, one.target) for one in after.reach.unmet]
        order = dict.fromkeys([*self._questions, *session.project.services])
        self._matrix = Matrix(tuple(order), self._states(), rest=self._rest)
        self.cells.show(self._matrix)
        self.query_one("#intro", Plain).show_text(self._intro())
        self.draw_told()

    def _states(self) -> dict[Pair, State]:
        """What is decided of pairs, or asked about; what was asked about counts for more than what follows."""
        states = dict.fromkeys(self._held, State.NEEDED)
        for service, question in self._questions.items():
            states |= {(service, one.value): State.ASKED if one.value in question.default else State.CUT for one in question.choices}
        states |= dict.fromkeys(self._corrected(DROPPED), State.CUT)
        return states | {pair: State.UNMET for pair in self._unmet if states.get(pair) is State.NEEDED}

    def _rest(self, pair: Pair) -> State:
        """What follows for a pair of which nothing was decided."""
        if not self._by(pair):
            return State.CLOSED
        return State.BACK if pair[::-1] in self._held else State.SPARE

    def _by(self, pair: Pair) -> tuple[str, ...]:
        """The ways between two services that stay open."""
        path = self._reach.between(*pair) if self._reach is not None and pair[1] in self.batten.session.project.services else None
        return path.via if path is not None else ()

    def _intro(self) -> Content:
        """How much is assumed, and what the marks mean."""
        states = list(self._matrix.states.values())
        asked, cut = states.count(State.ASKED), states.count(State.CUT)
        note = f"{asked} assumed and kept, {cut} taken away; o: the next of them" if asked or cut else f"{self.step.aside} n goes on."
        return Content("\n").join([Content.assemble((self.step.title, "bold"), (f"   {note}", QUIET)), legend()])

    def told(self) -> Content:
        """Who calls whom, what was decided, and all that speaks for it."""
        pair = self._matrix.pair(self.cursor)
        if pair is None:
            return Content("")
        state, held = self._matrix.state(pair), self._held.get(pair)
        head = Content.assemble(words(f"{pair[0]} → {pair[1]}", "bold"), "   ", words(self._verdict(pair, state), state.style))
        parts = [head, because(held.evidence, self.batten.session.project) if held else Content("")]
        if state is State.CUT and pair not in self._corrected(DROPPED):
            parts.append(words(next(one.hint for one in self._questions[pair[0]].choices if one.value == pair[1])))
        return Content("\n").join(part for part in parts if part.plain)

    def _verdict(self, pair: Pair, state: Mark) -> str:
        """What holds for a pair, in a phrase."""
        by = ", ".join(self._by(pair))
        said: dict[Mark, str] = {
            State.NEEDED: "said by you: kept (enter: take it away)" if pair in self._corrected(ADDED) else "needed: kept",
            State.UNMET: "needed, but the networks as they are chosen cut it off",
            State.ASKED: "assumed: kept, unless you take it away (enter)",
            State.CUT: f"taken away by you{f', but still open by {by}' if by else ''} (enter: keep it)",
            State.SPARE: f"nothing needs it, but it stays open by {by} (enter: say that it is needed)",
            State.BACK: f"the way back of {pair[1]} → {pair[0]}, open by {by}",
            State.CLOSED: "closed: nothing speaks for it (enter: say that it is needed)" if self._reach is not None else "nothing speaks for it",
            State.SELF: "the same service",
        }
        return said[state]

    def question(self) -> Question | None:
        """The question about the row under the cursor; None where nothing is open there."""
        return self._questions.get(self.subject())

    def subject(self) -> str:
        """The service that calls."""
        pair = self._matrix.pair(self.cursor)
        return pair[0] if pair else ""

    @on(Cells.Chosen)
    def _chosen(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        """Keep the connection under the cursor, or take it away; what the files show goes only after a word."""
        pair, question = self._matrix.pair(self.cursor), self.question()
        if pair is None or pair[0] == pair[1]:
            return
        state = self._matrix.state(pair)
        if question is not None and pair[1] in {one.value for one in question.choices}:
            self.answer(question, _turned(question, {pair[1]}))
        elif pair in self._corrected(DROPPED):
            self._correct(DROPPED, pair)
        elif state in (State.NEEDED, State.UNMET) and pair not in self._corrected(ADDED):
            self._drop(pair)
        else:
            self._correct(ADDED, pair)

    def _drop(self, pair: Pair) -> None:
        """Ask before something goes that the files show; what was seen at work stays."""
        held = self._held.get(pair)
        reason = held.evidence[0] if held is not None and held.evidence else Evidence(EvidenceKind.DECLARED, None, "the design says so")
        if reason.kind is EvidenceKind.OBSERVED:
            self.app.notify("This was seen at work, so it is kept.", markup=False)
            return
        text = f"The files show that {pair[0]} talks to {pair[1]}: {reason.text}. Without a network that both are on, it cannot."
        asking = Confirm("Not needed any more?", text, "x", "take it away", "keep it")
        self.app.push_screen(asking, lambda sure: self._correct(DROPPED, pair) if sure else None)

    def _corrected(self, id: str) -> tuple[Pair, ...]:
        """The pairs that were added, or dropped, so far."""
        question = self._corrections.get(id)
        return pairs_of(str(question.default), self.batten.session.project) if question is not None else ()

    def _correct(self, id: str, pair: Pair) -> None:
        """Add or drop a pair, or take that back."""
        pairs = self._corrected(id)
        changed = [one for one in pairs if one != pair] if pair in pairs else [*pairs, pair]
        self.answer(self._corrections[id], listed(changed))

    def action_service(self) -> None:
        """Take away all assumed connections of the service under the cursor; keep them all where none is left."""
        question = self.question()
        if question is not None:
            self.answer(question, () if question.default else tuple(one.value for one in question.choices))

    def action_keep_all(self) -> None:
        """Keep everything that is assumed, in one decision."""
        everything = [(one, tuple(choice.value for choice in one.choices)) for one in self._questions.values()]
        try:
            self.batten.take(decide_all(self.batten.session, self.step, everything, "keep all that is assumed"))
        except DesignError as error:
            self.tell(error)
        else:
            self.app.notify(f"{several(sum(len(kept) for _, kept in everything), 'assumed connection')} kept.", markup=False)

    def action_close_unseen(self) -> None:
        """Take away what was watched for and never seen, in one decision."""
        question = self._corrections.get(UNSEEN)
        if question is None:
            self.app.notify("Nothing that is assumed was watched for long enough without being seen.", markup=False)
        else:
            self.answer(question, CLOSE)

    def action_ask(self, direction: int) -> None:
        """Go to the next assumed connection in a direction, from the last on to the first."""
        cells, at = self._matrix.asked(), self.cursor
        if cells:
            beyond = [cell for cell in cells if cell > at] or cells if direction > 0 else [cell for cell in cells if cell < at][-1:] or cells[-1:]
            self.cells.go(beyond[0])


def _turned(question: Question, targets: set[str]) -> Answer:
    """The answer with some choices turned, in the order of the choices."""
    held = set(question.default) ^ targets
    return tuple(one.value for one in question.choices if one.value in held)
