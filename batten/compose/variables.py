"""Where a variable of a service's environment stands: in mappings, in lists, in env files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from batten.compose.dotenv import parse_env
from batten.compose.insertion import Refused
from batten.compose.locating import Map, entry
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, key_text, scalar, tail
from batten.model import SourceText


@dataclass(frozen=True, slots=True)
class Place:
    """One place that gives a variable its value."""

    source: SourceText
    start: int
    end: int
    write: Callable[[str, str], str]
    """The words for a name and a value in this place."""
    users: frozenset[str]
    """Every service that has the variable from here."""
    anchored: Scalar | None = None
    """The value that goes away here, where an anchor gives it a name that other places may use."""

    def renamed(self, name: str, value: str) -> Splice:
        """The variable in this place turned into another one."""
        return Splice(self.start, self.end, self.write(name, value))


def places(where: Map, service: str, variable: str) -> list[Place]:
    """Every place that gives ``variable`` to ``service``, overridden ones included."""
    return [*_written(where, service, variable), *_in_env_files(where, service, variable)]


def _written(where: Map, service: str, variable: str) -> Iterator[Place]:
    for layer in where.layers(service):
        environment = entry(layer.source, layer.node, "environment")
        node = resolve(environment.value) if environment is not None else None
        if isinstance(node, Mapping_):
            found = entry(layer.source, node, variable)
            if found is not None:
                end = max(found.key.end + 1, tail(layer.source.text, found.value))
                anchored = _anchored(layer.source, found.value)
                yield Place(layer.source, found.key.start, end, _pair, _users(where, service, found.id), anchored)
        elif isinstance(node, Sequence_):
            yield from _listed(where, service, layer.source, node, variable)


def _listed(where: Map, service: str, source: SourceText, node: Sequence_, variable: str) -> Iterator[Place]:
    for item in node.items:
        target = resolve(item)
        if isinstance(target, Scalar) and target.value.partition("=")[0] == variable:
            if isinstance(item, Alias) or target.style in ("|", ">"):
                raise Refused(f"{variable} is an alias or a block of text in a list")
            anchored = _anchored(source, target)
            yield Place(source, target.start, target.end, _item, _users(where, service, (source.file, target.start)), anchored)


def _anchored(source: SourceText, node: Node) -> Scalar | None:
    return node if isinstance(node, Scalar) and source.text.startswith("&", node.start) else None


def _users(where: Map, service: str, place: tuple[str, int]) -> frozenset[str]:
    return frozenset({service, *where.sharing(place, service)})


def _pair(name: str, value: str) -> str:
    return f"{key_text(name)}: {scalar(value)}"


def _item(name: str, value: str) -> str:
    return scalar(f"{name}={value}")


def _line(name: str, value: str) -> str:
    if any(character in value for character in "'\"\\#$\n ") or not value.isprintable():
        raise Refused("the value cannot be written into an env file")
    return f"{name}={value}"


def _in_env_files(where: Map, service: str, variable: str) -> Iterator[Place]:
    project = where.project
    for file in project.services[service].env_files:
        source = project.sources.get(file)
        if source is None:
            continue
        users = frozenset(name for name, other in project.services.items() if file in other.env_files)
        for line in parse_env(source, lambda _name: None):
            if line.name == variable:
                yield Place(source, line.span.start, line.span.end, _line, users)
