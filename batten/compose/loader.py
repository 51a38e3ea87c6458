"""Files to one resolved tree: several files, overrides, ``extends``, ``include``, env files and the project's name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from batten.compose import checks, normal, typed
from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition, InterpolationError, Lookup, interpolate, lookup_in
from batten.compose.keys import ROOT, spec_at
from batten.compose.merging import merge, settle
from batten.compose.paths import absolute, resolve_paths
from batten.compose.source import Mapping_, Scalar, read_source
from batten.compose.values import Builder
from batten.errors import InputError
from batten.model import Project, Request, SourceText, Value

if TYPE_CHECKING:
    from batten.compose.source import Node

_SERVICE = spec_at("services", "*")
_SPREAD = 200_000
"""Values that aliases may add to a file beyond ten for each of its nodes."""


@dataclass
class Reading:
    """What one call reads and where it looks things up."""

    overlay: Mapping[str, str]
    caller: Mapping[str, Definition]
    sources: dict[str, SourceText] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    built: dict[tuple[str, Path], list[Value]] = field(default_factory=dict)
    including: tuple[str, ...] = ()

    def source(self, path: Path | str, kind: str = "compose") -> SourceText:
        """The text of a file, read once."""
        key = str(path)
        if key not in self.sources:
            self.sources[key] = read_source(key, self.overlay, kind=kind)
        return self.sources[key]


def load_project(
    paths: Sequence[Path],
    *,
    profiles: Sequence[str] = ("*",),
    env_files: Sequence[Path] = (),
    project_name: str | None = None,
    environ: Mapping[str, str] | None = None,
    overlay: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> Project:
    """Read a project as ``docker compose config`` would.

    Args:
        paths: the compose files in ``-f`` order.
        profiles: active profiles; ``*`` (the default) is all of them.
        env_files: what stands in for ``.env``.
        project_name: as ``--project-name``.
        environ: the caller's environment; the process's own where None.
        overlay: texts by absolute path that are taken instead of what is on disk.
        directory: the project directory, where it is not the folder of the first file.

    Raises:
        InputError: something cannot be read or does not make a project; with its place.
    """
    files = tuple(Path(os.path.abspath(path)) for path in paths)
    base = Path(os.path.abspath(directory)) if directory else files[0].parent
    env = tuple(Path(os.path.abspath(path)) for path in env_files)
    return load(Request(files, base, tuple(profiles), env, project_name, environ), overlay)


def variables_of(request: Request) -> Lookup:
    """The variables that a request's files may refer to: the caller's, then those of ``.env``. Raises InputError."""
    return _variables(Reading({}, _caller(request)), request)


def _caller(request: Request) -> dict[str, Definition]:
    caller = {"PWD": os.getcwd(), **(os.environ if request.environ is None else request.environ)}
    return {name: Definition(value, None) for name, value in caller.items()}


def _variables(reading: Reading, request: Request) -> Lookup:
    return lookup_in(reading.caller, _environment(reading, request.directory, request.env_files))


def load(request: Request, overlay: Mapping[str, str] | None = None) -> Project:
    """Read what was asked for before, perhaps with other texts than those on disk; raises InputError."""
    reading = Reading(overlay or {}, _caller(request))
    variables = _variables(reading, request)
    name = _project_name(reading, request.paths, request.project_name, variables, request.directory)
    named = Definition(name, None)
    lookup: Lookup = lambda variable: named if variable == "COMPOSE_PROJECT_NAME" else variables(variable)  # noqa: E731
    tree = settle(_load_files(reading, request.paths, request.directory, lookup), ROOT)
    checks.check_services(tree)
    tree = normal.normalise(tree, name, lookup, lambda path: reading.source(path, "env"))
    notes = [f"The variable {variable} is not set: it became empty." for variable in sorted(reading.missing)]
    tree = _chosen(tree, request.profiles, lookup, notes)
    return typed.project(tree, name, request, reading.sources, tuple(notes))


def _chosen(tree: Value, profiles: Sequence[str], lookup: Lookup, notes: list[str]) -> Value:
    """The checked tree with the services of the chosen profiles.

    Compose does not check what is inactive. So where every profile is wanted only to look at it, a service that could
    not run when its profile were active is left out, and said.
    """
    named = lookup("COMPOSE_PROFILES")
    certain = normal.active(tree, [profile for profile in profiles if profile != "*"] or (named.value.split(",") if named else []))
    if "*" not in profiles:
        tree = normal.without(tree, set(tree.data["services"].data) - certain)
    broken = checks.broken_services(tree, set(tree.data["services"].data) - certain)
    notes.extend(f"The service {name} is left out: its profile is not active, and {reason}" for name, reason in sorted(broken.items()))
    tree = normal.without(tree, broken)
    checks.check(tree)
    return tree


def _environment(reading: Reading, base: Path, env_files: Sequence[Path]) -> dict[str, Definition]:
    """The variables of ``.env`` or of what stands in for it."""
    chosen = [Path(os.path.abspath(path)) for path in env_files] or [base / ".env"]
    found: dict[str, Definition] = {}
    for path in chosen:
        if not env_files and str(path) not in reading.overlay and not path.is_file():
            continue
        for entry in parse_env(reading.source(path, "env"), lookup_in(reading.caller)):
            if entry.value is not None:
                found[entry.name] = Definition(entry.value, entry.span)
    return found


def _load_files(reading: Reading, files: Sequence[Path], base: Path, lookup: Lookup) -> Value:
    tree: Value | None = None
    for file in files:
        for document in _documents(reading, file, base, lookup):
            extended = _with_extends(reading, document, file, base, lookup)
            checks.check_extended(extended)
            tree = extended if tree is None else merge(tree, extended, ROOT, "override")
    if tree is None:
        raise InputError("this compose file is empty.", hint="A compose file needs a 'services' mapping.", file=str(files[0]))
    return _with_includes(reading, tree, base, lookup)


def _documents(reading: Reading, file: Path, base: Path, lookup: Lookup) -> list[Value]:
    """The documents of one file as canonical values with absolute paths."""
    key = (str(file), base)
    if key not in reading.built:
        root = reading.source(file).root
        builder = Builder(str(file), lookup, _SPREAD + 10 * root.nodes)
        reading.built[key] = [resolve_paths(_document(builder, node, str(file)), base) for node in root.roots if not _is_empty(node)]
        reading.missing |= builder.missing
    return reading.built[key]


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value == ""


def _document(builder: Builder, node: Node, file: str) -> Value:
    if not isinstance(node, Mapping_):
        raise InputError("this is not a compose file: the top of it must be a mapping with 'services'.", file=file)
    value = builder.build(node)
    checks.check_document(value)
    return value


def _with_extends(reading: Reading, document: Value, file: Path, base: Path, lookup: Lookup) -> Value:
    services = document.get("services")
    if services is None or not any(service.get("extends") is not None for _, service in services.items()):
        return document
    names = {name: _extended(reading, document, name, file, base, lookup, ()) for name, _ in services.items()}
    return Value({**document.data, "services": Value(names, services.origin)}, document.origin)


def _extended(reading: Reading, document: Value, name: str, file: Path, base: Path, lookup: Lookup, chain: tuple[tuple[str, str], ...]) -> Value:
    """Service ``name`` of ``document`` merged over what it extends."""
    service = document.get("services", name)
    assert service is not None
    extends = service.get("extends")
    if extends is None or extends.data is None:
        return service
    step = (str(file), name)
    if step in chain:
        raise InputError(f"the service '{name}' extends itself, through others.", span=extends.origin.primary if extends.origin else None)
    target = extends.get("service")
    if target is None or not isinstance(target.data, str):
        raise InputError("extends needs the name of a service.", span=extends.origin.primary if extends.origin else None)
    other = extends.get("file")
    source_file = Path(absolute(str(other.data), base)) if other is not None else file
    source_base = source_file.parent if other is not None else base
    source = _holding(reading, document if other is None else None, source_file, source_base, target.data, lookup, extends)
    parent = _extended(reading, source, target.data, source_file, source_base, lookup, (*chain, step))
    own = Value({key: value for key, value in service.data.items() if key != "extends"}, service.origin)
    inherited = Value({key: value for key, value in parent.data.items() if key != "extends"}, parent.origin)
    return merge(inherited, own, _SERVICE, "extends")


def _holding(reading: Reading, document: Value | None, file: Path, base: Path, service: str, lookup: Lookup, extends: Value) -> Value:
    """The document that holds the service that is extended."""
    candidates = [document] if document is not None else _documents(reading, file, base, lookup)
    found = next((candidate for candidate in candidates if candidate.get("services", service) is not None), None)
    if found is None or not isinstance(found.get("services", service).data, dict):  # type: ignore[union-attr]
        raise InputError(f"it extends the service '{service}', which {file.name} does not have.", span=extends.origin.primary if extends.origin else None)
    return found


def _with_includes(reading: Reading, tree: Value, base: Path, lookup: Lookup) -> Value:
    include = tree.get("include")
    if include is None:
        return tree
    result = Value({key: value for key, value in tree.data.items() if key != "include"}, tree.origin)
    for entry in include.elements():
        result = _import(result, _included(reading, entry, base, lookup), entry)
    return result


def _included(reading: Reading, entry: Value, base: Path, lookup: Lookup) -> Value:
    """What one ``include`` entry brings in."""
    paths = [entry] if isinstance(entry.data, str) else _listed(entry.get("path"))
    if not paths:
        raise InputError("an include needs a path.", span=entry.origin.primary if entry.origin else None)
    files = [Path(absolute(str(path.data), base)) for path in paths]
    if str(files[0]) in reading.including:
        raise InputError(f"{files[0].name} includes itself, through others.", span=entry.origin.primary if entry.origin else None)
    directory = entry.get("project_directory")
    own_base = Path(absolute(str(directory.data), base)) if directory is not None else files[0].parent
    env = [Path(absolute(str(path.data), base)) for path in _listed(entry.get("env_file"))]
    own_lookup = lookup_in(reading.caller, _environment(reading, own_base, env) if env or own_base != base else {})
    outer, reading.including = reading.including, (*reading.including, str(files[0]))
    try:
        return settle(_load_files(reading, files, own_base, lambda name: lookup(name) or own_lookup(name)), ROOT)
    finally:
        reading.including = outer


def _listed(value: Value | None) -> list[Value]:
    if value is None or value.data is None:
        return []
    return list(value.elements()) if isinstance(value.data, list) else [value]


def _import(tree: Value, part: Value, entry: Value) -> Value:
    """``tree`` with the resources of an included project; the same name twice is an error unless both say the same."""
    result = dict(tree.data)
    for kind in ("services", "networks", "volumes", "secrets", "configs", "models"):
        brought = part.get(kind)
        if brought is None:
            continue
        own = dict(result[kind].data) if kind in result else {}
        for name, value in brought.items():
            if name in own and own[name].plain() != value.plain():
                raise InputError(f"{kind}.{name} is defined here and in an included file.", span=entry.origin.primary if entry.origin else None)
            own.setdefault(name, value)
        result[kind] = Value(own, result[kind].origin if kind in result else brought.origin)
    for name, value in part.items():
        if name.startswith("x-"):
            result.setdefault(name, value)
    return Value(result, tree.origin)


def _project_name(reading: Reading, files: Sequence[Path], given: str | None, lookup: Lookup, base: Path) -> str:
    if given:
        return given
    from_environment = lookup("COMPOSE_PROJECT_NAME")
    if from_environment and from_environment.value:
        return from_environment.value
    written = [name for file in files for root in reading.source(file).root.roots if (name := _written_name(root, lookup))]
    return re.sub(r"[^-_a-z0-9]", "", (written[-1] if written else base.name).lower()).lstrip("-_")


def _written_name(root: Node, lookup: Lookup) -> str:
    node = root.get("name") if isinstance(root, Mapping_) else None
    if not isinstance(node, Scalar):
        return ""
    try:
        return interpolate(node.value, lookup).text
    except InterpolationError:
        return ""
