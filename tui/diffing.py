"""The difference between the files as they are and as they would be, with every credential masked."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from textual.content import Content

from batten.compose.rewriting import RewrittenFile
from batten.hardening import Hardening
from batten.inference.credentials import find_credentials
from batten.report.excerpt import Excerpts
from tui.presentation import QUIET, words

_STYLES = {"+": "$text-success", "-": "$text-error", "@": QUIET}


class Diffs:
    """The differences of one hardening."""

    def __init__(self, hardening: Hardening) -> None:
        self._hardening = hardening
        self._before = Excerpts(hardening.before, find_credentials(hardening.before))
        self._after = Excerpts(hardening.after, find_credentials(hardening.after))

    def of(self, file: RewrittenFile) -> Content:
        """The difference of one file; a word where there is none."""
        lines = [words(line, _STYLES.get(line[:1], "")) for line in self._lines(file)]
        return Content("\n").join(lines) if lines else words(f"{file.path} stays as it is.", QUIET)

    def all(self) -> Content:
        """The differences of all files, one after the other."""
        changed = [file for file in self._hardening.rewritten.files if next(self._lines(file), None) is not None]
        if not changed:
            return words("Nothing changes in the files.", QUIET)
        return Content("\n").join(part for file in changed for part in (words(file.path, "bold"), self.of(file)))

    def _lines(self, file: RewrittenFile) -> Iterator[str]:
        source = self._hardening.before.sources[file.origin]
        target = str(self._hardening.home / file.path)
        old = [self._before.masked(file.origin, number, line) for number, line in enumerate(source.text.split("\n"), 1)]
        new = [self._masked(target, number, line) for number, line in enumerate(file.text.split("\n"), 1)]
        yield from (line for line in list(unified_diff(old, new, n=2, lineterm=""))[2:])

    def _masked(self, target: str, number: int, line: str) -> str:
        """A new line, masked by what is known of the new project and of the old one."""
        return self._before.masked("", 0, self._after.masked(target, number, line))
