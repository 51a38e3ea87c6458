"""Files to one resolved tree: several files, overrides, ``extends``, ``include``, env files and the project's name."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from batten.compose import checks, normal, typed
from batten.compose.extending import Extending, Holder
from batten.compose.interpolation import Definition, InterpolationError, Lookup, interpolate, lookup_in
from batten.compose.keys import ROOT
from batten.compose.merging import merge, settle
from batten.compose.paths import absolute
from batten.compose.reading import Reading, absolute_files, environment, start, variables
from batten.compose.scalars import plain
from batten.compose.source import STDIN, Mapping_, Scalar, span
from batten.compose.values import Builder
from batten.errors import InputError
from batten.model import Project, Request, Span, Value

if TYPE_CHECKING:
    from batten.compose.source import Node

_SPREAD = 40_000
"""Values that aliases may add to a file beyond ten for each of its nodes."""


def load_project(
    paths: Sequence[Path],
    *,
    profiles: Sequence[str] = ("*",),
    env_files: Sequence[Path] = (),
    project_name: str | None = None,
    environ: Mapping[str, str] | None = None,
    overlay: Mapping[str, str] | None = None,
    directory: Path | None = None,
    confine: bool | None = None,
) -> Project:
    """Read a project as ``docker compose config`` would.

    Args:
        paths: the compose files in ``-f`` order; ``-`` is standard input (or ``overlay["-"]``).
        profiles: active profiles; ``*`` (the default) is all of them.
        env_files: what stands in for ``.env``.
        project_name: as ``--project-name``.
        environ: the caller's environment; the process's own where None.
        overlay: texts by absolute path that are taken instead of what is on disk.
        directory: the project directory, where it is not the folder of the first file (of standard input: the current one).
        confine: refuse files outside the project directory that were not named here; where None, for standard input only.

    Raises:
        InputError: something cannot be read or does not make a project; with its place.
    """
    files = absolute_files(paths)
    default = Path.cwd() if files[0] == STDIN else files[0].parent
    base = Path(os.path.abspath(directory)) if directory else default
    confined = STDIN in files if confine is None else confine
    return load(Request(files, base, tuple(profiles), absolute_files(env_files), project_name, environ, confined), overlay)


def variables_of(request: Request) -> Lookup:
    """The variables that a request's files may refer to: the caller's, then those of ``.env``. Raises InputError."""
    return variables(start(request))


def load(request: Request, overlay: Mapping[str, str] | None = None) -> Project:
    """Read what was asked for before, perhaps with other texts than those on disk; raises InputError."""
    collecting = gc.isenabled()
    gc.disable()  # a reading makes tens of thousands of objects and hardly any garbage; looking for it takes a third of the time
    try:
        return _load(request, overlay)
    finally:
        if collecting:
            gc.enable()


def _load(request: Request, overlay: Mapping[str, str] | None) -> Project:
    reading = start(request, overlay)
    known = variables(reading)
    name = _project_name(reading, known)
    named = Definition(name, None)
    lookup: Lookup = lambda variable: named if variable == "COMPOSE_PROJECT_NAME" else known(variable)  # noqa: E731
    tree = _load_files(reading, request.paths, request.directory, lookup)
    checks.check_services(tree)
    tree = normal.normalise(tree, normal.Surroundings(name, str(request.directory), lookup, lambda path, at: reading.source(path, "env", at)))
    notes = [f"The variable {variable} is not set: it became empty." for variable in sorted(reading.missing)]
    notes.extend(f"This file was read though it lies outside the project: {path}." for path in reading.outside)
    tree = _chosen(tree, request.profiles, lookup, notes)
    return typed.project(tree, name, request, reading.sources, tuple(notes))


def _chosen(tree: Value, profiles: Sequence[str], lookup: Lookup, notes: list[str]) -> Value:
    """The checked tree with the services of the chosen profiles.

    Compose does not check what is inactive. So where every profile is wanted only to look at it, a service that could
    not run when its profile were active is left out, and said.
    """
    named = lookup("COMPOSE_PROFILES")
    certain = normal.active(tree, [profile for profile in profiles if profile != "*"] or (named.value.split(",") if named else []))
    resting: set[str] = set()
    if "*" not in profiles:
        resting = set(tree.data["services"].data) - certain
        tree = normal.without(tree, resting)
    broken = checks.broken_services(tree, set(tree.data["services"].data) - certain)
    notes.extend(f"The service {name} is left out: its profile is not active, and {reason}" for name, reason in sorted(broken.items()))
    tree = normal.without(tree, broken)
    checks.check(tree, resting)
    return tree


def _load_files(reading: Reading, files: Sequence[Path], base: Path, lookup: Lookup, at: Span | None = None) -> Value:
    tree: Value | None = None
    for file in files:
        for document in _documents(reading, file, base, lookup, at):
            extended = _with_extends(reading, _with_includes(reading, document, base, lookup), file, base, lookup)
            if reading.empty:
                checks.check_complete(extended)
            tree = extended if tree is None else merge(tree, extended, ROOT, "override")
    if tree is None:
        raise InputError("this compose file is empty.", hint="A compose file needs a 'services' mapping.", file=str(files[0]))
    return settle(tree, ROOT) if reading.tagged else tree


def _documents(reading: Reading, file: Path, base: Path, lookup: Lookup, at: Span | None) -> list[Value]:
    """The documents of one file as canonical values with absolute paths."""
    key = (str(file), base, lookup)
    if key not in reading.built:
        root = reading.source(file, at=at).root
        builder = Builder(str(file), lookup, _SPREAD + 10 * root.nodes, base)
        reading.built[key] = [_document(builder, node) for node in root.roots]
        reading.missing |= builder.missing
        reading.tagged |= builder.tagged
        reading.empty |= builder.empty
    return reading.built[key]


def _document(builder: Builder, node: Node) -> Value:
    if not isinstance(node, Mapping_):
        empty = isinstance(node, Scalar) and plain(node.value) is None
        message = "this document is empty." if empty else "this is not a compose file: the top of it must be a mapping with 'services'."
        raise InputError(message, span=span(builder.file, node))
    value = builder.build(node)
    checks.check_document(value)
    return value


def _with_extends(reading: Reading, document: Value, file: Path, base: Path, lookup: Lookup) -> Value:
    services = document.get("services")
    if services is None or not any(service.get("extends") is not None for _, service in services.items()):
        return document

    def documents(far: Path, at: Span | None) -> list[Value]:
        return [_with_includes(reading, found, far.parent, lookup) for found in _documents(reading, far, far.parent, lookup, at)]

    extending = Extending(documents)
    names = {name: extending.service(Holder(document, file, base), name) for name, _ in services.items()}
    return Value({**document.data, "services": Value(names, services.origin)}, document.origin)


def _with_includes(reading: Reading, document: Value, base: Path, lookup: Lookup) -> Value:
    """A document laid over what it includes; of two includes the first wins."""
    include = document.get("include")
    if include is None:
        return document
    result = Value({key: value for key, value in document.data.items() if key != "include"}, document.origin)
    for entry in include.elements():
        result = merge(_included(reading, entry, base, lookup), result, ROOT, "include")
    return result


def _included(reading: Reading, entry: Value, base: Path, lookup: Lookup) -> Value:
    """What one ``include`` entry brings in."""
    at = entry.origin.primary if entry.origin else None
    paths = [entry] if isinstance(entry.data, str) else _listed(entry.get("path"))
    if not paths:
        raise InputError("an include needs a path.", span=at)
    reading.count(at)
    files = [Path(absolute(str(path.data), base)) for path in paths]
    if str(files[0]) in (*reading.including, *map(str, reading.request.paths)):
        raise InputError(f"{files[0].name} includes itself, through others.", span=at)
    directory = entry.get("project_directory")
    own_base = Path(absolute(str(directory.data), base)) if directory is not None else files[0].parent
    env = [Path(absolute(str(path.data), base)) for path in _listed(entry.get("env_file"))]
    own_lookup = lookup_in(reading.caller, environment(reading, own_base, env, at) if env or own_base != base else {})
    outer, reading.including = reading.including, (*reading.including, str(files[0]))
    try:
        return _load_files(reading, files, own_base, lambda name: lookup(name) or own_lookup(name), at)
    finally:
        reading.including = outer


def _listed(value: Value | None) -> list[Value]:
    if value is None or value.data is None:
        return []
    return list(value.elements()) if isinstance(value.data, list) else [value]


def _project_name(reading: Reading, lookup: Lookup) -> str:
    request = reading.request
    if request.project_name:
        return request.project_name
    from_environment = lookup("COMPOSE_PROJECT_NAME")
    if from_environment and from_environment.value:
        return from_environment.value
    written = [name for file in request.paths for root in reading.source(file).root.roots if (name := _written_name(root, lookup))]
    return re.sub(r"[^-_a-z0-9]", "", (written[-1] if written else request.directory.name).lower()).lstrip("-_")


def _written_name(root: Node, lookup: Lookup) -> str:
    node = root.get("name") if isinstance(root, Mapping_) else None
    if not isinstance(node, Scalar):
        return ""
    try:
        return interpolate(node.value, lookup).text
    except InterpolationError:
        return ""
