"""Where the parts of a service stand in the files: its layers, the entries in them, and which other services share them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from batten.compose.paths import absolute
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.model import Project, SourceText

OWN, EXTENDS = "own", "extends"


@dataclass(frozen=True, slots=True)
class Layer:
    """One mapping that a service is made of."""

    source: SourceText
    node: Mapping_
    how: str
    """``own``: written for the service itself in one of the files; ``extends``: of a service that it extends."""
    shared: bool
    """Whether the mapping is reached through an alias, so that others have it too."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value, as written."""

    source: SourceText
    owner: Mapping_
    key: Scalar
    value: Node
    shared: bool
    """Whether it is reached through an alias or a merge key."""

    @property
    def id(self) -> tuple[str, int]:
        """Identity of the place."""
        return self.source.file, self.key.start


def entry(source: SourceText, mapping: Mapping_, key: str, shared: bool = False) -> Entry | None:
    """The entry that ``key`` has in a mapping, its merge keys followed; what is written itself wins."""
    for name, value in mapping.entries:
        if name.value == key:
            return Entry(source, mapping, name, value, shared)
    for name, value in mapping.entries:
        if name.value == "<<" and name.style is None:
            target = resolve(value)
            for candidate in [resolve(item) for item in target.items] if isinstance(target, Sequence_) else [target]:
                found = entry(source, candidate, key, True) if isinstance(candidate, Mapping_) else None
                if found is not None:
                    return found
    return None


class Map:
    """The places of a project's services, worked out once for all changes of a plan."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._layers: dict[str, tuple[Layer, ...]] = {}

    def layers(self, service: str) -> tuple[Layer, ...]:
        """The mappings that a service is made of, strongest first."""
        if service not in self._layers:
            self._layers[service] = tuple(self._find(service))
        return self._layers[service]

    def _find(self, service: str) -> Iterator[Layer]:
        files = list(reversed(self.project.files))
        own = self.project.origin(("services", service)).primary.file
        if not any(self._nodes(file, service) for file in files) and own in self.project.sources:
            files = [own]
        for file in files:
            for node, shared in self._nodes(file, service):
                yield from self._with_parents(self.project.sources[file], node, shared, OWN, ())

    def _nodes(self, file: str, service: str) -> list[tuple[Mapping_, bool]]:
        source = self.project.sources[file]
        found = []
        for root in reversed(source.root.roots if source.root is not None else ()):
            services = resolve(root.get("services")) if isinstance(root, Mapping_) and root.get("services") is not None else None  # type: ignore[arg-type]
            place = entry(source, services, service) if isinstance(services, Mapping_) else None
            node = resolve(place.value) if place is not None else None
            if isinstance(node, Mapping_) and place is not None:
                found.append((node, place.shared or isinstance(place.value, Alias)))
        return found

    def _with_parents(self, source: SourceText, node: Mapping_, shared: bool, how: str, seen: tuple[int, ...]) -> Iterator[Layer]:
        yield Layer(source, node, how, shared)
        extends = entry(source, node, "extends")
        if extends is None or id(node) in seen:
            return
        target, name, file = resolve(extends.value), "", source.file
        if isinstance(target, Scalar):
            name = target.value
        elif isinstance(target, Mapping_):
            named, other = target.get("service"), target.get("file")
            name = named.value if isinstance(named, Scalar) else ""
            base = self.project.directory if source.file in self.project.files else Path(source.file).parent
            file = absolute(other.value, base) if isinstance(other, Scalar) else file
        if file == source.file and not self._nodes(file, name):
            file = self.project.origin(("services", name)).primary.file
        if file in self.project.sources:
            for parent, parent_shared in self._nodes(file, name):
                yield from self._with_parents(self.project.sources[file], parent, parent_shared, EXTENDS, (*seen, id(node)))

    @cached_property
    def users(self) -> dict[tuple[str, int], set[str]]:
        """For each entry of a service or of its environment: the services whose resolved value it takes part in."""
        found: dict[tuple[str, int], set[str]] = {}
        for service in self.project.services:
            for layer in self.layers(service):
                for place in _entries(layer.source, layer.node):
                    found.setdefault(place, set()).add(service)
        return found

    def heirs(self, node: Mapping_, key: str) -> set[str]:
        """The services that take over, by a merge key, what ``node`` says under ``key`` and that do not say it themselves."""
        return {service for service, heir in self._heirs.get(id(node), ()) if heir.get(key) is None}

    @cached_property
    def _heirs(self) -> dict[int, list[tuple[str, Mapping_]]]:
        """For each mapping that is merged into services: the services, each with its own mapping."""
        found: dict[int, list[tuple[str, Mapping_]]] = {}
        for service in self.project.services:
            for layer in self.layers(service):
                for part in _merged(layer.node):
                    found.setdefault(id(part), []).append((service, layer.node))
        return found

    def sharing(self, place: tuple[str, int], service: str) -> set[str]:
        """The other services that share a place."""
        return self.users.get(place, set()) - {service}


def _merged(node: Mapping_) -> Iterator[Mapping_]:
    """The mappings that a mapping takes over by its merge keys, and those that they take over."""
    value = node.get("<<")
    target = resolve(value) if value is not None else None
    for part in [resolve(item) for item in target.items] if isinstance(target, Sequence_) else [target]:
        if isinstance(part, Mapping_):
            yield part
            yield from _merged(part)


def _entries(source: SourceText, node: Mapping_) -> Iterator[tuple[str, int]]:
    """Identities of a service mapping's effective entries, and of what stands directly in them."""
    for key in _keys(node):
        place = entry(source, node, key)
        if place is None:
            continue
        yield place.id
        value = resolve(place.value)
        if isinstance(value, Mapping_):
            for child in _keys(value):
                inner = entry(source, value, child)
                if inner is not None:
                    yield inner.id
        elif isinstance(value, Sequence_):
            for item in value.items:
                yield source.file, resolve(item).start


def _keys(node: Mapping_) -> list[str]:
    found: dict[str, None] = {}
    for key, value in node.entries:
        if key.value != "<<":
            found[key.value] = None
            continue
        target = resolve(value)
        for candidate in [resolve(item) for item in target.items] if isinstance(target, Sequence_) else [target]:
            if isinstance(candidate, Mapping_):
                found.update(dict.fromkeys(_keys(candidate)))
    return list(found)
