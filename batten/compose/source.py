"""Text to syntax: a compose file as nodes that know where they stand, within limits that hostile input cannot pass.

Nodes are built from parser events, not by PyYAML's composer: the composer refuses duplicate anchors (Compose accepts
them) and its C form crashes on deep nesting.
"""

from __future__ import annotations

import functools
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from batten.compose.nodes import Alias, Document, Mapping_, Node, Scalar, Sequence_, resolve, span
from batten.errors import InputError
from batten.model import SourceText, Span

if TYPE_CHECKING:
    import yaml

__all__ = ["STDIN", "Alias", "Document", "Mapping_", "Node", "Scalar", "Sequence_", "parse", "read_source", "resolve", "span"]

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
STDIN = Path("-")
"""The path that stands for standard input."""


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
        parser = loader(text)
        try:
            return _Builder(file).build(iter(parser.get_event, None), yaml.ScalarEvent)
        finally:
            parser.dispose()
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
        self.stack: list[tuple[Mapping_ | Sequence_, Scalar | None]] = []
        """The collections around the current one, each with the key that waits for its value."""
        self.inside: Mapping_ | Sequence_ | None = None
        self.key: Scalar | None = None
        self.heights: dict[int, int] = {}
        self.roots: list[Node] = []
        self.count = 0

    def build(self, events: Iterator[Any], scalar: type[Any]) -> Document:
        """The documents that ``events`` describe; ``scalar`` is the type of event that most of them are."""
        handlers = {name: getattr(self, "on_" + name) for name in _HANDLED}
        anchors = self.anchors
        event: Any
        for event in events:
            if type(event) is scalar:
                tag = event.tag
                node = Scalar(event.value, event.style or None, tag if tag != "!" else None, event.start_mark, event.end_mark)
                if event.anchor:
                    anchors[event.anchor] = node
                self.add(node)
            else:
                name = type(event).__name__
                if name in handlers:
                    handlers[name](event)
        return Document(tuple(self.roots), self.count)

    def fail(self, message: str, mark: Any, hint: str = "") -> InputError:
        return InputError(message, hint=hint, span=Span(self.file, mark.index, mark.index, mark.line + 1, mark.column + 1))

    def on_DocumentStartEvent(self, _event: Any) -> None:
        self.anchors.clear()

    def on_AliasEvent(self, event: Any) -> None:
        target = self.anchors.get(event.anchor)
        mark = event.start_mark
        if target is None:
            raise self.fail(f"the anchor '{event.anchor}' is not defined above.", mark)
        if target is self.inside or any(target is node for node, _ in self.stack):
            raise self.fail(f"the anchor '{event.anchor}' contains itself.", mark)
        self.limit(self.height(target), mark)
        self.add(Alias(event.anchor, target, mark, event.end_mark))

    def on_MappingStartEvent(self, event: Any) -> None:
        self.open(Mapping_(event.flow_style is True, event.tag, event.start_mark), event)

    def on_SequenceStartEvent(self, event: Any) -> None:
        self.open(Sequence_(event.flow_style is True, event.tag, event.start_mark), event)

    def open(self, node: Mapping_ | Sequence_, event: Any) -> None:
        self.limit(1, event.start_mark)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node)
        if self.inside is not None:
            self.stack.append((self.inside, self.key))
        self.inside, self.key = node, None

    def limit(self, height: int, mark: Any) -> None:
        """Refuse what is nested too deeply once aliases are followed."""
        if len(self.stack) + (self.inside is not None) + height > MAX_DEPTH:
            raise self.fail(f"this is nested deeper than {MAX_DEPTH} levels.", mark)

    def height(self, node: Node) -> int:
        """How many levels stand in ``node``, those behind aliases included; never more than the limit, so recursion is safe."""
        node = resolve(node)
        if isinstance(node, Scalar):
            return 0
        if id(node) not in self.heights:
            inner: Iterable[Node] = node.items if isinstance(node, Sequence_) else (value for _, value in node.entries) if isinstance(node, Mapping_) else ()
            self.heights[id(node)] = 1 + max(map(self.height, inner), default=0)
        return self.heights[id(node)]

    def close(self, event: Any) -> None:
        node = self.inside
        assert node is not None
        node._last = event.end_mark
        if isinstance(node, Mapping_) and len({key.value for key, _ in node.entries}) != len(node.entries):
            self.refuse_duplicates(node)
        self.inside, self.key = self.stack.pop() if self.stack else (None, None)

    on_MappingEndEvent = on_SequenceEndEvent = close

    def refuse_duplicates(self, node: Mapping_) -> None:
        lines: dict[str, int] = {}
        for key, _ in node.entries:
            if key.value in lines:
                raise InputError(f"the key '{key.value}' is already defined at line {lines[key.value]}.", span=span(self.file, key))
            lines[key.value] = key.line

    def add(self, node: Node) -> None:
        self.count += 1
        parent = self.inside
        if type(parent) is Mapping_:
            key = self.key
            if key is None:
                self.key = node if type(node) is Scalar else self.key_of(node)
            else:
                parent.entries.append((key, node))
                self.key = None
        elif parent is None:
            self.roots.append(node)
        else:
            parent.items.append(node)  # type: ignore[union-attr]

    def key_of(self, node: Node) -> Scalar:
        target = resolve(node)
        if not isinstance(target, Scalar):
            raise self.fail("a key must be a text, not a list or a mapping.", node._first)
        return Scalar(target.value, target.style, target.tag, node._first, node._last)


_HANDLED = ("DocumentStartEvent", "AliasEvent", "MappingStartEvent", "SequenceStartEvent", "MappingEndEvent", "SequenceEndEvent")
