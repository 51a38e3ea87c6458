"""The syntax tree of a YAML file: nodes that know where they stand."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from batten.model import Span


class _Placed:
    """What every node has: the parser's marks, from which its place is read when it is asked for."""

    __slots__ = ("_first", "_last", "tag")

    def __init__(self, first: Any, last: Any, tag: str | None) -> None:
        self._first, self._last, self.tag = first, last, tag

    @property
    def start(self) -> int:
        """Offset of its first character."""
        return int(self._first.index)

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return int(self._last.index)

    @property
    def line(self) -> int:
        """Line of its first character, from 1."""
        return int(self._first.line) + 1

    @property
    def column(self) -> int:
        """Column of its first character, from 1."""
        return int(self._first.column) + 1


class Scalar(_Placed):
    """A scalar as written: its text after YAML's own unquoting, and its style (None for plain)."""

    __slots__ = ("style", "value")

    def __init__(self, value: str, style: str | None, tag: str | None, first: Any, last: Any) -> None:
        self.value, self.style = value, style
        self._first, self._last, self.tag = first, last, tag


class Mapping_(_Placed):
    """A mapping: its entries in order, keys and values as nodes."""

    __slots__ = ("entries", "flow")

    def __init__(self, flow: bool, tag: str | None, first: Any) -> None:
        self.entries: list[tuple[Scalar, Node]] = []
        self.flow = flow
        self._first = self._last = first
        self.tag = tag

    @property
    def end(self) -> int:
        """Offset behind the last thing inside; a block's own end mark lies behind the comments that follow it."""
        if self.flow:
            return int(self._last.index)
        return max(self.entries[-1][0].end, self.entries[-1][1].end) if self.entries else self.start

    def get(self, key: str) -> Node | None:
        """The value under ``key`` as written in this mapping (merge keys are not followed)."""
        return next((value for name, value in self.entries if name.value == key), None)


class Sequence_(_Placed):
    """A sequence and its items in order."""

    __slots__ = ("flow", "items")

    def __init__(self, flow: bool, tag: str | None, first: Any) -> None:
        self.items: list[Node] = []
        self.flow = flow
        self._first = self._last = first
        self.tag = tag

    @property
    def end(self) -> int:
        """Offset behind the last thing inside; a block's own end mark lies behind the comments that follow it."""
        if self.flow:
            return int(self._last.index)
        return self.items[-1].end if self.items else self.start


class Alias(_Placed):
    """A reference to an anchor, with the node it stands for."""

    __slots__ = ("name", "target")

    def __init__(self, name: str, target: Node, first: Any, last: Any) -> None:
        super().__init__(first, last, None)
        self.name, self.target = name, target


Node: TypeAlias = Scalar | Mapping_ | Sequence_ | Alias


class Document(NamedTuple):
    """The documents of one file and how many nodes they have."""

    roots: tuple[Node, ...]
    nodes: int


def resolve(node: Node) -> Node:
    """The node itself, or what an alias stands for."""
    return node.target if isinstance(node, Alias) else node


def span(file: str, node: Node) -> Span:
    """Where ``node`` stands in ``file``."""
    return Span(file, node.start, node.end, node.line, node.column)
