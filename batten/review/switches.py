"""Known switches with which programs turn their login or their encryption off, by the rows of ``assets/switches.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from batten.inference.latest import kept_for_latest
from batten.model import Project, Service, TreePath
from batten.review.finding import Severity
from batten.review.invocation import Invocation, invocations


class Switch(NamedTuple):
    """One switch that is thrown."""

    path: TreePath
    """Where it is written."""
    name: str
    """The variable or the words, without values that could be secret."""
    says: str
    severity: Severity
    """While nobody outside of the project reaches the service."""
    port: int | None
    """The only port that is concerned, if it is one."""
    data_only: bool
    """Whether it means something for data services alone."""
    text: str
    """The text of the variable or word that it is a part of; empty where it is a variable or word of its own."""


def thrown(project: Project, service: Service, kind: str) -> Iterator[Switch]:
    """The switches of ``kind`` (``auth`` or ``tls``) that ``service`` has thrown, each place once."""
    said = _by_service(project)[service.name]
    variables, lines = said.variables, said.lines
    seen: set[TreePath] = set()
    for row in _table(kind).worth_trying(said):
        if any(variables.get(name, ("", ""))[1] for name in row.get("unless_variables", ())):
            continue
        for path, name, text in _matches(service, row, variables, lines):
            if path not in seen:
                seen.add(path)
                yield Switch(path, name, str(row["says"]), Severity(row["severity"]), row.get("port"), row.get("data_only", False), text)


Variables = Mapping[str, tuple[str, str]]
"""Name and value of every variable by its name in upper case."""


class _Said(NamedTuple):
    """What a service says, as far as a switch can be in it."""

    variables: Variables
    lines: tuple[Invocation, ...]
    words: frozenset[str]
    """Its variables' names, and the words of its command lines with their quotes and without."""
    text: str
    """All of its values and words in lower case."""


@kept_for_latest
def _by_service(project: Project) -> Mapping[str, _Said]:
    return {name: _said(project, service) for name, service in project.services.items()}


def _said(project: Project, service: Service) -> _Said:
    variables = {name.upper(): (name, variable.value.reveal().strip()) for name, variable in service.environment.items() if variable.value is not None}
    lines = invocations(project, service)
    texts = [text for line in lines for text in line.texts]
    words = frozenset([*variables, *texts, *[text.strip("'\"") for text in texts]])
    return _Said(variables, lines, words, "\n".join([*[value for _, value in variables.values()], *texts]).lower())


class _Table:
    """All rows of a kind, by what a service must say so that a row can be about it: most services say nothing of the sort."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        self.endings = tuple(ending for row in rows for ending in row.get("ending", ()))
        self.keys: dict[str, list[int]] = {}
        self.texts: dict[str, list[int]] = {}
        for number, row in enumerate(rows):
            for key in (*row.get("variables", ()), *row.get("ending", ()), *(switch.rpartition(" ")[2] for switch in row.get("words", ()))):
                self.keys.setdefault(key, []).append(number)
            for text in row.get("texts", ()):
                self.texts.setdefault(text, []).append(number)

    def worth_trying(self, said: _Said) -> list[Mapping[str, Any]]:
        """The rows that name a variable, an ending, a word or a piece of text that is there, in their order."""
        found = {number for word in self.keys.keys() & said.words for number in self.keys[word]}
        for name in said.variables:
            if name.endswith(self.endings):
                found.update(number for ending in self.endings if name.endswith(ending) for number in self.keys[ending])
        found.update(number for text, numbers in self.texts.items() if text in said.text for number in numbers)
        return [self.rows[number] for number in sorted(found)] if found else []


@cache
def _table(kind: str) -> _Table:
    from assets import load_yaml

    return _Table(load_yaml("switches.yaml")[kind])


def _matches(service: Service, row: Mapping[str, Any], variables: Variables, lines: Sequence[Invocation]) -> Iterator[tuple[TreePath, str, str]]:
    for upper, (name, value) in variables.items():
        path: TreePath = (*service.path, "environment", name)
        wanted = _wanted(row, upper) if value else None
        if wanted is not None and (value.lower() in wanted or not wanted):
            yield path, f"{name} is {value}" if wanted else f"{name} is set", ""
        piece = next((text for text in row["texts"] if text in value.lower()), "") if "texts" in row else ""
        if piece:
            yield path, f"{piece} in {name}", value
    for line in lines:
        yield from _spoken(row, line)


def _wanted(row: Mapping[str, Any], variable: str) -> list[str] | None:
    """The values with which ``variable`` switches something off; None where it is no switch of this row."""
    values: list[str] | None = row["variables"].get(variable) if "variables" in row else None
    if "ending" not in row or variable == "DOCKER_TLS_VERIFY":
        return values
    ending = max((ending for ending in row["ending"] if variable.endswith(ending)), key=len, default="")
    return row["ending"][ending] if ending else values


def _spoken(row: Mapping[str, Any], line: Invocation) -> Iterator[tuple[TreePath, str, str]]:
    texts = line.texts
    for index, word in enumerate(line.words) if "words" in row or "texts" in row else ():
        yield from ((word.path, switch, "") for switch in row.get("words", ()) if _at(switch, texts, index))
        piece = next((text for text in row.get("texts", ()) if text in word.text.lower()), "")
        if piece:
            yield word.path, f"{piece} in its {line.key}", word.text


def _at(switch: str, texts: tuple[str, ...], index: int) -> bool:
    """Whether the word at ``index`` is the switch, or the value behind the option or anywhere behind the subcommand that it names.

    A switch that ends in ``=`` has nothing behind it but quotes.
    """
    first, _, second = switch.partition(" ")
    if second:
        return texts[index] == second and first in (texts[index - 1 : index] if first.startswith("-") else texts[:index])
    word = texts[index].strip("'\"")
    return word == switch or (switch.endswith("=") and word.rstrip("'\"") == switch)
