"""Text to syntax: a compose file as nodes that know where they stand, within limits that hostile input cannot pass.

Nodes are built from parser events, not by PyYAML's composer: the composer refuses duplicate anchors (Compose accepts
them) and its C form crashes on deep nesting.
"""

from __future__ import annotations

import functools
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from batten.errors import InputError
from batten.model import SourceText, Span

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
STDIN = Path("-")
"""The path that stands for standard input."""


class Scalar:
    """A scalar as written: its text after YAML's own unquoting, and its style (None for plain)."""

    __slots__ = ("column", "end", "line", "start", "style", "tag", "value")

    def __init__(self, value: str, style: str | None, tag: str | None, start: int, end: int, line: int, column: int) -> None:
        self.value, self.style, self.tag = value, style, tag
        self.start, self.end, self.line, self.column = start, end, line, column


class Mapping_:
    """A mapping: its entries in order, keys and values as nodes."""

    __slots__ = ("column", "end", "entries", "flow", "line", "start", "tag")

    def __init__(self, flow: bool, tag: str | None, start: int, line: int, column: int) -> None:
        self.entries: list[tuple[Scalar, Node]] = []
        self.flow, self.tag, self.start, self.end, self.line, self.column = flow, tag, start, start, line, column

    def get(self, key: str) -> Node | None:
        """The value under ``key`` as written in this mapping (merge keys are not followed)."""
        return next((value for name, value in self.entries if name.value == key), None)


class Sequence_:
    """A sequence and its items in order."""

    __slots__ = ("column", "end", "flow", "items", "line", "start", "tag")

    def __init__(self, flow: bool, tag: str | None, start: int, line: int, column: int) -> None:
        self.items: list[Node] = []
        self.flow, self.tag, self.start, self.end, self.line, self.column = flow, tag, start, start, line, column


class Alias:
    """A reference to an anchor, with the node it stands for."""

    __slots__ = ("column", "end", "line", "name", "start", "tag", "target")

    def __init__(self, name: str, target: Node, start: int, end: int, line: int, column: int) -> None:
        self.name, self.target, self.tag = name, target, None
        self.start, self.end, self.line, self.column = start, end, line, column


Node: TypeAlias = Scalar | Mapping_ | Sequence_ | Alias


@dataclass(frozen=True, slots=True)
class Document:
    """The documents of one file and how many nodes they have."""

    roots: tuple[Node, ...]
    nodes: int


def resolve(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    return node.target if isinstance(node, Alias) else node


def span(file: str, node: Node) -> Span:
    """Where ``node`` stands in ``file``."""
    return Span(file, node.start, node.end, node.line, node.column)


def read_source(path: Path | str, overlay: Mapping[str, str] | None = None, *, kind: str = "compose") -> SourceText:
    """Read and decode one file; compose files are parsed as well.

    Args:
        path: absolute path, or ``-`` for standard input; ``overlay`` may hold its text instead of the disk.
        overlay: texts by path that take precedence over the disk.
        kind: ``compose`` or ``env``.

    Raises:
        InputError: not there, not a regular file, 8 MiB or more, not UTF-8, or not YAML; with the place.
    """
    file = str(path)
    text = overlay.get(file) if overlay else None
    if text is None:
        text = _decode(file, _standard_input() if file == str(STDIN) else _read_bytes(Path(file)))
    bom = text.startswith("\ufeff")
    if bom:
        text = text[1:]
    root = parse(file, text) if kind == "compose" else None
    return SourceText(file, text, bom, kind, root)


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("this is a folder, not a file.", file=str(path))
        if not stat.S_ISREG(status.st_mode):
            raise InputError("this is not a regular file (a pipe or a device is not read).", file=str(path))
        with path.open("rb") as stream:
            return _limited(stream, str(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}.", file=str(path)) from None


def _limited(stream: BinaryIO, file: str) -> bytes:
    data = stream.read(MAX_BYTES)
    if len(data) >= MAX_BYTES:
        raise InputError("files of 8 MiB or more are not read.", file=file)
    return data


@functools.cache
def _standard_input() -> bytes:
    """What stands on standard input, which can be read only once though a project is read again."""
    return _limited(sys.stdin.buffer, str(STDIN))


def _decode(file: str, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("the file is UTF-16; Compose reads UTF-8 only.", hint="Save it as UTF-8.", file=file)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError("the file is not UTF-8 text.", span=Span(file, error.start, error.end, line, column)) from None
    if "\0" in text:
        raise InputError("the file is binary (it holds a NUL byte).", file=file)
    return text


def parse(file: str, text: str) -> Document:
    """The documents in ``text``; raises InputError with the place where it is not YAML or goes beyond the limits."""
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(file).build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(file, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError("the file holds a character that YAML does not allow.", span=Span(file, error.position, error.position + 1, line, 1)) from None


def _not_yaml(file: str, error: yaml.MarkedYAMLError) -> InputError:
    mark = error.problem_mark or error.context_mark
    place = Span(file, mark.index, mark.index, mark.line + 1, mark.column + 1) if mark else None
    problem = error.problem or "it cannot be parsed"
    hint = "Indent with spaces, not with tabs." if "\\t" in problem or "cannot start any token" in problem else ""
    return InputError(f"this is not valid YAML: {problem}.", hint=hint, span=place, file=file)


class _Builder:
    """Turns parser events into nodes without recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.anchors: dict[str, Node] = {}
        self.stack: list[Mapping_ | Sequence_] = []
        self.keys: list[Scalar | None] = []
        self.heights: list[int] = []
        self.anchored: dict[int, int] = {}
        self.roots: list[Node] = []
        self.count = 0

    def build(self, events: Iterator[Any]) -> Document:
        for event in events:
            handler = getattr(self, "on_" + type(event).__name__, None)
            if handler is not None:
                handler(event)
        return Document(tuple(self.roots), self.count)

    def fail(self, message: str, mark: Any, hint: str = "") -> InputError:
        return InputError(message, hint=hint, span=Span(self.file, mark.index, mark.index, mark.line + 1, mark.column + 1))

    def on_DocumentStartEvent(self, _event: Any) -> None:
        self.anchors = {}

    def on_ScalarEvent(self, event: Any) -> None:
        mark = event.start_mark
        tag = event.tag if event.tag and event.tag != "!" else None
        node = Scalar(event.value, event.style if event.style else None, tag, mark.index, event.end_mark.index, mark.line + 1, mark.column + 1)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node, event)

    def on_AliasEvent(self, event: Any) -> None:
        target = self.anchors.get(event.anchor)
        mark = event.start_mark
        if target is None:
            raise self.fail(f"the anchor '{event.anchor}' is not defined above.", mark)
        if target in self.stack:
            raise self.fail(f"the anchor '{event.anchor}' contains itself.", mark)
        self.rise(self.anchored.get(id(target), 0), mark)
        self.add(Alias(event.anchor, target, mark.index, event.end_mark.index, mark.line + 1, mark.column + 1), event)

    def on_MappingStartEvent(self, event: Any) -> None:
        mark = event.start_mark
        self.open(Mapping_(event.flow_style is True, event.tag, mark.index, mark.line + 1, mark.column + 1), event)

    def on_SequenceStartEvent(self, event: Any) -> None:
        mark = event.start_mark
        self.open(Sequence_(event.flow_style is True, event.tag, mark.index, mark.line + 1, mark.column + 1), event)

    def open(self, node: Mapping_ | Sequence_, event: Any) -> None:
        self.rise(1, event.start_mark)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node, event)
        self.stack.append(node)
        self.keys.append(None)
        self.heights.append(0)

    def rise(self, height: int, mark: Any) -> None:
        """Refuse what is nested too deeply once aliases are followed."""
        if len(self.stack) + height > MAX_DEPTH:
            raise self.fail(f"this is nested deeper than {MAX_DEPTH} levels.", mark)
        if self.heights and height > self.heights[-1]:
            self.heights[-1] = height

    def on_MappingEndEvent(self, event: Any) -> None:
        node = self.stack.pop()
        self.keys.pop()
        self.anchored[id(node)] = height = self.heights.pop() + 1
        if self.heights and height > self.heights[-1]:
            self.heights[-1] = height
        if isinstance(node, Mapping_):
            self.refuse_duplicates(node)
        node.end = event.end_mark.index if node.flow else _block_end(node)

    on_SequenceEndEvent = on_MappingEndEvent

    def refuse_duplicates(self, node: Mapping_) -> None:
        lines: dict[str, int] = {}
        for key, _ in node.entries:
            if key.value in lines:
                raise InputError(f"the key '{key.value}' is already defined at line {lines[key.value]}.", span=span(self.file, key))
            lines[key.value] = key.line

    def add(self, node: Node, event: Any) -> None:
        self.count += 1
        if not self.stack:
            self.roots.append(node)
            return
        parent = self.stack[-1]
        if isinstance(parent, Sequence_):
            parent.items.append(node)
            return
        key = self.keys[-1]
        if key is not None:
            parent.entries.append((key, node))
            self.keys[-1] = None
        else:
            self.keys[-1] = self.key_of(node, event)

    def key_of(self, node: Node, event: Any) -> Scalar:
        target = resolve(node)
        if not isinstance(target, Scalar):
            raise self.fail("a key must be a text, not a list or a mapping.", event.start_mark)
        if isinstance(node, Alias):
            return Scalar(target.value, target.style, target.tag, node.start, node.end, node.line, node.column)
        return target


def _block_end(node: Mapping_ | Sequence_) -> int:
    """The end of the last thing inside: a block's own end mark lies behind the comments that follow it."""
    if isinstance(node, Mapping_):
        return max(node.entries[-1][0].end, node.entries[-1][1].end) if node.entries else node.start
    return node.items[-1].end if node.items else node.start
