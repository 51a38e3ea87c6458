"""The files of a hardened project: the user's own texts with the changes spliced in, for the same folder or for another one."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from batten.compose.editing import Refusal, edit
from batten.compose.interpolation import Lookup
from batten.compose.moving import environment_files, moves
from batten.compose.relocating import Relocation
from batten.compose.source import Mapping_, Scalar, parse
from batten.compose.splicing import MASK, OverlapError, Splice, behind_line, comments, newline, scalar, spliced
from batten.errors import BattenError
from batten.model import Action, Change, Project, Request, SourceText

MIN_MASKED = 6
"""Shorter values are not looked for in comments: they would be found in ordinary words."""


OVERRIDE_NEEDS = "Docker Compose 2.24.4 or newer"
"""The tag came with compose-go's pull request 552 of January 2024; the release is as other projects cite it from the Compose reference."""


class RewrittenFile(NamedTuple):
    """One file of the hardened project."""

    origin: str
    """Absolute path of the file it was made from."""
    path: str
    """Where it goes, relative to the project's folder, with forward slashes."""
    text: str
    bom: bool
    mode: int

    @property
    def content(self) -> bytes:
        """The bytes to write."""
        return (("\ufeff" if self.bom else "") + self.text).encode()


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a rewriting comes to."""

    files: tuple[RewrittenFile, ...]
    compose: tuple[str, ...]
    """Paths of the compose files in ``-f`` order, relative to the folder."""
    refusals: tuple[Refusal, ...] = ()
    needs: str = ""
    """The version of Docker Compose that the new texts need, where an older one would read them differently."""
    name: str = ""
    """The project's name where the texts do not say it and another folder would give another one; then whoever starts it has to."""

    def overlay(self, home: Path) -> dict[str, str]:
        """Texts by absolute path, as if they were written already."""
        return {str(home / file.path): file.text for file in self.files}

    def request(self, project: Project, home: Path) -> Request:
        """How the hardened project is read."""
        asked = project.request
        if home == project.directory:
            return asked
        paths = tuple(home / name for name in self.compose)
        return asked._replace(paths=paths, directory=home, env_files=(), project_name=self.name or None, confine=False)


def rewrite(project: Project, changes: Sequence[Change], home: Path, *, named: bool = True) -> Rewritten:
    """The texts of ``project`` with ``changes`` made.

    Decisions that cannot be written are left out whole and come back as refusals.

    Args:
        project: as it was read.
        changes: what is to change.
        home: the folder of the hardened project; its own one for a change in place.
        named: whether a text that moves to another folder says the project's name, which ``docker stack deploy`` refuses.
    """
    refusals: list[Refusal] = []
    pending = list(changes)
    while True:
        edits = edit(project, pending)
        if not edits.refusals:
            files, names = _files(project, edits.splices, pending, home, named)
            name = "" if named or home == project.directory else project.name
            return Rewritten(files, names, tuple(refusals), _needs(project, files), name)
        refusals += edits.refusals
        refused = {refusal.change.decision for refusal in refusals}
        pending = [change for change in pending if change.decision not in refused]


def _needs(project: Project, files: Sequence[RewrittenFile]) -> str:
    """``!override`` replaces what another file or an extended service says; older versions of Compose merge instead."""
    new = any(file.text.count(" !override") > project.sources[file.origin].text.count(" !override") for file in files)
    return OVERRIDE_NEEDS if new else ""


def _files(
    project: Project, splices: dict[str, list[Splice]], changes: Sequence[Change], home: Path, named: bool
) -> tuple[tuple[RewrittenFile, ...], tuple[str, ...]]:
    if home == project.directory:
        names = tuple(_relative(file, project.directory) for file in project.files)
        changed = [_made(project, file, _relative(file, project.directory), splices[file], changes) for file in splices]
        return tuple(changed), names
    going = moves(project, splices.keys(), home)
    dot_env = environment_files(project)
    files = []
    for file, name in going.names.items():
        source = project.sources[file]
        edits = splices.get(file, [])
        if source.kind == "compose":
            pin = _pinned(project, source, going.lookup) if named and file == project.files[-1] else []
            edits = _combined(Relocation(source, going).splices(), [*edits, *pin])
        if file not in dot_env:
            files.append(_made(project, file, name, edits, changes))
    return (*files, *_whole_env(project, splices, changes)), tuple(going.names[file] for file in project.files)


def _relative(file: str, folder: Path) -> str:
    try:
        return Path(file).relative_to(folder).as_posix()
    except ValueError:
        return file


def _combined(moves: list[Splice], edits: list[Splice]) -> list[Splice]:
    """Moves and edits together; where an edit replaces a text that would also move, the edit wins."""
    replaced = [(one.start, one.end) for one in edits if one.end > one.start]
    return [*(move for move in moves if not any(start < move.end and move.start < end for start, end in replaced)), *edits]


def _made(project: Project, file: str, path: str, splices: list[Splice], changes: Sequence[Change]) -> RewrittenFile:
    source = project.sources[file]
    try:
        text = spliced(source.text, splices)
    except OverlapError:
        raise BattenError("two changes want the same words of this file.", file=file) from None
    mode = 0o600 if source.kind == "env" else 0o644
    return RewrittenFile(file, path, _without_comments(project, source, text, changes), source.bom, mode)


def _whole_env(project: Project, splices: dict[str, list[Splice]], changes: Sequence[Change]) -> list[RewrittenFile]:
    """The variables that go along, as ``.env``: several files one after the other."""
    parts = [_made(project, file, ".env", splices.get(file, []), changes) for file in environment_files(project)]
    if not parts:
        return []
    text = "".join(part.text.rstrip("\n") + "\n" for part in parts) if len(parts) > 1 else parts[0].text
    return [parts[0]._replace(text=text)]


def _pinned(project: Project, source: SourceText, lookup: Lookup) -> list[Splice]:
    """The project's name written down, so that volumes and networks stay the same ones in another folder."""
    given = lookup("COMPOSE_PROJECT_NAME") if not project.request.project_name else None
    if given is not None and given.span is not None and given.value:
        return []
    root = source.root.roots[0] if source.root.roots else None
    if not isinstance(root, Mapping_):
        return []
    written = root.get("name")
    if isinstance(written, Scalar):
        return [] if written.value == project.name else [Splice(written.start, written.end, scalar(project.name))]
    if project.request.project_name is None and project.origin(("name",)).primary.file != source.file and _names_itself(project):
        return []
    if root.flow:
        return [Splice(root.start + 1, root.start + 1, f'"name": {json.dumps(project.name)}, ')]
    marks = [match.start() for match in re.finditer(r"(?m)^---(?=\s)", source.text[: root.start])]
    offset = behind_line(source.text, marks[-1]) if marks else 0
    end = newline(source.text)
    return [Splice(offset, offset, f"{' ' * (root.column - 1)}name: {scalar(project.name)}{end}{end}")]


def _names_itself(project: Project) -> bool:
    value = project.tree.get("name")
    return value is not None and value.origin is not None


def _without_comments(project: Project, source: SourceText, text: str, changes: Sequence[Change]) -> str:
    """``text`` with the values that were moved away masked in its comments."""
    values = _moved_values(project, changes)
    if not any(value in text for value in values):
        return text
    made = source._replace(text=text, root=parse(source.file, text) if source.kind == "compose" else None)
    splices = []
    for start, end in comments(made):
        masked = text[start:end]
        for value in values:
            masked = masked.replace(value, MASK)
        if masked != text[start:end]:
            splices.append(Splice(start, end, masked))
    return spliced(text, splices)


def _moved_values(project: Project, changes: Sequence[Change]) -> list[str]:
    found = []
    for change in changes:
        if change.action == Action.REMOVE and len(change.path) == 4 and change.path[2] == "environment":
            value = project.value(change.path)
            if value is not None and isinstance(value.data, str) and len(value.data) >= MIN_MASKED:
                found.append(value.data)
    return sorted(set(found), key=len, reverse=True)
