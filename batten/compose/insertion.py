"""New keys, items and sections in a text: where they go and how they are indented, in block and in flow style."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, resolve
from batten.compose.splicing import Splice, behind_line, block, body, flow, key_text, line_end, line_start, newline, scalar, tail
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
        return _added(text, node, head + words)
    indent = node.entries[0][0].column - 1
    head = f"{' ' * indent}{name}:" + (f" {tag}" if tag else "")
    if isinstance(value, list):
        lines = [head, *(f"{' ' * (indent + 2)}- {_words(item)}" for item in value)]
    elif isinstance(value, dict):
        lines = [head, *block(value, indent + 2)]
    else:
        lines = [f"{head} {_words(value)}"]
    return _lines_at(text, _behind(text, node, indent), lines)


def _added(text: str, node: Mapping_ | Sequence_, words: str) -> Splice:
    """A new part at the end of a flow node, directly behind the last one."""
    last = node.entries[-1][1] if isinstance(node, Mapping_) and node.entries else node.items[-1] if isinstance(node, Sequence_) and node.items else None
    if last is not None and last.end > last.start:
        return Splice(tail(text, last), tail(text, last), f", {words}")
    inside = text[body(text, node) + 1 : node.end - 1].rstrip()
    return Splice(node.end - 1, node.end - 1, words if not inside or inside.endswith(",") else f", {words}")


def append(text: str, node: Sequence_, items: Sequence[Any]) -> Splice:
    """New items at the end of a list; an empty one is a flow list."""
    if node.flow:
        return _added(text, node, ", ".join(_words(item) for item in items))
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
        words = ", ".join(f"{key_text(name)}: {flow(value) if value is not None else '{}'}" for name, value, _ in new)
        return _added(text, node, words)
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
        words = ", ".join(f"{key_text(entry)}: {flow(value) if value is not None else '{}'}" for entry, value, _ in new)
        return _added(text, root, f"{name}: {{{words}}}")
    if any(written.value == name for written, _ in root.entries):
        raise Refused(f"the section '{name}' is there in a form that takes no new entries")
    indent = root.column - 1
    lines = ["", f"{' ' * indent}{name}:", *_entry_lines(new, indent + 2)]
    rest = text[tail(text, root) :]
    offset = len(text) if "\n..." not in rest else behind_line(text, tail(text, root))
    return _lines_at(text, offset, lines)


def members(text: str, node: Node, wanted: dict[str, Any], current: dict[str, Any]) -> Iterator[Splice]:
    """A service's ``networks`` turned from ``current`` into the wanted ones, comments beside them kept."""
    if isinstance(node, Alias):
        words = flow(wanted) if any(wanted.values()) else flow_list(list(wanted))
        yield Splice(node.start, node.end, words)
    elif isinstance(node, Sequence_) and not node.flow:
        yield from _list_as_mapping(text, node, wanted) if any(wanted.values()) else _members_in_list(text, node, wanted)
    elif isinstance(node, Mapping_) and not node.flow:
        yield from _members_in_mapping(text, node, wanted, current)
    elif isinstance(node, (Mapping_, Sequence_)) and node.flow:
        yield Splice(body(text, node), node.end, flow(wanted) if any(wanted.values()) else flow_list(list(wanted)))
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


def _list_as_mapping(text: str, node: Sequence_, wanted: dict[str, Any]) -> Iterator[Splice]:
    """A list of names turned into a mapping, since a list has no room for options: each dash gives way to its name as a key."""
    new = {name: options for name, options in wanted.items() if name not in {str(getattr(resolve(item), "value", "")) for item in node.items}}
    plain = [name for name, options in new.items() if not options]
    for item in node.items:
        name = str(getattr(resolve(item), "value", ""))
        heir = name if name in wanted else plain.pop(0) if plain else ""
        dash = text.rindex("-", line_start(text, item.start), item.start)
        if heir:
            new.pop(heir, None)
            yield Splice(dash, item.end, f"{' ' * (item.start - dash)}{key_text(heir)}:")
        else:
            yield removed_line(text, line_start(text, item.start), tail(text, item))
    if new:
        yield _lines_at(text, behind_line(text, tail(text, node)), block(new, node.items[0].column - 1))


def _members_in_mapping(text: str, node: Mapping_, wanted: dict[str, Any], current: dict[str, Any]) -> Iterator[Splice]:
    if any(name.value == "<<" for name, _ in node.entries):
        raise Refused("its networks are merged from another place")
    new = [name for name in wanted if name not in {written.value for written, _ in node.entries}]
    for name, value in node.entries:
        options = current.get(name.value) or None
        heir = next((fresh for fresh in new if (wanted[fresh] or None) == options), None)
        if name.value in wanted:
            continue
        if heir is not None:
            new.remove(heir)
            yield Splice(name.start, name.end, key_text(heir))
        else:
            yield removed_line(text, line_start(text, name.start), max(name.end + 1, tail(text, value)))
    if new:
        indent = node.entries[0][0].column - 1
        yield _lines_at(text, behind_line(text, tail(text, node)), block({name: wanted[name] for name in new}, indent))


def without(text: str, node: Mapping_, name: Scalar, value: Node) -> Splice:
    """One of several entries of a mapping taken out."""
    end = max(name.end + 1, tail(text, value))
    if node.flow:
        behind = next((other.start for other, _ in node.entries if other.start > name.start), None)
        before = max((tail(text, other) for _, other in node.entries if other.start < name.start), default=name.start)
        return Splice(name.start, behind, "") if behind is not None else Splice(before, end, "")
    if line_start(text, name.start) + name.column - 1 == name.start and not text[line_start(text, name.start) : name.start].strip():
        return removed_line(text, line_start(text, name.start), end)
    behind = next(other.start for other, _ in node.entries if other.start > name.start)
    return Splice(name.start, behind, "")


def without_item(text: str, node: Sequence_, item: Node) -> Splice:
    """One of several items of a list taken out."""
    if not node.flow:
        return removed_line(text, line_start(text, item.start), tail(text, item))
    behind = next((other.start for other in node.items if other.start > item.start), None)
    before = max((tail(text, other) for other in node.items if other.start < item.start), default=item.start)
    return Splice(item.start, behind, "") if behind is not None else Splice(before, tail(text, item), "")


def removed_line(text: str, start: int, end: int) -> Splice:
    """Whole lines taken out; the comments on them stay, on lines of their own."""
    behind = behind_line(text, end)
    indent = len(text[start:end]) - len(text[start:end].lstrip(" "))
    kept = [" " * indent + match[0].lstrip() + newline(text) for match in re.finditer(r"(?m)(?:^|\s)#[^\r\n]*", text[start:behind])]
    return Splice(start, behind, "".join(kept))
