"""What goes along when a project is to run from another folder: its own files, and of the others those that change."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from batten.compose.companions import Companion, companions, flat_name, moving
from batten.compose.interpolation import Lookup
from batten.compose.loader import variables_of
from batten.model import Project


@dataclass(frozen=True, slots=True)
class Moves:
    """The files that go to another folder, and where each is read from there."""

    old: Path
    """The project's folder."""
    new: Path
    """The folder it is to run from."""
    lookup: Lookup
    names: Mapping[str, str]
    """Absolute path now → path in the new folder, with forward slashes."""
    companions: Mapping[str, Companion]
    """The files among them that others bring in."""

    def variables(self, file: str) -> Lookup:
        """What the text of a file may refer to."""
        return self.companions[file].lookup if file in self.companions else self.lookup

    def base(self, file: str) -> Path:
        """The folder that relative paths of a file are relative to now."""
        return self.companions[file].base if file in self.companions else self.old

    def target(self, file: str) -> Path:
        """The folder that they will be relative to: an included file of another folder goes on being read from there."""
        known = self.companions.get(file)
        return known.base if known is not None and self.stays(file) else self.new

    def stays(self, file: str) -> bool:
        """Whether an included file keeps the folder that it is read from, although its text moves."""
        known = self.companions.get(file)
        return known is not None and known.included and known.base != self.old


def moves(project: Project, touched: Collection[str], home: Path) -> Moves:
    """What goes along to ``home`` where the files in ``touched`` change."""
    lookup = variables_of(project.request)
    names = compose_names(project, lookup)
    outside = [file for file in touched if file not in project.files and project.sources[file].kind == "compose"]
    known = companions(project, lookup) if outside else {}
    along = moving(outside, known)
    for file in along:
        names[file] = flat_name(file, project.directory, names.values())
    dot_env = environment_files(project)
    for file in touched:
        if project.sources[file].kind == "env":
            names[file] = ".env" if file in dot_env else env_name(project, file) or flat_name(file, project.directory, names.values())
    return Moves(project.directory, home, lookup, names, {file: known[file] for file in along})


def compose_names(project: Project, lookup: Lookup) -> dict[str, str]:
    """Names of the compose files in another folder: ``compose.yaml`` for a single one, else their own."""
    if len(project.files) == 1 and lookup("COMPOSE_FILE") is None:
        return {project.files[0]: "compose.yaml"}
    names: dict[str, str] = {}
    for file in project.files:
        name = Path(file).name
        names[file] = name if name not in names.values() else f"{len(names) + 1}-{name}"
    return names


def environment_files(project: Project) -> list[str]:
    """The files that were read as ``.env``."""
    files = [str(path) for path in project.request.env_files] or [str(project.directory / ".env")]
    return [file for file in files if file in project.sources]


def env_name(project: Project, file: str) -> str:
    """Path of a file relative to the project's folder; empty where it is not below it."""
    try:
        return PurePosixPath(Path(file).relative_to(project.directory)).as_posix()
    except ValueError:
        return ""


def relative(target: Path | str, base: Path) -> str:
    """``target`` as people write it relative to ``base``, with ``$`` doubled."""
    path = os.path.relpath(target, base).replace("$", "$$")
    return path if path.startswith("..") else f"./{path}"
