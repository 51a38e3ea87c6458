"""A box that tells something: why, or which keys there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen

from tui.presentation import QUIET, fitted
from tui.widgets.frame_parts import Plain

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

_WORDS = {"question_mark": "?", "left": "←", "right": "→", "up": "↑", "down": "↓"}

_ALWAYS = (("↑ ↓", "Move, or scroll"), ("1 – 8", "Go to that step"))


Door: TypeAlias = tuple[str, Callable[[], None]]
"""Where a key leads, in a few words, and what takes one there."""


class Telling(ModalScreen[None]):
    """Shows a text until a key is pressed."""

    CSS_PATH = "telling.tcss"
    BINDINGS = [
        Binding("escape,q,e,enter,question_mark", "app.pop_screen", "close"),
        Binding("c", "copy", "copy"),
    ]

    def __init__(self, title: str, content: Content, copied: str = "", doors: Mapping[str, Door] = MappingProxyType({})) -> None:
        """Tell ``content``; ``copied`` is what the user may take along to the clipboard, empty where there is nothing; ``doors`` lead on by a key."""
        super().__init__()
        self._title, self._content, self._copied, self._doors = title, content, copied, doors

    def compose(self) -> ComposeResult:
        """The parts."""
        with VerticalScroll(id="telling") as box:
            box.border_title = Content(self._title)
            ways = [*(["c: copy the commands"] if self._copied else []), *(f"{key}: {what}" for key, (what, _) in self._doors.items())]
            box.border_subtitle = Content("   ".join([*ways, "escape: close", "↑↓: more"]))
            yield Plain(self._content)

    def on_mount(self) -> None:
        """Let arrows scroll the text."""
        self.query_one("#telling").focus()

    def on_key(self, event: Key) -> None:
        """Go through a door."""
        if event.key in self._doors:
            event.stop()
            self.app.pop_screen()
            self._doors[event.key][1]()

    def action_copy(self) -> None:
        """Put the commands onto the terminal's clipboard, where it lets programs do so (OSC 52)."""
        if self._copied:
            self.app.copy_to_clipboard(self._copied)
            self.app.notify("The commands are on the clipboard, where your terminal allows that.", markup=False)


def keys_of(screen: Screen[Any]) -> Content:
    """Every key that does something on a screen now, with what it does."""
    found: dict[str, tuple[list[str], str]] = {}
    for _, binding, enabled, _ in screen.active_bindings.values():
        if enabled and binding.tooltip and not binding.action.startswith("go("):
            keys, _ = found.setdefault(binding.action, ([], binding.tooltip))
            keys.append(_WORDS.get(binding.key, binding.key))
    steps = any(one.binding.action.startswith("go(") for one in screen.active_bindings.values())
    lines = [Content.assemble((fitted(keys, 14), "bold"), f"  {what}") for keys, what in _ALWAYS[: 2 if steps else 1]]
    lines += [Content.assemble((fitted(" ".join(keys), 14), "bold"), "  ", tooltip) for keys, tooltip in found.values()]
    tab = "tab goes to the question below the list and to the pane on the right; arrows scroll there."
    return Content("\n").join([*lines, *([Content(""), Content.styled(tab, QUIET)] if steps else [])])
