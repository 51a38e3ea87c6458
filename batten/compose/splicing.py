"""Splices: small replacements in a text that leave every other byte as it is, and the YAML words that go into them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from batten.compose.scalars import plain
from batten.compose.source import Alias, Document, Mapping_, Node, Scalar, Sequence_
from batten.model import SourceText

_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")
"""What JSON leaves as it is and YAML does not take, or takes for a line end."""
_SAFE = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./@:=+*-]*\Z")
_SWITCH = re.compile(r"(?:y|n|yes|no|on|off|[0-9]+(?::[0-5]?[0-9])+)\Z", re.IGNORECASE)
"""Words that readers of YAML 1.1, docker/cli before 23 among them, take for booleans (as keys too) or for numbers to the base of 60."""
MASK = "••••••••"


class Splice(NamedTuple):
    """Replace ``text[start:end]`` of a file; an insertion where both are equal."""

    start: int
    end: int
    text: str


class Token(str):
    """A scalar that is written as it is, such as an octal number."""

    __slots__ = ()


class Template(str):
    """A text whose ``${NAME}`` stand for variables; its other ``$`` are doubled already."""

    __slots__ = ()


class OverlapError(ValueError):
    """Two splices want the same characters."""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """``text`` with the splices made. Raises OverlapError.

    Of several insertions of lines at one place, what is nested deeper goes first: it belongs to what stands above.
    """
    parts: list[str] = []
    position = 0
    for splice in sorted(splices, key=lambda one: (one.start, one.end, *_depth(one.text))):
        if splice.start < position:
            raise OverlapError("two changes overlap")
        parts += [text[position : splice.start], splice.text]
        position = splice.end
    return "".join([*parts, text[position:]])


def _depth(text: str) -> tuple[int, bool]:
    """Sort key of inserted lines: the less they are indented, the later; at one depth items of a list go before keys."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return len(first.lstrip(" ")) - len(first), not first.lstrip(" ").startswith("- ")


def newline(text: str) -> str:
    """The line end that a text uses."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def line_start(text: str, offset: int) -> int:
    """Offset of the first character of the line that holds ``offset``."""
    return text.rfind("\n", 0, offset) + 1


def line_end(text: str, offset: int) -> int:
    """Offset of the line end (``\\n`` or ``\\r\\n``) at or behind ``offset``, or of the end of the text."""
    end = text.find("\n", offset)
    if end < 0:
        return len(text)
    return end - 1 if end > offset and text[end - 1] == "\r" else end


def behind_line(text: str, offset: int) -> int:
    """Offset of the first character of the line behind the one that holds ``offset``."""
    end = text.find("\n", offset)
    return len(text) if end < 0 else end + 1


def tail(text: str, node: Node) -> int:
    """Offset behind the last character of a node; a block scalar's trailing line ends count where they belong to it (``|+``)."""
    if isinstance(node, Mapping_) and not node.flow:
        return max(node.entries[-1][0].end, tail(text, node.entries[-1][1])) if node.entries else node.start
    if isinstance(node, Sequence_) and not node.flow:
        return tail(text, node.items[-1]) if node.items else node.start
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        if "+" in text[node.start : line_end(text, node.start)].partition("#")[0]:
            return node.end - text.endswith("\n", node.start, node.end)
        return node.start + len(text[node.start : node.end].rstrip())
    return node.end


_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*")


def body(text: str, node: Node) -> int:
    """Offset of a node's own text, behind its anchor and its tag."""
    match = None if isinstance(node, Alias) else _PROPERTIES.match(text, node.start, max(node.end, node.start))
    return match.end() if match else node.start


class Reference(str):
    """The name of a variable whose value is to stand here; without one the reference refuses the file."""

    __slots__ = ()


def scalar(value: Any) -> str:
    """A scalar as YAML, quoted where it would be read as something else; ``$`` is doubled, so that nothing is replaced in it."""
    if isinstance(value, Reference):
        return json.dumps(f"${{{value}:?}}")
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, Token):
        return str(value)
    return key_text(str(value) if isinstance(value, Template) else str(value).replace("$", "$$"))


def key_text(text: str) -> str:
    """A key as YAML, quoted where it would be read as something else; nothing is replaced in keys, so that ``$`` stays as it is."""
    if _SAFE.match(text) and isinstance(plain(text), str) and not text.endswith(":") and not _SWITCH.match(text):
        return text
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False))


def flow(value: Any) -> str:
    """Any plain value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_text(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    text = scalar(value)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) and re.search(r"[,\[\]{}]", text) and text[0] != '"' else text


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,\[\]{}"]+')
_JSON_TOKEN = re.compile(r'".*"\Z|:\Z|!.*|(?:true|false|null|-?[0-9]+(?:\.[0-9]+)?)\Z', re.DOTALL)


def is_json(document: Document | None) -> bool:
    """Whether a file is written as JSON, which new text should not spoil."""
    root = document.roots[0] if document is not None and document.roots else None
    return isinstance(root, Mapping_) and root.flow and bool(root.entries) and root.entries[0][0].style == '"'


def json_words(text: str) -> str:
    """Words in flow style with every text in double quotes."""

    def quoted(match: re.Match[str]) -> str:
        word = match[0]
        if _JSON_TOKEN.match(word):
            return word
        return json.dumps(word.removesuffix(":")) + (":" if word.endswith(":") else "")

    return _TOKEN.sub(quoted, text)


def block(value: Any, indent: int) -> list[str]:
    """The lines of a mapping or a list in block style, indented by ``indent`` spaces."""
    lines: list[str] = []
    pad = " " * indent
    if isinstance(value, Mapping):
        for key, item in value.items():
            lines += _entry(f"{pad}{key_text(key)}:", item, indent)
    else:
        for item in value:
            lines.append(f"{pad}- {flow(item)}")
    return lines


def _entry(head: str, item: Any, indent: int) -> list[str]:
    if isinstance(item, (Mapping, list, tuple)) and item:
        return [head, *block(item, indent + 2)]
    if item is None or item == {}:
        return [head if item is None else f"{head} {{}}"]
    return [f"{head} {flow(item)}"]


def nodes_of(document: Document) -> Iterator[Node]:
    """Every node of a document, keys included, in the order of the text; aliases are not followed."""
    pending: list[Node] = list(reversed(document.roots))
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Mapping_):
            pending += [part for key, value in reversed(node.entries) for part in (value, key)]
        elif isinstance(node, Sequence_):
            pending += reversed(node.items)


def scalars_of(document: Document) -> Iterator[Scalar]:
    """Every scalar of a document, keys included, in the order of the text."""
    return (node for node in nodes_of(document) if isinstance(node, Scalar))


def aliases_of(document: Document, target: Node) -> Iterator[Alias]:
    """Every place of a document that uses ``target`` by its anchor's name."""
    return (node for node in nodes_of(document) if isinstance(node, Alias) and node.target is target)


def comments(source: SourceText) -> Iterator[tuple[int, int]]:
    """Start and end of every comment of a compose or env file."""
    text = source.text
    taken = sorted((node.start, node.end) for node in scalars_of(source.root)) if source.root is not None else []
    position = 0
    for start, end in [*taken, (len(text), len(text))]:
        for match in re.finditer(r"(?m)(?:(?<=\s)|^)#[^\r\n]*", text[position:start]):
            yield position + match.start(), position + match.end()
        position = max(position, end)
