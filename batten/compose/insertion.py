"""New keys, items and sections in a text: where they go and how they are indented, in block and in flow style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, behind_line, block, flow, line_end, line_start, newline, scalar, tail
from batten.model import SourceText


class Refused(Exception):
    """A change cannot be written here; the text says why."""


class Raw(str):
    """A scalar that is copied as it stands in the user's text, quotes and variables included."""

    __slots__ = ()


def _words(value: Any) -> str:
    return str(value) if isinstance(value, Raw) else flow(value)


def flow_list(items: Sequence[Any]) -> str:
    """A list on one line."""
    return "[" + ", ".join(_words(item) for item in items) + "]"


def _lines_at(text: str, offset: int, lines: Sequence[str]) -> Splice:
    """Whole lines inserted at the start of a line, or behind the last one where the text ends without a line end."""
    end = newline(text)
    if offset == len(text) and text and not text.endswith("\n"):
        return Splice(offset, offset, "".join(end + line for line in lines))
    return Splice(offset, offset, "".join(line + end for line in lines))


def _behind(text: str, node: Node, indent: int) -> int:
    """Start of the line behind a block node, and behind comments that directly follow and belong to it by their indentation."""
    offset = behind_line(text, tail(text, node))
    while offset < len(text):
        line = text[offset : line_end(text, offset)]
        if not line.strip().startswith("#") or len(line) - len(line.lstrip(" ")) < indent:
            break
        offset = behind_line(text, offset)
    return offset


def key(text: str, node: Mapping_, name: str, value: Any, *, tag: str = "") -> Splice:
    """A new key at the end of a mapping that is not empty."""
    if node.flow:
        head = f"{name}: {tag} ".replace("  ", " ") if tag else f"{name}: "
        words = flow_list(value) if isinstance(value, list) else _words(value)
        return Splice(node.end - 1, node.end - 1, _separator(text, node) + head + words)
    indent = node.entries[0][0].column - 1
    head = f"{' ' * indent}{name}:" + (f" {tag}" if tag else "")
    if isinstance(value, list):
        lines = [head, *(f"{' ' * (indent + 2)}- {_words(item)}" for item in value)]
    elif isinstance(value, dict):
        lines = [head, *block(value, indent + 2)]
    else:
        lines = [f"{head} {_words(value)}"]
    return _lines_at(text, _behind(text, node, indent), lines)


def _separator(text: str, node: Mapping_ | Sequence_) -> str:
    """What must stand between the last part of a flow node and a new one."""
    body = text[node.start + 1 : node.end - 1].rstrip()
    return "" if not body or body.endswith(",") else ", "


def append(text: str, node: Sequence_, items: Sequence[Any]) -> Splice:
    """New items at the end of a list that is not empty."""
    if node.flow:
        return Splice(node.end - 1, node.end - 1, _separator(text, node) + ", ".join(_words(item) for item in items))
    indent = node.column - 1
    return _lines_at(text, behind_line(text, tail(text, node)), [f"{' ' * indent}- {_words(item)}" for item in items])


def tag(text: str, name: Scalar, word: str) -> Splice:
    """A tag between a key's colon and its value."""
    colon = text.index(":", name.end) + 1
    return Splice(colon, colon, f" {word}")


def below(text: str, name: Scalar, lines: Sequence[str]) -> Splice:
    """Lines below a key that has no value yet."""
    return _lines_at(text, behind_line(text, name.end), lines)


def entries(text: str, node: Mapping_, new: Sequence[tuple[str, Any, str]]) -> Splice:
    """New entries, ``(key, value, comment)``, at the end of a top-level section."""
    if node.flow:
        words = ", ".join(f"{scalar(name)}: {flow(value) if value is not None else '{}'}" for name, value, _ in new)
        return Splice(node.end - 1, node.end - 1, _separator(text, node) + words)
    indent = node.entries[0][0].column - 1
    return _lines_at(text, _behind(text, node, indent), _entry_lines(new, indent))


def _entry_lines(new: Sequence[tuple[str, Any, str]], indent: int) -> list[str]:
    lines: list[str] = []
    for name, value, comment in new:
        if comment:
            lines.append(f"{' ' * indent}# {' '.join(comment.split())}")
        lines += block({name: value}, indent)
    return lines


def new_section(source: SourceText, name: str, new: Sequence[tuple[str, Any, str]]) -> Splice:
    """A new top-level section at the end of the file."""
    text = source.text
    root = source.root.roots[-1]
    if not isinstance(root, Mapping_):
        raise Refused("the file has no mapping to add a section to")
    if root.flow:
        words = ", ".join(f"{scalar(entry)}: {flow(value) if value is not None else '{}'}" for entry, value, _ in new)
        return Splice(root.end - 1, root.end - 1, f"{_separator(text, root)}{name}: {{{words}}}")
    if any(written.value == name for written, _ in root.entries):
        raise Refused(f"the section '{name}' is there in a form that takes no new entries")
    indent = root.column - 1
    lines = ["", f"{' ' * indent}{name}:", *_entry_lines(new, indent + 2)]
    rest = text[tail(text, root) :]
    offset = len(text) if "\n..." not in rest else behind_line(text, tail(text, root))
    return _lines_at(text, offset, lines)


def members(text: str, node: Node, wanted: dict[str, Any]) -> Iterator[Splice]:
    """A service's ``networks`` turned into the wanted ones, comments beside them kept."""
    if isinstance(node, Alias):
        words = flow(wanted) if any(wanted.values()) else flow_list(list(wanted))
        yield Splice(node.start, node.end, words)
    elif isinstance(node, Sequence_) and not node.flow and not any(wanted.values()):
        yield from _members_in_list(text, node, wanted)
    elif isinstance(node, Mapping_) and not node.flow:
        yield from _members_in_mapping(text, node, wanted)
    elif isinstance(node, (Mapping_, Sequence_)) and node.flow:
        yield Splice(node.start, node.end, flow(wanted) if any(wanted.values()) else flow_list(list(wanted)))
    else:
        raise Refused("its networks are written in a form that cannot be changed")


def _members_in_list(text: str, node: Sequence_, wanted: dict[str, Any]) -> Iterator[Splice]:
    items = [(str(getattr(resolve(item), "value", "")), item) for item in node.items]
    gone = [item for name, item in items if name not in wanted]
    new = [name for name in wanted if name not in {written for written, _ in items}]
    for item, name in zip(gone, new, strict=False):
        yield Splice(item.start, item.end, scalar(name))
    for item in gone[len(new) :]:
        yield removed_line(text, line_start(text, item.start), tail(text, item))
    if new[len(gone) :]:
        yield append(text, node, new[len(gone) :])


def _members_in_mapping(text: str, node: Mapping_, wanted: dict[str, Any]) -> Iterator[Splice]:
    if any(name.value == "<<" for name, _ in node.entries):
        raise Refused("its networks are merged from another place")
    gone = [(name, value) for name, value in node.entries if name.value not in wanted]
    new = [name for name in wanted if name not in {written.value for written, _ in node.entries}]
    for (name, _), fresh in zip(gone, new, strict=False):
        yield Splice(name.start, name.end, scalar(fresh))
    for name, value in gone[len(new) :]:
        yield removed_line(text, line_start(text, name.start), max(name.end + 1, tail(text, value)))
    if new[len(gone) :]:
        indent = node.entries[0][0].column - 1
        yield _lines_at(text, behind_line(text, tail(text, node)), block({name: wanted[name] for name in new[len(gone) :]}, indent))


def removed_line(text: str, start: int, end: int) -> Splice:
    """Whole lines taken out; a comment at the end of the last one stays, on a line of its own."""
    rest = text[end : line_end(text, end)]
    comment = rest[rest.index("#") :] if "#" in rest else ""
    if not comment:
        return Splice(start, behind_line(text, end), "")
    indent = len(text[start:end]) - len(text[start:end].lstrip(" "))
    return Splice(start, behind_line(text, end), " " * indent + comment + newline(text))
