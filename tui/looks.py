"""How the assistant looks: its colours, and whether it draws with ASCII alone; remembered in the user's state folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.app import SystemCommand
from textual.filter import LineFilter

from tui.failing import FailsQuietly
from tui.theme import CALM, LIGHT

if TYPE_CHECKING:
    from textual.color import Color

_NAME = "looks.json"
THEMES = {
    CALM.name: "Colours: dark",
    LIGHT.name: "Colours: light",
    "ansi-dark": "Colours: the terminal's own, on dark",
    "ansi-light": "Colours: the terminal's own, on light",
}
"""Name → what the command palette calls it."""
_PLAIN = {
    "─━┄┈╌╴╶▔▁▂▃–—": "-",
    "═": "=",
    "│┃┆┊║▏▎▍▌▋▊▉▐▕": "|",
    "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛": "+",
    "█▄▅▆▇▀▖▗▘▝▙▟▛▜■▪": "#",
    "░▒▓": ":",
    "→▶▸›»❯⏵": ">",
    "←◀◂‹«⏎↵": "<",
    "↑▲⌃": "^",
    "↓▼⭘": "v",
    "…⋯": "~",
    "●•◉⬤∙": "*",
    "○◌◯◦": "o",
    "·": ".",
    "✓✔": "+",
    "✗✘×⊘": "x",
    "╲": "\\",
    "╱": "/",
    "�": "?",
    "“”„": '"',
    "‘’": "'",
}
"""What is drawn in the place of lines, marks and arrows; each takes one column, as before."""
_TABLE = str.maketrans({sign: plain for signs, plain in _PLAIN.items() for sign in signs})


class Looks(NamedTuple):
    """What was chosen."""

    theme: str = CALM.name
    ascii: bool = False


def remembered() -> Looks:
    """What was chosen last; the usual looks where nothing was, or where the file says nothing that we know."""
    from batten.session import state_folder

    try:
        said = json.loads((state_folder() / _NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return Looks(ascii=_cannot_draw())
    known = said if isinstance(said, dict) else {}
    theme = known.get("theme")
    return Looks(theme if isinstance(theme, str) and theme in THEMES else CALM.name, known.get("ascii") is True or _cannot_draw())


def remember(looks: Looks) -> None:
    """Keep what was chosen; raises BattenError where it cannot be kept."""
    from batten.files import write_all
    from batten.model import GeneratedFile
    from batten.session import state_folder

    content = json.dumps(looks._asdict()) + "\n"
    write_all([GeneratedFile(_NAME, content.encode(), 0o600, purpose="how the assistant looks")], state_folder(), force=True)


def _cannot_draw() -> bool:
    """Whether the terminal says of itself that it has no lines: the console of Linux has 256 signs of its font, the oldest ones fewer."""
    return os.environ.get("TERM", "") in ("linux", "vt100", "vt220", "dumb")


class Ascii(LineFilter):
    """Draws lines, marks and arrows with ASCII; names that somebody wrote in other letters stay as they are."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, as wide as before."""
        return [one if one.text.isascii() else Segment(one.text.translate(_TABLE), one.style, one.control) for one in segments]


class HasLooks(FailsQuietly):
    """An app whose looks can be changed at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self._looks, self._ascii = Looks(), Ascii(enabled=False)

    def dress(self) -> None:
        """Put on what was chosen last."""
        self.register_theme(CALM)
        self.register_theme(LIGHT)
        self._wear(remembered())

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Those of Textual, and ours behind them."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self._ascii.enabled else filters

    def look_commands(self) -> Iterable[SystemCommand]:
        """What the command palette offers."""
        for theme, title in THEMES.items():
            yield SystemCommand(title, "Remembered for the next time", lambda name=theme: self.change_looks(self._looks._replace(theme=name)))
        lines = "Lines and marks: as Unicode has them" if self._looks.ascii else "Lines and marks: ASCII alone"
        yield SystemCommand(
            lines, "For terminals and fonts without them; remembered", lambda: self.change_looks(self._looks._replace(ascii=not self._looks.ascii))
        )

    def change_looks(self, looks: Looks) -> None:
        """Put something else on, and remember it."""
        from batten.errors import BattenError

        self._wear(looks)
        try:
            remember(looks)
        except BattenError as error:
            self.notify(error.message, title="This will not be remembered", severity="warning", markup=False)

    def _wear(self, looks: Looks) -> None:
        self._looks, self._ascii.enabled = looks, looks.ascii
        self.theme = looks.theme
        self.refresh_css(animate=False)
