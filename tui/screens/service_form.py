"""A box with the few things that make a service; enter takes them, and what does not fit is said in the box."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from batten.design.sections.services import NewService
from batten.errors import DesignError
from batten.knowledge.images import image_facts
from tui.presentation import QUIET, complaint, words
from tui.widgets.frame_parts import Plain
from wizards.services import form_of, suggested

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import DescendantFocus

Form = Mapping[str, str]

HINTS = {
    "name": "How the others call it: small letters, digits, - and _.",
    "image": "With a version, such as postgres:16-alpine, so that it does not change by itself.",
    "ports": "Reached from outside, HOST:CONTAINER, with commas: 80:8080, 127.0.0.1:9000:9000. Services of the project need none.",
    "needs": "Services that it talks to, with commas; internet where it needs a way out. Nobody else will be in its reach.",
    "secrets": "VARIABLE=secret, with commas. batten makes a random value and a file; who names the same secret shares it.",
    "volumes": "NAME:/folder, with commas. What is in no volume is gone when the container is made anew.",
    "environment": "VARIABLE=value, with commas. They stand in the files for everyone to read: no passwords.",
}
_LABELS = {"needs": "talks to", "volumes": "keeps", "environment": "settings"}


class ServiceForm(ModalScreen[Form | None]):
    """Asks for a new service, or for another form of one that is there."""

    CSS_PATH = ["asking.tcss", "service_form.tcss"]
    BINDINGS = [Binding("escape", "dismiss(None)", "back")]

    def __init__(self, name: str, service: NewService | None, others: tuple[str, ...], check: Callable[[Form], object]) -> None:
        """Ask about ``service``, a new one where None, beside ``others``; ``check`` raises DesignError for what cannot be."""
        super().__init__()
        self._called, self._service, self._others, self._check = name, service, others, check
        self._held = form_of(service) if service is not None else dict.fromkeys(HINTS, "")
        self._proposed: dict[str, str] = {}
        """What was filled in because of the image, and may be replaced when that changes."""

    def compose(self) -> ComposeResult:
        """The parts."""
        with Vertical(classes="asking") as box:
            box.border_title = words(self._called or "A new service")
            box.border_subtitle = Content("tab: next line   enter: take it   escape: back")
            for matter in HINTS if self._service is None else list(HINTS)[1:]:
                with Horizontal():
                    yield Plain(_LABELS.get(matter, matter), classes="label")
                    yield Input(self._held.get(matter, ""), compact=True, id=matter, select_on_focus=False)
            yield Plain(id="hint")
            yield Plain(id="trouble")

    def form(self) -> Form:
        """What stands in the lines now."""
        return {"name": self._called, **{str(one.id): one.value.strip() for one in self.query(Input)}}

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Say what belongs into the line."""
        self._hint(event.widget.id or "")

    def _hint(self, matter: str) -> None:
        known = f" Here are: {', '.join(self._others)}." if matter == "needs" and self._others else ""
        self.query_one("#hint", Plain).show_text(words(HINTS.get(matter, "") + known, QUIET))

    @on(Input.Changed)
    def _propose(self, event: Input.Changed) -> None:
        """Fill in what is known of the image, as long as nobody wrote something else there."""
        self.query_one("#trouble", Plain).show_text(Content(""))
        if self._service is not None or event.input.id not in ("name", "image"):
            return
        form = self.form()
        facts = image_facts(form["image"]) if form["image"] else None
        proposed = form_of(suggested(form["name"] or "app", form["image"])) if facts is not None else {}
        for matter in ("secrets", "volumes"):
            line = self.query_one(f"#{matter}", Input)
            if line.value in ("", self._proposed.get(matter, "")):
                self._proposed[matter] = line.value = proposed.get(matter, "")

    @on(Input.Submitted)
    def _take(self) -> None:
        form = self.form()
        try:
            self._check(form)
        except DesignError as error:
            self.query_one("#trouble", Plain).show_text(complaint(error))
        else:
            self.dismiss(form)
