"""Nodes to values: merge keys, variables, types, canonical forms and absolute paths, every value with the place it came from."""

from __future__ import annotations

from pathlib import Path

from batten.compose.interpolation import InterpolationError, Lookup, interpolate
from batten.compose.keys import NOTHING, ROOT, Spec
from batten.compose.merging import unique
from batten.compose.paths import resolve_paths
from batten.compose.primitives import Form
from batten.compose.scalars import FIRST, WORDS, Plain, plain
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, parse, resolve, span
from batten.compose.suggestions import nearest
from batten.compose.tags import TAGS, Tagged, is_reset
from batten.errors import InputError
from batten.model import Origin, Value

MERGE_KEY = "<<"
_TYPED = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"})
_PLAIN = frozenset({None, "tag:yaml.org,2002:null", "!override", *_TYPED})
_EXPANSION = 32 * 1024 * 1024
"""Characters that variables may put into one file."""


class Builder:
    """Makes the values of one file.

    Args:
        file: path of the file, for places.
        lookup: where variables are looked up; None where the file has none and ``$`` is a dollar sign.
        budget: how many values may be made; what aliases multiply counts every time.
        base: what relative paths are relative to.
    """

    def __init__(self, file: str, lookup: Lookup | None, budget: int, base: Path) -> None:
        self.file = file
        self.lookup = lookup
        self.budget = budget
        self.base = base
        self.expansion = _EXPANSION
        self.missing: set[str] = set()
        self.tagged = False
        """Whether one of Compose's own tags was seen."""
        self.empty = False
        """Whether a key without a value was seen."""

    def build(self, node: Node, spec: Spec = ROOT, via: tuple[str, ...] = ()) -> Value:
        """The canonical value of ``node`` at the key that ``spec`` describes."""
        if type(node) is Alias:
            via = (*via, "alias")
            node = node.target
        self.budget -= 1
        if self.budget < 0:
            raise InputError("aliases multiply this file beyond what we read.", span=span(self.file, node))
        if node.tag is not None and node.tag in TAGS:
            self.tagged = True
            value = Value(None) if node.tag == "!reset" else self._shape(node, spec, via)
            return Tagged(value.data, Origin(span(self.file, node), (), via), node.tag)
        return self._shape(node, spec, via)

    def _shape(self, node: Node, spec: Spec, via: tuple[str, ...]) -> Value:
        if type(node) is Scalar:
            value = self._scalar(node, via)
            if value.data is None and spec.key.form not in ("resource", "volume"):
                self.empty = True
                return value  # whether it may be empty is checked when it is known what it is laid over
        elif type(node) is Mapping_:
            value = Value(self._mapping(node, spec, via), (self.file, node, via))
        else:
            assert isinstance(node, Sequence_)
            child = spec.child("*")
            value = Value([self.build(item, child, via) for item in node.items if item.tag != "!reset"], (self.file, node, via))
        form = spec.form
        if form is not None:
            value = self._formed(value, form) if self.tagged else form(value)
            if spec.identity and isinstance(value.data, list):
                value = value.at(unique(value.data, spec.identity))
        return resolve_paths(value, self.base, spec) if spec.located else value

    def _formed(self, value: Value, form: Form) -> Value:
        """``value`` in its form; what is only reset in it is none of the form's business."""
        if not isinstance(value.data, dict):
            return form(value)
        resets = {key: item for key, item in value.data.items() if is_reset(item)}
        result = form(Value({key: item for key, item in value.data.items() if key not in resets}, value.origin))
        return Value({**result.data, **resets}, result.origin) if resets and isinstance(result.data, dict) else result

    def _mapping(self, node: Mapping_, spec: Spec, via: tuple[str, ...]) -> dict[str, Value]:
        children, rest = spec.children, spec.children.get("*", NOTHING)
        result: dict[str, Value] = {}
        for key, child, how in self._entries(node):
            name = key.value
            if key.style is None and key.tag is None and (name in WORDS or name[0] in FIRST):
                self._check_name(key)
            below = children.get(name)
            if below is None:
                if spec.closed and not name.startswith("x-"):
                    raise InputError(f"'{name}' is not a key that may stand here.", hint=nearest(name, children), span=span(self.file, key))
                below = rest
            result[name] = self.build(child, below, (*via, *how) if how else via)
        return result

    def _entries(self, node: Mapping_) -> list[tuple[Scalar, Node, tuple[str, ...]]]:
        """Keys and nodes of a mapping with its merge keys followed; what is written itself wins."""
        own = [(key, value, ()) for key, value in node.entries if key.value != MERGE_KEY or key.style is not None]
        if len(own) == len(node.entries):
            return own  # type: ignore[return-value]
        found: dict[str, tuple[Scalar, Node, tuple[str, ...]]] = {key.value: (key, value, ()) for key, value, _ in own}
        for merged in self._merged(node):
            for key, value, how in self._entries(merged):
                found.setdefault(key.value, (key, value, how or ("merge",)))
        return list(found.values())

    def _merged(self, node: Mapping_) -> list[Mapping_]:
        source = next(value for key, value in node.entries if key.value == MERGE_KEY and key.style is None)
        target = resolve(source)
        candidates = [resolve(item) for item in target.items] if isinstance(target, Sequence_) else [target]
        result = []
        for candidate in candidates:
            if not isinstance(candidate, Mapping_):
                raise InputError("a merge key ('<<') takes a mapping or a list of mappings.", span=span(self.file, source))
            self.budget -= len(candidate.entries)
            if self.budget < 0:
                raise InputError("merge keys multiply this file beyond what we read.", span=span(self.file, source))
            result.append(candidate)
        return result

    def _check_name(self, key: Scalar) -> None:
        if type(plain(key.value)) is not str:
            raise InputError(f"the key {key.value!r} is not a text.", hint="Put it in quotes.", span=span(self.file, key))

    def _scalar(self, node: Scalar, via: tuple[str, ...]) -> Value:
        text: Plain = node.value
        if node.tag in _PLAIN if node.style is None else node.tag in _TYPED:
            text = plain(node.value)
        if type(text) is str and "$" in text and self.lookup is not None:
            return self._replaced(node, self.lookup, via)
        return Value(text, (self.file, node, via))

    def _replaced(self, node: Scalar, lookup: Lookup, via: tuple[str, ...]) -> Value:
        where = span(self.file, node)
        try:
            result = interpolate(node.value, lookup)
        except InterpolationError as error:
            raise InputError(f"{error}.", span=where) from None
        self.missing.update(result.missing)
        self.expansion -= len(result.text)
        if self.expansion < 0:
            raise InputError("variables make this file longer than we read.", span=where)
        return Value(result.text, Origin(where, result.places, via))


def literal(file: str, text: str) -> Value:
    """The one document of a YAML file that is not a compose file (a design, answers), with places.

    Raises:
        InputError: it is not YAML, is empty, or holds several documents.
    """
    document = parse(file, text)
    if len(document.roots) != 1:
        raise InputError("this file must hold one YAML document.", file=file)
    return Builder(file, None, 40_000 + 10 * document.nodes, Path("/")).build(document.roots[0], NOTHING)
