"""The hardened project on its way to the engine: asked, written, brought up, waited for, compared, listened to; and back, by one key."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from batten.engine.events import GO, KEEP, NO, TAKE_BACK, UNDO, YES, Written
from batten.errors import EngineError
from batten.report.veil import veil_of
from tui.presentation import QUIET, complaint, several, words
from tui.progress import Progress
from tui.screens.live import LiveScreen
from tui.screens.stages import BUSY, Stage
from tui.table import Table
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from batten.engine.events import Event, Question

WHY = (
    "Here the hardened project is put in: your files are changed and what they were is kept, the project is brought up by your own Docker Compose, and "
    "batten waits for its containers, compares who connects with who should, and reads what they say. If something does not work, it names the change that "
    "most likely made it so. That change alone, or everything, is taken back by one key. Nothing restarts before you say yes. Data stays: no volume goes."
)
_FORWARDS = "The hardened project is being put in. It would stop at the next point, and 'batten undo' would bring the old files and containers back."
_BACKWARDS = "The old files are being put back. It would stop at the next point, and 'docker compose up -d' would go on from there."
_PAUSE = 0.5


@dataclass
class Asked(Message):
    """It waits for an answer."""

    question: Question


class ApplyScreen(LiveScreen):
    """Steps on top, what matters now as a table, what was said below."""

    BINDINGS = [
        Binding("enter", "begin", "go on", tooltip="Begin, or say yes"),
        Binding("u", "back", "all back", tooltip="Put the old files back and bring the project up as it was"),
        Binding("b", "suspect", "this back", tooltip="Take back the marked change alone, and try again"),
        Binding("c", "keep", "leave it", tooltip="Leave it as it is, although something is wrong"),
    ]
    stop = "apply"
    title_ = "Apply"
    needs_running = False
    patient = True

    def __init__(self) -> None:
        super().__init__()
        self.progress = Progress(str)
        self._answers: queue.Queue[str] = queue.Queue()
        self._left = threading.Event()
        self._table = Table((), ())
        self._backwards = False
        """Whether what is done now takes everything back."""
        self._undoable = False
        self._then_back = False
        """Whether everything is to be taken back as soon as what is being done has stopped."""

    def on_unmount(self) -> None:
        """The assistant ends: nobody will answer any more."""
        self._left.set()
        super().on_unmount()

    def why(self) -> str:
        """What applying is good for."""
        return WHY

    def offer(self) -> Content:
        """What can be begun."""
        after = self.batten.picture.after
        decisions = {one.decision for one in after.hardening.changes} if after is not None else None
        what = f"for {several(len(decisions), 'decision')}" if decisions else "for what is in the files already" if decisions is not None else "for it"
        keys = [("enter", f"see what would restart {what}; you are asked first")]
        if self._undoable:
            keys.append(("u", "take the last hardening back: files and containers"))
        return Content("\n").join([words(WHY), Content(""), *(Content.assemble((f"{key:<7}", "bold $primary"), text) for key, text in keys)])

    # the work

    def events(self, halt: threading.Event) -> Iterator[Event]:
        """The applying, or the way back."""
        run = self.batten.running.undo if self._backwards else self.batten.running.apply
        return run(self.batten.session, decide=self._decide, halt=halt)

    def _decide(self, question: Question) -> str:
        """Wait for the user's answer, in the thread of the work; raises EngineError where the assistant ends before."""
        self.post_message(Asked(question))
        while not self._left.is_set():
            try:
                return self._answers.get(timeout=_PAUSE)
            except queue.Empty:
                continue
        raise EngineError("nobody answered.")

    def begin(self) -> None:
        """Begin; while it goes on, the files change by our own hand."""
        self._answers = queue.Queue()
        self.batten.busy = _BACKWARDS if self._backwards else _FORWARDS
        super().begin()

    def fresh(self) -> None:
        """Begin with nothing known."""
        self.progress = Progress(veil_of(self.batten.session.project), back=self._backwards)

    def take(self, event: Event) -> None:
        """Take what happened; once files are written there is something to take back."""
        self.progress.take(event)
        if isinstance(event, Written):
            self.refresh_bindings()

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        self.progress.question = event.question
        self.stage = Stage.WORKING
        self._changed()

    def answer(self, id: str) -> None:
        """Answer what is asked."""
        self.progress.question = None
        self._answers.put(id)
        self._changed()

    def ended(self) -> None:
        """What was left out on the way is left out of the decisions too; go back, where that was wanted."""
        self.progress.question, self.batten.busy = None, ""
        session = self.batten.session
        for one in self.progress.taken:
            session = session.decide(session.design.leaving_out(one.unit, one.reason), f"{one.unit} left out")
        self.batten.take(session)
        if self.progress.written is not None:
            self.batten.forget_changes()
            self.action_reload()
        if self.progress.in_place:
            self.batten.written = (session.design, session.accept)
        if self._then_back:
            self._then_back = False
            self.action_back()

    # what is shown

    def _changed(self) -> None:
        """Draw another stage; whether there is a way back is asked of the disk once for each."""
        self._undoable = self.batten.running.undoable(self.batten.session)
        super()._changed()

    def shows(self) -> bool:
        """Also where it broke off: what was done until then matters."""
        return super().shows() or (self.stage is Stage.FAILED and self.progress.step is not None)

    def headline(self) -> Sequence[Content]:
        """The steps, and what is asked or done; what went wrong."""
        if not self.shows():
            return ()
        return self.progress.stages(), complaint(self.error) if self.error is not None else self.progress.standing()

    def state(self) -> Content:
        """Whose turn it is, where something is asked."""
        return words("your turn", "bold $text-warning") if self.progress.question is not None else super().state()

    def aside(self) -> Content:
        """The keys that answer."""
        if self.progress.question is None:
            return _keys(("u", "takes everything back")) if self.stage not in BUSY and self.shows() and self._undoable else Content("")
        if self.progress.question.kind == GO:
            return _keys(("enter", "yes"), ("escape", "no"))
        return _keys(*([("b", "take this one back")] if self.progress.suspected.suspects else []), ("u", "take all back"), ("c", "leave it"))

    def draw_work(self) -> None:
        """Draw the table and what is said below it."""
        self._table = self.progress.table()
        self.cells.show(self._table)
        told = self.query_one("#told", Plain)
        room = self.query_one("#asked").size
        told.show_text(self.progress.told(self._table.key(self.cursor), (max(room.width - 4, 20), max(room.height, 2))))

    def subject(self) -> str:
        """The service of the row under the cursor, or the one that complains."""
        key = self._table.key(self.cursor)
        found = self.progress.suspect(key)
        line = self._table.line(self.cursor)
        return found.service if found is not None else line.cells[0][0] if line is not None else ""

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What can be answered is what is asked; what can be taken back is in place."""
        question = self.progress.question
        kind = question.kind if question is not None else ""
        if action == "begin":
            return kind == GO or (super().check_action(action, parameters) and not self.batten.session.begins)
        if action == "leave":
            return kind in ("", GO) and super().check_action(action, parameters)
        if action in ("suspect", "keep"):
            return kind not in ("", GO) and (action == "keep" or bool(self.progress.suspected.suspects))
        if action == "back":
            return self._may_go_back(kind)
        return super().check_action(action, parameters)

    def _may_go_back(self, asked: str) -> bool:
        if asked:
            return asked != GO
        if self.stage in BUSY:
            return self.stage is Stage.WORKING and self.progress.in_place
        return self.stage not in (Stage.LOOKING, Stage.ABSENT) and self._undoable

    def action_begin(self) -> None:
        """Begin, or say yes."""
        if self.progress.question is not None:
            self.answer(YES)
        else:
            self._backwards = False
            super().action_begin()

    def action_leave(self) -> None:
        """Say no, close the view, or stop at the next point."""
        if self.progress.question is not None and not self.view:
            self.answer(NO)
        else:
            super().action_leave()

    def action_back(self) -> None:
        """Take everything back: as the answer, as soon as it has stopped, or as a work of its own."""
        if self.progress.question is not None:
            self.answer(UNDO)
        elif self.stage in BUSY:
            self._then_back = True
            self.action_leave()
        else:
            self._backwards = True
            self.begin()

    def action_suspect(self) -> None:
        """Take back the marked change alone."""
        found = self.progress.suspect(self._table.key(self.cursor))
        if found is not None:
            self.answer(f"{TAKE_BACK}:{found.unit}")

    def action_keep(self) -> None:
        """Leave it as it is."""
        self.answer(KEEP)


def _keys(*pairs: tuple[str, str]) -> Content:
    return Content.assemble("   ", *(part for key, text in pairs for part in ((key, "bold $primary"), (f" {text}   ", QUIET))))
