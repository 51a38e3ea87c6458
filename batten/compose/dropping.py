"""Variables taken out of every place that gives them to a service: mappings, lists, env files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from batten.compose.dotenv import parse_env
from batten.compose.insertion import Refused, without, without_item
from batten.compose.locating import Entry, Layer, Map, entry
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, behind_line, body, line_end, line_start, newline, tail
from batten.model import SourceText


class Drop(NamedTuple):
    """One place that no longer gives its variables to anybody."""

    source: SourceText
    splice: Splice
    variables: tuple[str, ...]
    users: frozenset[str]
    """The other services that have them from here."""
    anchored: tuple[Scalar, ...] = ()
    """Values that go away although an anchor gives them a name that other places may use."""


def drops(where: Map, service: str, names: Collection[str], *, more: bool) -> Iterator[Drop]:
    """Every place of ``names`` in the environment of a service.

    Args:
        where: the places of the project.
        service: its name.
        names: every variable that goes away without another one in its place.
        more: whether other changes need the environment, so that it must not go away as a whole.

    Raises:
        Refused: a place that cannot be taken apart.
    """
    for layer in where.layers(service):
        place = entry(layer.source, layer.node, "environment")
        node = resolve(place.value) if place is not None else None
        if place is not None and isinstance(node, Mapping_):
            yield from _in_mappings(where, service, layer, place, node, names, more)
        elif place is not None and isinstance(node, Sequence_):
            yield from _in_list(where, service, layer, place, node, names, more)
    yield from _in_env_files(where, service, names)


def _in_mappings(where: Map, service: str, layer: Layer, place: Entry, node: Mapping_, names: Collection[str], more: bool) -> Iterator[Drop]:
    """In a mapping and in those that are merged into it."""
    source = layer.source
    found = [one for one in (entry(source, node, name) for name in names) if one is not None]
    owners = {id(one.owner): one.owner for one in found}
    for owner in owners.values():
        going = [one for one in found if one.owner is owner]
        users = frozenset(user for one in going for user in where.sharing(one.id, service))
        if len(going) == len(owner.entries):
            yield _emptied(source, layer, place, owner, going, users, more)
            continue
        for one in going:
            yield Drop(source, _entry(source.text, one), (one.key.value,), frozenset(where.sharing(one.id, service)), _anchored(source, one.value))


def _emptied(source: SourceText, layer: Layer, place: Entry, owner: Mapping_, going: Sequence[Entry], users: frozenset[str], more: bool) -> Drop:
    """A mapping of which nothing is left: its key goes with it where that is the service's own."""
    names = tuple(one.key.value for one in going)
    anchored = tuple(scalar for one in going for scalar in _anchored(source, one.value))
    own = place.value is owner and place.owner is layer.node and body(source.text, owner) == owner.start
    if own and not more and len(place.owner.entries) > 1:
        return Drop(source, _key(source.text, place), names, users, anchored)
    return Drop(source, Splice(body(source.text, owner), tail(source.text, owner), "{}"), names, users, anchored)


def _key(text: str, place: Entry) -> Splice:
    if place.owner.flow:
        return without(text, place.owner, place.key, place.value)
    return _lines(text, place.key.start, tail(text, place.value))


def _entry(text: str, one: Entry) -> Splice:
    """One of several entries; a comment behind it stays, whatever its value looks like."""
    if one.owner.flow or text[line_start(text, one.key.start) : one.key.start].strip():
        return without(text, one.owner, one.key, one.value)
    return _lines(text, one.key.start, max(one.key.end + 1, tail(text, one.value)))


def _lines(text: str, start: int, end: int) -> Splice:
    """Whole lines taken out; a comment behind ``end`` gets a line of its own."""
    comment = re.match(r"[ \t]*(#.*)", text[end : line_end(text, end)])
    begin, behind = line_start(text, start), behind_line(text, end)
    indent = re.match(r"[ \t]*", text[begin:start])
    kept = f"{indent[0] if indent else ''}{comment[1]}{newline(text)}" if comment else ""
    return Splice(begin, behind, kept)


def _anchored(source: SourceText, node: Node) -> tuple[Scalar, ...]:
    return (node,) if isinstance(node, Scalar) and source.text.startswith("&", node.start) else ()


def _in_list(where: Map, service: str, layer: Layer, place: Entry, node: Sequence_, names: Collection[str], more: bool) -> Iterator[Drop]:
    source = layer.source
    going: list[tuple[Node, str]] = []
    for item in node.items:
        target = resolve(item)
        name = target.value.partition("=")[0] if isinstance(target, Scalar) else ""
        if name in names:
            if isinstance(item, Alias):
                raise Refused(f"{name} is an alias in a list")
            going.append((item, name))
    users = [frozenset(where.sharing((source.file, item.start), service)) for item, _ in going]
    if going and len(going) == len(node.items):
        everyone = frozenset(user for some in users for user in some)
        own = place.value is node and place.owner is layer.node and not more and len(place.owner.entries) > 1
        splice = _key(source.text, place) if own else Splice(body(source.text, node), tail(source.text, node), "[]")
        yield Drop(source, splice, tuple(name for _, name in going), everyone)
        return
    for (item, name), some in zip(going, users, strict=True):
        splice = without_item(source.text, node, item) if node.flow else _lines(source.text, item.start, tail(source.text, item))
        yield Drop(source, splice, (name,), some, _anchored(source, item))


def _in_env_files(where: Map, service: str, names: Collection[str]) -> Iterator[Drop]:
    project = where.project
    for file in project.services[service].env_files:
        source = project.sources.get(file)
        users = frozenset(name for name, other in project.services.items() if file in other.env_files and name != service)
        for line in parse_env(source, lambda _name: None) if source is not None else ():
            if source is not None and line.name in names:
                yield Drop(source, _lines(source.text, line.span.start, line.span.end), (line.name,), users)
