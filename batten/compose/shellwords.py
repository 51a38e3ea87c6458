"""A command written as one text, split into words as Compose splits it (which is not quite as a shell does)."""

from __future__ import annotations

_SPECIAL = frozenset("\"'\\`();&|<>")
_ENDS = frozenset(";&|<>")
_ESCAPED = {"t": "\t", "n": "\n"}
_BLANK = " \t\r\n"


def shell_words(text: str) -> list[str]:
    """The words of ``text``; what stands behind an operator of the shell is cut off without a word, as Compose does.

    Raises:
        ValueError: a quote or a substitution that is never closed, or a parenthesis out of place.
    """
    if not _SPECIAL.intersection(text):
        return [word for word in text.replace("\t", " ").replace("\r", " ").replace("\n", " ").split(" ") if word]
    return _Splitter().split(text)


class _Splitter:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.word = ""
        self.begun = False
        self.quotes: set[str] = set()
        """Which of ``"``, ``'``, a backtick and ``(`` for a substitution are open."""

    def split(self, text: str) -> list[str]:
        escaped = False
        for letter in text:
            if escaped:
                self.add(_ESCAPED.get(letter, letter))
                escaped = False
            elif letter == "\\" and "'" not in self.quotes:
                escaped = True
            elif letter in _ENDS and not self.quotes:
                if letter == ">" and self.word[:1].isdigit():
                    self.begun = False
                break
            else:
                self.read(letter)
        if escaped or self.quotes:
            raise ValueError("not closed")
        self.end()
        return self.words

    def read(self, letter: str) -> None:
        if letter in _BLANK and not self.quotes:
            self.end()
        elif letter == '"' and not self.quotes & {"'", "("}:
            self.toggle('"')
        elif letter == "'" and not self.quotes & {'"', "("}:
            self.toggle("'")
        else:
            self.substitute(letter)
            self.add(letter)

    def substitute(self, letter: str) -> None:
        if letter == "`" and not self.quotes & {"'", '"', "("}:
            self.quotes ^= {"`"}
        elif letter in "()" and not self.quotes & {"'", '"', "`"}:
            if letter == "(" and ("(" in self.quotes or not self.word.endswith("$")):
                raise ValueError("parenthesis")
            self.quotes ^= {"("}

    def toggle(self, quote: str) -> None:
        self.quotes ^= {quote}
        self.begun = True

    def add(self, letter: str) -> None:
        self.word += letter
        self.begun = True

    def end(self) -> None:
        if self.begun:
            self.words.append(self.word)
        self.word, self.begun = "", False
