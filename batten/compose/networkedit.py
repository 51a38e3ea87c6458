"""Where a network is written, and the splice that sets one of its options or one of its driver's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from batten.compose import insertion
from batten.compose.grouping import nested
from batten.compose.insertion import Refused
from batten.compose.locating import Entry, entry
from batten.compose.source import Mapping_, resolve
from batten.compose.splicing import Splice, block, body, flow, scalar, tail
from batten.model import Project, SourceText


class Option(NamedTuple):
    """A splice that sets an option."""

    source: SourceText
    splice: Splice
    mark: str = ""
    """What it adds, where the same addition by another network counts once."""


class Place(NamedTuple):
    """Where a network is written."""

    section: Mapping_
    entry: Entry

    @property
    def namesakes(self) -> list[str]:
        """Networks that are written in the same place, by aliases."""
        return [name.value for name, value in self.section.entries if resolve(value) is resolve(self.entry.value)]


def place_of(project: Project, name: str) -> Place | None:
    """In the last file that writes a network, or in one that is included."""
    brought = project.origin(("networks", name)).primary.file
    for file in (*reversed(project.files), *({brought} & project.sources.keys())):
        source = project.sources[file]
        for root in source.root.roots if source.root is not None else ():
            section = root.get("networks") if isinstance(root, Mapping_) else None
            found = entry(source, section, name) if isinstance(section, Mapping_) else None
            if found is not None and isinstance(section, Mapping_):
                return Place(section, found)
    return None


def option(place: Entry, keys: Sequence[str], value: Any, name: str) -> Option:
    """The splice that sets what is below ``keys`` of a mapping; raises Refused where it is merged from another place."""
    source, node, (key, *inner) = place.source, resolve(place.value), keys
    if place.shared:
        raise Refused(f"the network {name} is merged from another place")
    if not isinstance(node, Mapping_):
        return Option(source, insertion.below(source.text, place.key, block(nested(keys, value), place.key.column + 1)))
    if not node.entries:
        return Option(source, Splice(body(source.text, node), node.end, flow(nested(keys, value))))
    found = entry(source, node, key)
    if found is None or (found.owner is not node and not inner):
        return Option(source, insertion.key(source.text, node, key, nested(inner, value)), f"key {key}")
    if found.owner is not node:
        raise Refused(f"{key} of the network {name} is merged from another place")
    if inner:
        return option(found, inner, value, name)
    return Option(source, Splice(body(source.text, found.value), tail(source.text, found.value), scalar(value)))
