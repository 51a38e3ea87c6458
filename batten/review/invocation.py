"""What a service runs: its command, entrypoint, healthcheck and hooks, word by word with their places."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from batten.inference.latest import kept_for_latest
from batten.model import Project, Service, TreePath, Value

_HOOKS = dict.fromkeys(("post_start", "pre_stop")).keys()
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})


class Word(NamedTuple):
    """One word of a command line."""

    text: str
    path: TreePath
    """Where the text that holds it is written."""


class _Line(NamedTuple):
    key: str
    """``command``, ``entrypoint``, ``healthcheck``, ``post_start`` or ``pre_stop``."""
    words: tuple[Word, ...]
    """Its words, those of a line for a shell among them."""


class Invocation(_Line):
    """One command line."""

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """The words without their places."""
        return tuple([word.text for word in self.words])

    @cached_property
    def programs(self) -> frozenset[str]:
        """The names that words have without their folders; programs are among them."""
        return programs_of(self.texts)


def invocations(project: Project, service: Service) -> tuple[Invocation, ...]:
    """The command lines of ``service``. Entrypoint and command are one: the engine runs them as one."""
    return _by_service(project).get(service.name, ())


@kept_for_latest
def _by_service(project: Project) -> Mapping[str, tuple[Invocation, ...]]:
    """The command lines of every service that has any."""
    return {name: tuple(_of_service(project, service)) for name, service in project.services.items() if _runs_something(project, service)}


def _runs_something(project: Project, service: Service) -> bool:
    value = project.value(service.path)
    return bool(service.command or service.entrypoint or service.healthcheck) or (value is not None and not _HOOKS.isdisjoint(value.data))


def _of_service(project: Project, service: Service) -> Iterator[Invocation]:
    main = [*_words(project, (*service.path, "entrypoint")), *_words(project, (*service.path, "command"))]
    if main:
        yield Invocation("command", tuple(main))
    test = tuple(_words(project, (*service.path, "healthcheck", "test")))
    if test:
        yield Invocation("healthcheck", test)
    for hook in _HOOKS:
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


def programs_of(texts: Sequence[str]) -> frozenset[str]:
    """The names that words have without their folders; programs are among them."""
    return frozenset([text.rpartition("/")[2] for text in texts])


def options(texts: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """Every option and assignment with its value and the number of the word that holds it.

    ``--name=value``, ``--name value``, ``NAME=value``; the value is empty where none follows.
    """
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if equals and name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            yield name, value, index
        elif text.startswith("-"):
            following = texts[index + 1] if index + 1 < len(texts) else "-"
            plain = not following.startswith("-")
            yield text, following if plain else "", index + 1 if plain else index
