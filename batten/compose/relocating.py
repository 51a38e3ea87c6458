"""A project that is to run from another folder: relative paths of its compose files rewritten, so that they name the same files."""

from __future__ import annotations

import json
from collections.abc import Iterator

from batten.compose import insertion
from batten.compose.companions import include_of
from batten.compose.interpolation import interpolate
from batten.compose.keys import ROOT, Spec
from batten.compose.moving import Moves, relative
from batten.compose.paths import absolute, is_url
from batten.compose.ports import split_mount
from batten.compose.source import Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, body, tail
from batten.model import SourceText


class Relocation:
    """Splices that make the paths of one file name the same files from where it will be read, or their copies where they move along.

    Args:
        source: the file.
        moves: what goes where.
    """

    def __init__(self, source: SourceText, moves: Moves) -> None:
        self.source, self.moves, self.lookup = source, moves, moves.variables(source.file)
        self.old, self.new = moves.base(source.file), moves.target(source.file)
        self.prefix = relative(self.old, self.new)
        self.found: dict[int, Splice] = {}

    def splices(self) -> list[Splice]:
        """One splice for each path."""
        for root in self.source.root.roots:
            if isinstance(root, Mapping_):
                self._walk(root, ROOT)
                self._includes(root)
        return list(self.found.values())

    def _walk(self, node: Node, spec: Spec) -> None:
        node = resolve(node)
        if spec.key.form == "volumes":
            self._volumes(node)
        elif isinstance(node, Scalar):
            self._scalar(node, spec)
        elif isinstance(node, Mapping_):
            self._mapping(node, spec)
        elif isinstance(node, Sequence_):
            for item in node.items:
                self._walk(item, spec.child("*") if spec.key.form != "envfiles" else spec)

    def _scalar(self, node: Scalar, spec: Spec) -> None:
        if spec.key.path:
            self._path(node, url=spec.key.path == "context")
        elif spec.key.form in ("build", "envfiles", "strings") and (spec.child("*").key.path or spec.child("context").key.path or spec.key.form == "envfiles"):
            self._path(node, url=spec.key.form == "build", copied=spec.key.form == "envfiles")

    def _mapping(self, node: Mapping_, spec: Spec) -> None:
        for key, value in node.entries:
            if key.value == "<<":
                for part in _merged(value):
                    self._walk(part, spec)
            elif spec.key.form == "envfiles":
                if key.value == "path":
                    self._path_of(value)
            elif spec.key.form == "extends":
                if key.value == "file":
                    self._path_of(value)
            elif key.value == "additional_contexts" and isinstance(resolve(value), Sequence_):
                self._contexts(resolve(value))
            elif key.value == "driver_opts" and isinstance(resolve(value), Mapping_):
                self._driver_options(resolve(value))
            else:
                self._walk(value, spec.child(key.value))

    def _path_of(self, node: Node, *, copied: bool = True) -> None:
        target = resolve(node)
        if isinstance(target, Scalar):
            self._path(target, copied=copied)
        elif isinstance(target, Sequence_):
            for item in target.items:
                self._path_of(item, copied=copied)

    def _includes(self, root: Mapping_) -> None:
        include = resolve(root.get("include")) if root.get("include") is not None else None  # type: ignore[arg-type]
        for item in include.items if isinstance(include, Sequence_) else []:
            entry = resolve(item)
            if isinstance(entry, Mapping_):
                for key in ("path", "env_file", "project_directory"):
                    value = entry.get(key)
                    if value is not None:
                        self._path_of(value, copied=key == "path")
            else:
                self._path_of(entry)
            self._included_folder(entry)

    def _included_folder(self, entry: Node) -> None:
        """Say which folder an included file is read from, where the file itself moves along."""
        paths, folder = include_of(entry, self.old, self.lookup)
        if not paths or paths[0] not in self.moves.names:
            return
        written = entry.get("project_directory") if isinstance(entry, Mapping_) else None
        place = relative(folder, self.new) if self.moves.stays(paths[0]) else "."
        if isinstance(written, Scalar):
            if place == ".":
                self._replace(written, place)
        elif place != "." and isinstance(entry, Mapping_):
            splice = insertion.key(self.source.text, entry, "project_directory", insertion.Raw(json.dumps(place)))
            self.found[-entry.start - 1] = splice
        elif place != ".":
            name = relative(self.moves.new / self.moves.names[paths[0]], self.new)
            words = f"{{path: {json.dumps(name)}, project_directory: {json.dumps(place)}}}"
            self.found[entry.start] = Splice(body(self.source.text, entry), entry.end, words)

    def _contexts(self, node: Node) -> None:
        """Additional build contexts in a list: ``name=path``."""
        for item in node.items if isinstance(node, Sequence_) else []:
            target = resolve(item)
            if isinstance(target, Scalar):
                name, _, path = self._text(target).partition("=")
                if target.value.startswith(f"{name}="):
                    self._path(target, url=True, text=path, start=len(name) + 1)

    def _driver_options(self, node: Node) -> None:
        device, kind = (node.get("device"), node.get("o")) if isinstance(node, Mapping_) else (None, None)
        if isinstance(device, Scalar) and isinstance(kind, Scalar) and "bind" in kind.value.split(",") and device.value.startswith((".", "~")):
            self._path(device)

    def _volumes(self, node: Node) -> None:
        for item in node.items if isinstance(node, Sequence_) else []:
            target = resolve(item)
            if isinstance(target, Scalar):
                source = split_mount(self._text(target))[0]
                if ":" in self._text(target) and source.startswith("."):
                    self._path(target, text=source)
            elif isinstance(target, Mapping_):
                kind, path = _merged_get(target, "type"), _merged_get(target, "source")
                if isinstance(kind, Scalar) and kind.value == "bind" and isinstance(path, Scalar):
                    self._path(path)

    def _text(self, node: Scalar) -> str:
        return interpolate(node.value, self.lookup).text

    def _path(self, node: Scalar, *, url: bool = False, text: str | None = None, start: int = 0, copied: bool = False) -> None:
        """Note the splice of one path.

        Args:
            node: the scalar that holds it.
            url: whether it may be a URL.
            text: the resolved path, where the scalar holds more than that.
            start: where in the scalar it begins.
            copied: whether a copy of the file, if one moves along, is what is meant: mounts and build contexts keep the original.
        """
        resolved = self._text(node) if text is None else text
        if not resolved or (url and is_url(resolved)):
            return
        goal = absolute(resolved, self.old)
        copy = self.moves.names.get(goal) if copied else None
        if copy is not None:
            if absolute(resolved, self.new) != str(self.moves.new / copy):
                self._replace(node, relative(self.moves.new / copy, self.new))
            return
        if self.old != self.new and not resolved.startswith(("/", "~")):
            head, rest = node.value[:start], node.value[start:]
            self._replace(node, head + self._moved(rest, resolved))

    def _moved(self, written: str, resolved: str) -> str:
        """A path, and what follows it in the same text, from the other folder; a text with variables is left as it is, behind the way to it."""
        if "$" not in written:
            return relative(absolute(resolved, self.old), self.new) + written[len(resolved) :]
        return self.prefix + written[1:] if written.startswith("./") else f"{self.prefix}/{written}"

    def _replace(self, node: Scalar, text: str) -> None:
        self.found[node.start] = Splice(body(self.source.text, node), tail(self.source.text, node), _in_style(node, text))


def _merged(value: Node) -> Iterator[Node]:
    target = resolve(value)
    yield from (target.items if isinstance(target, Sequence_) else [target])


def _merged_get(node: Mapping_, key: str) -> Node | None:
    found = node.get(key)
    if found is None and node.get("<<") is not None:
        for part in _merged(node.get("<<")):  # type: ignore[arg-type]
            target = resolve(part)
            found = _merged_get(target, key) if isinstance(target, Mapping_) else None
            if found is not None:
                break
    return resolve(found) if found is not None else None


def _in_style(node: Scalar, text: str) -> str:
    if node.style == "'":
        return "'" + text.replace("'", "''") + "'"
    if node.style is None and not any(mark in text for mark in (": ", " #", "{", "[", ",", "\\", '"')):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
