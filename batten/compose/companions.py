"""Files that a project's compose files bring in by ``include`` and ``extends``: which folder each is read from, and who names it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition, Lookup, interpolate
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
    lookup: Lookup
    """The variables that its text may refer to."""
    included: bool
    """Whether it is included; else it is only extended."""
    named_by: set[str] = field(default_factory=set)
    """The files that name it."""


def companions(project: Project, lookup: Lookup) -> dict[str, Companion]:
    """Every compose file of the project that was not given itself, by path."""
    found: dict[str, Companion] = {}
    pending = [(file, project.directory, lookup) for file in project.files]
    while pending:
        file, base, variables = pending.pop()
        for companion in _named(project, file, base, variables):
            if companion.file in project.files or companion.file not in project.sources:
                continue
            if companion.file not in found:
                found[companion.file] = companion
                pending.append((companion.file, companion.base, companion.lookup))
            found[companion.file].named_by.add(file)
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


def _named(project: Project, file: str, base: Path, lookup: Lookup) -> Iterator[Companion]:
    """Every file that a file includes or extends."""
    source = project.sources[file]
    for root in source.root.roots if source.root is not None else ():
        if isinstance(root, Mapping_):
            yield from _included(project, root, base, lookup)
            for target in _extended(source, root, base, lookup):
                yield Companion(target, Path(target).parent, lookup, False)


def _included(project: Project, root: Mapping_, base: Path, lookup: Lookup) -> Iterator[Companion]:
    for part in _items(root.get("include")):
        paths, folder = include_of(part, base, lookup)
        variables = _variables(project, part, folder, base, lookup)
        for path in paths:
            yield Companion(path, folder, variables, True)


def _variables(project: Project, part: Node, folder: Path, base: Path, lookup: Lookup) -> Lookup:
    """What an included file may refer to: the variables of the project, then those of its own env files."""
    written = _items(part.get("env_file")) if isinstance(part, Mapping_) else []
    files = [absolute(_text(path, lookup), base) for path in written if isinstance(path, Scalar)]
    if not files and folder != base:
        files = [str(folder / ".env")]
    own = {}
    for file in files:
        for line in parse_env(project.sources[file], lookup) if file in project.sources else []:
            if line.value is not None:
                own[line.name] = Definition(line.value, line.span)
    return lambda name: lookup(name) or own.get(name)


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
