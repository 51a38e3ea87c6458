"""Boxes that ask for one thing and give it back, or None where the user thought better of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui.presentation import QUIET, words
from tui.widgets.frame_parts import Plain
from wizards.questions import Choice, Question

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key


class Confirm(ModalScreen[bool]):
    """Asks whether to go on; one key says yes."""

    CSS_PATH = "asking.tcss"
    BINDINGS = [Binding("escape", "dismiss(False)", "stay")]

    def __init__(self, title: str, text: str, key: str, yes: str, no: str) -> None:
        super().__init__()
        self._title, self._text, self._ways = title, text, (key, yes, no)

    def compose(self) -> ComposeResult:
        """The parts."""
        key, yes, no = self._ways
        with Vertical(classes="asking") as box:
            box.border_title = words(self._title)
            yield Plain(words(self._text), classes="words")
            yield Plain(Content.assemble((f"{key}  ", "bold $primary"), f"{yes}\n", ("escape  ", "bold $primary"), no))

    def on_key(self, event: Key) -> None:
        """The key that says yes; the screen below must not hear it, where it may say something else."""
        if event.key == self._ways[0]:
            event.stop()
            self.dismiss(True)


class Typing(ModalScreen[str | None]):
    """Asks for a text."""

    CSS_PATH = "asking.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, title: str, text: str, value: str = "", empty: str | None = None) -> None:
        """Ask with ``value`` typed already; ``empty`` is what an empty text stands for, None where it is no answer."""
        super().__init__()
        self._title, self._text, self._value, self._empty = title, text, value, empty

    def compose(self) -> ComposeResult:
        """The parts."""
        with Vertical(classes="asking") as box:
            box.border_title = words(self._title)
            box.border_subtitle = Content("enter: take it   escape: back")
            yield Plain(words(self._text), classes="words")
            yield Input(self._value, compact=True)

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        text = event.value.strip() or self._empty
        if text is not None:
            self.dismiss(text)


class Choosing(ModalScreen[str | None]):
    """Offers the choices of a question, each with what follows from it."""

    CSS_PATH = "asking.tcss"
    BINDINGS = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._values = [choice.value for choice in question.choices]

    def compose(self) -> ComposeResult:
        """The parts."""
        question = self._question
        options = [Option(_with_hint(choice.label, choice.hint)) for choice in question.choices]
        if question.free:
            options.append(Option(Content.styled(f"{question.free} …", QUIET)))
        with Vertical(classes="asking") as box:
            box.border_title = words(question.subject)
            box.border_subtitle = Content("enter: take it   escape: back")
            yield Plain(words(question.prompt, "bold"), classes="words")
            yield OptionList(*options)

    def on_mount(self) -> None:
        """Put the cursor on the answer that holds."""
        if self._question.default in self._values:
            self.query_one(OptionList).highlighted = self._values.index(str(self._question.default))

    @on(OptionList.OptionSelected)
    def _take(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._question.choices):
            self.dismiss(self._question.choices[event.option_index].value)
        else:
            held = str(self._question.default)
            typing = Typing(self._question.subject, f"{self._question.free.capitalize()}:", "" if held in self._values else held)
            self.app.push_screen(typing, self._typed)

    def _typed(self, text: str | None) -> None:
        if text:
            self.dismiss(text)


class Picking(ModalScreen[tuple[str, ...] | None]):
    """Lets several choices of a question be ticked."""

    CSS_PATH = "asking.tcss"
    BINDINGS = [
        Binding("escape", "dismiss(None)", "back"),
        Binding("space", "tick", "tick", priority=True),
        Binding("enter", "take", "take it", priority=True),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self._ticked = set(question.default)

    def compose(self) -> ComposeResult:
        """The parts."""
        with Vertical(classes="asking") as box:
            box.border_title = words(self._question.subject)
            box.border_subtitle = Content("space: tick   enter: take it   escape: back")
            yield Plain(words(self._question.prompt, "bold"), classes="words")
            yield OptionList(*(Option(self._row(choice)) for choice in self._question.choices))

    def _row(self, choice: Choice) -> Content:
        """A box, ticked or not by its shape and not by its colour."""
        return Content.assemble(("[x] " if choice.value in self._ticked else "[ ] ", "bold"), words(choice.label))

    def action_tick(self) -> None:
        """Tick the choice that the cursor is on, or take its tick away."""
        listed = self.query_one(OptionList)
        if listed.highlighted is not None:
            choice = self._question.choices[listed.highlighted]
            self._ticked ^= {choice.value}
            listed.replace_option_prompt_at_index(listed.highlighted, self._row(choice))

    @on(OptionList.OptionSelected)
    def _clicked(self) -> None:
        self.action_tick()

    def action_take(self) -> None:
        """Give back what is ticked, in the order of the choices."""
        self.dismiss(tuple(choice.value for choice in self._question.choices if choice.value in self._ticked))


def _with_hint(label: str, hint: str) -> Content:
    return Content.assemble(words(label, "bold"), words(f"   {hint}", QUIET) if hint else "")
