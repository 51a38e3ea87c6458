"""The stages of a Dockerfile: what each instruction does to the image that is being made.

Source: the Dockerfile reference; moby/buildkit, frontend/dockerfile/dockerfile2llb (``dispatchEntrypoint``, ``dispatchEnv`` and neighbours).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from batten.compose.dockerlines import Instruction
from batten.compose.dockerwords import Unknown, exec_form, expand, split
from batten.model import Origin, SecretText, Span, Variable

SHELL = ("/bin/sh", "-c")
"""What runs the shell forms on Linux unless SHELL names another."""
_STAGES = 200
_PORTS = 1_000
_PLATFORM = re.compile(r"(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)\Z")
_PORT = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?(?:/(tcp|udp|sctp))?\Z", re.IGNORECASE)


class Command(NamedTuple):
    """What ENTRYPOINT, CMD or HEALTHCHECK says."""

    words: tuple[str, ...]
    """The whole argument list, with ``/bin/sh -c`` in front where the shell form is used; empty where it takes away what was inherited."""
    shell: bool
    """Whether it is the shell form."""
    origin: Span


class Said(NamedTuple):
    """A text and the instruction that says it."""

    text: str
    origin: Span


class Copy(NamedTuple):
    """One COPY or ADD."""

    sources: tuple[str, ...]
    """As written, variables replaced: paths relative to the context, or URLs for ADD; here-documents are left out."""
    target: str
    stage: str
    """The stage or image it copies from; empty for the context."""
    origin: Span


@dataclass(frozen=True, slots=True, repr=False)
class Stage:
    """A stage together with the stages that it builds on. What it does not say is None or empty: it is inherited from ``base``."""

    name: str
    """What it is called by ``AS``, in lower case; empty where it has no name."""
    base: str
    """The image at the bottom, ``scratch`` included; empty where the file alone does not say it."""
    origin: Span
    """Its FROM."""
    entrypoint: Command | None = None
    command: Command | None = None
    """An ENTRYPOINT takes an inherited one away, which makes it empty."""
    healthcheck: Command | None = None
    """Empty for ``NONE``."""
    user: Said | None = None
    exposed: tuple[Said, ...] = ()
    """``8080/tcp`` each, ranges taken apart."""
    environment: Mapping[str, Variable] = field(default_factory=dict)
    """What ENV sets; a value is None where the file alone does not say it."""
    copies: tuple[Copy, ...] = ()
    shell: tuple[str, ...] = SHELL
    """What the shell forms are run by."""
    runs_shell: bool = False
    """Whether a RUN in shell form shows that the shell is there."""

    def __repr__(self) -> str:
        return f"Stage({self.name or self.base!r})"


class Context(NamedTuple):
    """What is known besides the text."""

    place: Callable[[Instruction], Span]
    arguments: Mapping[str, SecretText | None]
    """Build arguments by name; None where the value is not at hand."""
    elsewhere: frozenset[str]
    """Names after FROM that stand for something that is not at hand."""
    escape: str


def read_stages(lines: Sequence[Instruction], context: Context) -> list[Stage]:
    """The stages in order; a Dockerfile of more than 200 is cut off there."""
    globals_ = _Arguments(context, {}, known=True)
    drafts: list[_Draft] = []
    for line in lines:
        if line.name == "FROM":
            if len(drafts) == _STAGES:
                break
            drafts.append(_begin(line, drafts, globals_, context))
        elif drafts:
            drafts[-1].take(line)
        elif line.name == "ARG":
            globals_.declare(line.rest, None)
        else:
            break
    return [draft.stage for draft in drafts]


class _Arguments:
    """Build arguments that are in scope, and the environment that stands before them."""

    def __init__(self, context: Context, values: dict[str, str | None], *, known: bool) -> None:
        self.context, self.values, self.known = context, values, known
        self.environment: Mapping[str, Variable] = {}

    def value(self, name: str) -> str | None:
        """For ``expand``: ENV goes before ARG; what neither sets may come from the base image."""
        if name in self.environment:
            secret = self.environment[name].value
            if secret is None:
                raise Unknown("a variable is not known here")
            return secret.reveal()
        if name in self.values:
            return self.values[name]
        if self.known and not _PLATFORM.match(name):
            return None
        raise Unknown("a variable is not set in this file")

    def declare(self, text: str, outer: _Arguments | None) -> None:
        """``ARG NAME``, ``ARG NAME=default``."""
        for word in split(text, self.context.escape):
            name, equals, default = word.partition("=")
            try:
                self.values[name] = self._given(name, default if equals else None, outer)
            except Unknown:
                self.values.pop(name, None)

    def _given(self, name: str, default: str | None, outer: _Arguments | None) -> str | None:
        if name in self.context.arguments:
            given = self.context.arguments[name]
            if given is None:
                raise Unknown("a build argument is not known here")
            return given.reveal()
        if default is not None:
            return expand(default, self.value, self.context.escape)
        if outer is not None:
            return outer.value(name)
        if _PLATFORM.match(name):
            raise Unknown("the platform is not known here")
        return None


def _begin(line: Instruction, drafts: Sequence[_Draft], globals_: _Arguments, context: Context) -> _Draft:
    words = [word for word in split(line.rest, context.escape) if not word.startswith("--")]
    named = words[2].lower() if len(words) > 2 and words[1].lower() == "as" else ""
    try:
        base = expand(words[0], globals_.value, context.escape) if words else ""
    except Unknown:
        base = ""
    origin = context.place(line)
    parent = next((draft for draft in reversed(drafts) if draft.stage.name and draft.stage.name == base.lower()), None)
    if base.lower() in context.elsewhere:
        parent, base = None, ""
    if parent is None:
        return _Draft(Stage(named, base, origin), _Arguments(context, {}, known=base == "scratch"), globals_, context)
    own = _Arguments(context, dict(parent.arguments.values), known=parent.arguments.known)
    return _Draft(replace(parent.stage, name=named, origin=origin), own, globals_, context)


class _Draft:
    """A stage while its instructions are read."""

    def __init__(self, stage: Stage, arguments: _Arguments, outer: _Arguments, context: Context) -> None:
        self.stage, self.arguments, self.outer, self.context = stage, arguments, outer, context
        self.own_command = False
        """Whether CMD stands in this very stage: only an inherited one is taken away by ENTRYPOINT."""
        self.arguments.environment = stage.environment

    def take(self, line: Instruction) -> None:
        """What an instruction changes; those that do not matter here change nothing."""
        handler = _HANDLERS.get(line.name)
        if handler is not None:
            handler(self, line)

    def argument(self, line: Instruction) -> None:
        self.arguments.declare(line.rest, self.outer)

    def environment(self, line: Instruction) -> None:
        origin = Origin(self.context.place(line))
        added = {}
        for name, text in _pairs(line.rest, self.context.escape):
            value = self.expanded(text)
            added[name] = Variable(name, SecretText(value) if value is not None else None, origin)
        self.stage = replace(self.stage, environment={**self.stage.environment, **added})
        self.arguments.environment = self.stage.environment

    def entrypoint(self, line: Instruction) -> None:
        self.stage = replace(self.stage, entrypoint=self.written(line, line.rest))
        if not self.own_command:
            self.stage = replace(self.stage, command=Command((), False, self.context.place(line)))

    def command(self, line: Instruction) -> None:
        self.own_command = True
        self.stage = replace(self.stage, command=self.written(line, line.rest))

    def healthcheck(self, line: Instruction) -> None:
        _, flagless = _flags(line.rest)
        kind, _, rest = flagless.partition(" ")
        check = self.written(line, rest.strip()) if kind.upper() == "CMD" else Command((), False, self.context.place(line))
        self.stage = replace(self.stage, healthcheck=check)

    def written(self, line: Instruction, text: str) -> Command:
        """An argument list: variables in it are the shell's matter, not the builder's."""
        origin = self.context.place(line)
        words = exec_form(text)
        if words is not None:
            return Command(words, False, origin)
        return Command((*self.stage.shell, text) if text else (), bool(text), origin)

    def user(self, line: Instruction) -> None:
        value = self.expanded(line.rest)
        self.stage = replace(self.stage, user=Said(value or "", self.context.place(line)))

    def expose(self, line: Instruction) -> None:
        origin = self.context.place(line)
        found = [Said(port, origin) for word in split(line.rest, self.context.escape) for port in _ports(self.expanded(word) or "")]
        new = {said.text: said for said in (*self.stage.exposed, *found)}
        self.stage = replace(self.stage, exposed=tuple(new.values())[:_PORTS])

    def copy(self, line: Instruction) -> None:
        flags, rest = _flags(line.rest)
        words = exec_form(rest)
        written = list(words) if words is not None else split(rest, self.context.escape)
        texts = [self.expanded(word) for word in written if not word.startswith("<<")]
        if texts and texts[-1] is not None:
            sources = tuple(text for text in texts[:-1] if text)
            one = Copy(sources, texts[-1], self.expanded(flags.get("from", "")) or "", self.context.place(line))
            self.stage = replace(self.stage, copies=(*self.stage.copies, one))

    def run(self, line: Instruction) -> None:
        if exec_form(_flags(line.rest)[1]) is None:
            self.stage = replace(self.stage, runs_shell=True)

    def run_by(self, line: Instruction) -> None:
        self.stage = replace(self.stage, shell=exec_form(line.rest) or self.stage.shell)

    def expanded(self, text: str) -> str | None:
        """``text`` with its variables replaced, or None where the file alone does not say it."""
        try:
            return expand(text, self.arguments.value, self.context.escape)
        except Unknown:
            return None


_HANDLERS: Mapping[str, Callable[[_Draft, Instruction], None]] = {
    "ARG": _Draft.argument,
    "ENV": _Draft.environment,
    "ENTRYPOINT": _Draft.entrypoint,
    "CMD": _Draft.command,
    "HEALTHCHECK": _Draft.healthcheck,
    "USER": _Draft.user,
    "EXPOSE": _Draft.expose,
    "COPY": _Draft.copy,
    "ADD": _Draft.copy,
    "RUN": _Draft.run,
    "SHELL": _Draft.run_by,
}


def _pairs(text: str, escape: str) -> Iterator[tuple[str, str]]:
    """``A=1 B="2 3"``, or the older ``A everything else``."""
    words = split(text, escape)
    if words and "=" not in words[0]:
        yield words[0], text[len(words[0]) :].strip()
        return
    yield from ((name, value) for name, _, value in (word.partition("=") for word in words))


def _flags(text: str) -> tuple[dict[str, str], str]:
    """``--name=value`` in front, and what stands behind them."""
    flags: dict[str, str] = {}
    while text.startswith("--"):
        word, _, rest = text.partition(" ")
        name, _, value = word[2:].partition("=")
        flags[name], text = value, rest.strip()
    return flags, text


def _ports(text: str) -> Iterator[str]:
    match = _PORT.match(text)
    if match is not None:
        first, last = int(match[1]), int(match[2] or match[1])
        for port in range(first, min(last, first + _PORTS - 1) + 1):
            yield f"{port}/{(match[3] or 'tcp').lower()}"
