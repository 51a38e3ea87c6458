"""Files that a project's compose files bring in by ``include`` and ``extends``: which folder each is read from, and who names it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from batten.compose.interpolation import Lookup, interpolate
from batten.compose.locating import entry
from batten.compose.paths import absolute
from batten.compose.source import Mapping_, Node, Scalar, Sequence_, resolve
from batten.model import Project, SourceText


@dataclass(frozen=True, slots=True)
class Companion:
    """One file that others bring in."""

    file: str
    base: Path
    """The folder that its relative paths are relative to."""
    included: bool
    """Whether it is included; else it is only extended."""
    named_by: set[str] = field(default_factory=set)
    """The files that name it."""


def companions(project: Project, lookup: Lookup) -> dict[str, Companion]:
    """Every compose file of the project that was not given itself, by path."""
    found: dict[str, Companion] = {}
    pending = [(file, project.directory) for file in project.files]
    while pending:
        file, base = pending.pop()
        for target, folder, included in _named(project.sources[file], base, lookup):
            if target in project.files or target not in project.sources:
                continue
            if target not in found:
                found[target] = Companion(target, folder, included)
                pending.append((target, folder))
            found[target].named_by.add(file)
    return found


def moving(touched: Iterable[str], known: dict[str, Companion]) -> list[str]:
    """The companions that must move along so that those in ``touched`` can: all on the way to them."""
    moved: dict[str, None] = {}
    pending = [file for file in touched if file in known]
    while pending:
        file = pending.pop()
        if file not in moved:
            moved[file] = None
            pending += [name for name in known[file].named_by if name in known]
    return sorted(moved)


def flat_name(file: str, directory: Path, taken: Iterable[str]) -> str:
    """A name in one folder that tells where a file came from."""
    relative = PurePosixPath(os.path.relpath(file, directory))
    name = "-".join(part for part in relative.parts if part != "..")
    used = set(taken)
    return name if name not in used else next(other for number in range(2, 10_000) if (other := f"{number}-{name}") not in used)


def _named(source: SourceText, base: Path, lookup: Lookup) -> Iterator[tuple[str, Path, bool]]:
    """Every file that a file includes or extends, the folder it is read from, and whether it is included."""
    for root in source.root.roots if source.root is not None else ():
        if isinstance(root, Mapping_):
            yield from _included(root, base, lookup)
            for target in _extended(source, root, base, lookup):
                yield target, Path(target).parent, False


def _included(root: Mapping_, base: Path, lookup: Lookup) -> Iterator[tuple[str, Path, bool]]:
    for part in _items(root.get("include")):
        paths, folder = include_of(part, base, lookup)
        for path in paths:
            yield path, folder, True


def include_of(part: Node, base: Path, lookup: Lookup) -> tuple[list[str], Path]:
    """The files of one ``include`` entry and the folder they are read from."""
    directory = part.get("project_directory") if isinstance(part, Mapping_) else None
    written = _items(part.get("path")) if isinstance(part, Mapping_) else [part]
    paths = [absolute(_text(path, lookup), base) for path in written if isinstance(path, Scalar)]
    if isinstance(directory, Scalar):
        return paths, Path(absolute(_text(directory, lookup), base))
    return paths, Path(paths[0]).parent if paths else base


def _extended(source: SourceText, root: Mapping_, base: Path, lookup: Lookup) -> Iterator[str]:
    services = resolve(root.get("services")) if root.get("services") is not None else None  # type: ignore[arg-type]
    for _, value in services.entries if isinstance(services, Mapping_) else []:
        service = resolve(value)
        place = entry(source, service, "extends") if isinstance(service, Mapping_) else None
        extends = resolve(place.value) if place is not None else None
        other = extends.get("file") if isinstance(extends, Mapping_) else None
        if isinstance(other, Scalar):
            yield absolute(_text(other, lookup), base)


def _items(node: Node | None) -> list[Node]:
    target = resolve(node) if node is not None else None
    if isinstance(target, Sequence_):
        return [resolve(item) for item in target.items]
    return [target] if target is not None else []


def _text(node: Scalar, lookup: Lookup) -> str:
    return interpolate(node.value, lookup).text
