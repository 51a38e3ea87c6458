"""What a project consists of that has no compose file yet: a line for each service, and a box to add or change one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from batten.design.beginning import EXAMPLE
from batten.design.sections.services import NewService, check_name
from batten.errors import DesignError
from batten.knowledge.images import image_facts
from batten.session import Session
from tui.presentation import QUIET, row, several, words
from tui.screens.service_form import Form, ServiceForm
from tui.screens.step import StepScreen
from tui.widgets.frame_parts import Plain
from tui.widgets.rows import Rows
from wizards.services import Services, described, rewritten, without

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class ServicesScreen(StepScreen):
    """The services in their order."""

    CSS_PATH = ["frame.tcss", "services.tcss"]
    BINDINGS = [
        Binding("a", "add", "add", tooltip="Add a service"),
        Binding("enter", "change", "change", tooltip="Change the service under the cursor"),
        Binding("x,delete", "remove", "take away", tooltip="Take the service under the cursor away"),
        Binding("c", "clear", "only mine", show=False, tooltip="Clear the example, and begin with a service of your own"),
    ]

    def __init__(self) -> None:
        super().__init__(Services())

    def body(self) -> ComposeResult:
        """The widgets of this stop."""
        yield Plain(id="intro")
        yield Plain(id="columns")
        yield Rows(id="services")
        yield Plain(id="question")

    def on_mount(self) -> None:
        """Put the cursor into the list."""
        super().on_mount()
        self.query_one(Rows).focus()

    @property
    def wanted(self) -> Mapping[str, NewService]:
        """The services of the design."""
        return self.batten.session.design.services

    def draw(self) -> None:
        """Draw the list and the service that the cursor is on."""
        shown = self.query_one(Rows)
        width, at = shown.room, shown.highlighted or 0
        self.query_one("#columns", Plain).show_text(_row(("name", "image", "from outside", "talks to", "keeps"), width, QUIET))
        shown.set_options([Option(_row(_cells(name, one), width, "")) for name, one in self.wanted.items()])
        if self.wanted:
            shown.highlighted = min(at, len(self.wanted) - 1)
        self.query_one("#intro", Plain).show_text(self._intro())
        self.draw_told()

    def _intro(self) -> Content:
        """How many there are; that they are an example, as long as they are."""
        if not self.batten.session.begins:
            return Content.assemble(("Services", "bold"), ("   This project has its files: edit those. n goes on.", QUIET))
        if dict(self.wanted) == dict(EXAMPLE):
            note = "An example: a front door, an application, its database. enter changes one, x takes one away, c clears all for your own."
        else:
            note = f"{several(len(self.wanted), 'service')}. a adds one, enter changes one, x takes one away; n goes on."
        return Content.assemble(("What is to run", "bold"), (f"   {note}", QUIET))

    def draw_told(self) -> None:
        """What is known of the service under the cursor."""
        name = self.subject()
        one = self.wanted.get(name)
        self.query_one("#question", Plain).show_text(_told(name, one) if one is not None else Content(""))

    def subject(self) -> str:
        """The service under the cursor."""
        at, names = self.query_one(Rows).highlighted, list(self.wanted)
        return names[at] if at is not None and at < len(names) else ""

    def main(self) -> Widget | None:
        """The list."""
        return self.query_one(Rows)

    @on(OptionList.OptionHighlighted, "#services")
    def _moved(self) -> None:
        self.draw_told()
        self.draw_pane()

    @on(OptionList.OptionSelected, "#services")
    def _selected(self) -> None:
        self.action_change()

    def action_add(self) -> None:
        """Ask for a service, and add it."""
        self._ask_new(self.wanted)

    def action_clear(self) -> None:
        """Ask for a service, and have that one alone."""
        self._ask_new({})

    def _ask_new(self, beside: Mapping[str, NewService]) -> None:
        if self.batten.session.begins:

            def made(form: Form) -> Session:
                name = check_name(form["name"], "service")
                if name in beside:
                    raise DesignError(f"there is a service '{name}' already.")
                return rewritten(self.batten.session, {**beside, name: described(form)}, f"{name}: added")

            self._ask(ServiceForm("", None, tuple(beside), made), made)

    def action_change(self) -> None:
        """Ask for another form of the service under the cursor."""
        name = self.subject()
        if name and self.batten.session.begins:
            wanted = self.wanted

            def made(form: Form) -> Session:
                return rewritten(self.batten.session, {**wanted, name: described(form, wanted[name].tier)}, f"{name}: changed")

            self._ask(ServiceForm(name, wanted[name], tuple(other for other in wanted if other != name), made), made)

    def _ask(self, asking: ServiceForm, made: Callable[[Form], Session]) -> None:
        self.app.push_screen(asking, lambda form: self.batten.take(made(form)) if form is not None else None)

    def action_remove(self) -> None:
        """Take the service under the cursor away; the last one stays."""
        name = self.subject()
        try:
            if name and self.batten.session.begins:
                self.batten.take(rewritten(self.batten.session, without(self.wanted, name), f"{name}: taken away"))
        except DesignError as error:
            self.tell(error)


def _cells(name: str, one: NewService) -> tuple[str, ...]:
    return name, one.image, ", ".join(one.ports) or "–", ", ".join(one.needs) or "–", ", ".join(one.volumes) or "–"


def _row(cells: tuple[str, ...], width: int, style: str) -> Content:
    """Name, image, ports, needs and volumes side by side."""
    name, rest = min(16, width // 5), width - min(16, width // 5) - 8
    image = rest * 3 // 10
    ports = talks = rest * 5 // 20
    widths = (name, image, ports, talks, rest - image - ports - talks)
    return row((text, size, style or ("bold" if index == 0 else "")) for index, (text, size) in enumerate(zip(cells, widths, strict=True)))


def _told(name: str, one: NewService) -> Content:
    """What a service is there for, what it gets, and what is known of its image."""
    facts = image_facts(one.image)
    known = f"known as {facts.role}" if facts is not None else "an image that batten does not know"
    lines = [Content.assemble(words(name, "bold"), words(f"   {one.image}, {known}; in the tier {one.tier}"))]
    parts = {"gets the secrets": [f"{key} ({value})" for key, value in one.secrets.items()], "gets the settings": list(one.environment)}
    lines += [words(f"{what} {', '.join(values)}") for what, values in parts.items() if values]
    lines += [words(f"keeps {', '.join(f'{folder} in {volume}' for volume, folder in one.volumes.items())}")] if one.volumes else []
    return Content("\n").join(lines)
