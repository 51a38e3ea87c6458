"""What a service runs: its command, entrypoint, healthcheck and hooks, word by word with their places."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from batten.model import Project, Service, TreePath, Value

_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})


class Word(NamedTuple):
    """One word of a command line."""

    text: str
    path: TreePath
    """Where the text that holds it is written."""


class Invocation(NamedTuple):
    """One command line."""

    key: str
    """``command``, ``entrypoint``, ``healthcheck``, ``post_start`` or ``pre_stop``."""
    words: tuple[Word, ...]
    """Its words, those of a line for a shell among them."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The words without their places."""
        return tuple(word.text for word in self.words)

    @property
    def programs(self) -> frozenset[str]:
        """The names that words have without their folders; programs are among them."""
        return frozenset(word.text.rpartition("/")[2] for word in self.words)


def invocations(project: Project, service: Service) -> Iterator[Invocation]:
    """The command lines of ``service``. Entrypoint and command are one: the engine runs them as one."""
    main = [*_words(project, (*service.path, "entrypoint")), *_words(project, (*service.path, "command"))]
    if main:
        yield Invocation("command", tuple(main))
    test = tuple(_words(project, (*service.path, "healthcheck", "test")))
    if test:
        yield Invocation("healthcheck", test)
    for hook in ("post_start", "pre_stop"):
        hooks = project.value((*service.path, hook))
        for index, _ in enumerate(hooks.elements() if hooks is not None else ()):
            yield Invocation(hook, tuple(_words(project, (*service.path, hook, index, "command"))))


def _words(project: Project, path: TreePath) -> Iterator[Word]:
    value = project.value(path)
    if value is None:
        return
    if isinstance(value.data, str):
        yield from (Word(text, path) for text in split(value.data))
    shell = False
    for index, item in enumerate(value.elements()):
        text = _text(item)
        lines = split(text) if shell or text.count(" ") > 1 else [text]
        yield from (Word(part, (*path, index)) for part in lines)
        shell = text == "CMD-SHELL" or (shell and text.startswith("-"))
        shell = shell or text.rpartition("/")[2] in _SHELLS


def _text(value: Value) -> str:
    return value.data if isinstance(value.data, str) else "" if value.data is None else str(value.data)


def split(text: str) -> list[str]:
    """``text`` as a shell would split it, roughly: quotes that do not end are no reason to fail."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def options(words: tuple[Word, ...]) -> Iterator[tuple[str, str, Word]]:
    """Every option and assignment with its value: ``--name=value``, ``--name value``, ``NAME=value``; the value empty where none follows."""
    for index, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if equals and name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            yield name, value, word
        elif word.text.startswith("-"):
            following = words[index + 1] if index + 1 < len(words) else None
            plain = following is not None and not following.text.startswith("-")
            yield word.text, following.text if plain and following else "", following if plain and following else word
