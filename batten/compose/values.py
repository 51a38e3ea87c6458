"""Nodes to values: merge keys, variables, types and canonical forms, every value with the place it came from."""

from __future__ import annotations

from batten.compose.forms import canonical
from batten.compose.interpolation import InterpolationError, Lookup, interpolate
from batten.compose.keys import NOTHING, ROOT, Spec
from batten.compose.scalars import plain
from batten.compose.source import Alias, Mapping_, Node, Scalar, Sequence_, parse, resolve, span
from batten.errors import InputError
from batten.model import Origin, Value

MERGE_KEY = "<<"


class Tagged(Value):
    """A value with one of Compose's own tags: ``!reset`` removes what it overrides, ``!override`` replaces it whole."""

    __slots__ = ("tag",)

    def __init__(self, data: object, origin: Origin | None, tag: str) -> None:
        super().__init__(data, origin)
        self.tag = tag


class Builder:
    """Makes the values of one file.

    Args:
        file: path of the file, for places.
        lookup: where variables are looked up; None where the file has none and ``$`` is a dollar sign.
        budget: how many values may be made; what aliases multiply counts every time.
    """

    def __init__(self, file: str, lookup: Lookup | None, budget: int) -> None:
        self.file = file
        self.lookup = lookup
        self.budget = budget
        self.missing: set[str] = set()

    def build(self, node: Node, spec: Spec = ROOT, via: tuple[str, ...] = ()) -> Value:
        """The canonical value of ``node`` at the key that ``spec`` describes."""
        if isinstance(node, Alias):
            via = (*via, "alias")
            node = node.target
        self.budget -= 1
        if self.budget < 0:
            raise InputError("aliases multiply this file beyond what we read.", span=span(self.file, node))
        tag = node.tag
        if tag in ("!reset", "!override"):
            return Tagged(None if tag == "!reset" else self._shape(node, spec, via).data, Origin(span(self.file, node), (), via), tag)
        return self._shape(node, spec, via)

    def _shape(self, node: Node, spec: Spec, via: tuple[str, ...]) -> Value:
        if isinstance(node, Scalar):
            value = self._scalar(node, via)
        elif isinstance(node, Mapping_):
            value = Value(
                {key: self.build(child, spec.child(key), (*via, *how)) for key, child, how in self._entries(node)}, Origin(span(self.file, node), (), via)
            )
        else:
            assert isinstance(node, Sequence_)
            child = spec.child("*")
            value = Value([self.build(item, child, via) for item in node.items], Origin(span(self.file, node), (), via))
        return canonical(spec.key.form, value) if spec.key.form else value

    def _entries(self, node: Mapping_) -> list[tuple[str, Node, tuple[str, ...]]]:
        """Keys and nodes of a mapping with its merge keys followed; what is written itself wins."""
        if not any(key.value == MERGE_KEY and key.style is None for key, _ in node.entries):
            return [(self._name(key), value, ()) for key, value in node.entries]
        found: dict[str, tuple[Node, tuple[str, ...]]] = {}
        for key, value in node.entries:
            if key.value != MERGE_KEY:
                found[self._name(key)] = (value, ())
        for merged in self._merged(node):
            for name, value, how in self._entries(merged):
                found.setdefault(name, (value, how or ("merge",)))
        return [(name, value, how) for name, (value, how) in found.items()]

    def _merged(self, node: Mapping_) -> list[Mapping_]:
        source = next(value for key, value in node.entries if key.value == MERGE_KEY)
        target = resolve(source)
        candidates = [resolve(item) for item in target.items] if isinstance(target, Sequence_) else [target]
        result = []
        for candidate in candidates:
            if not isinstance(candidate, Mapping_):
                raise InputError("a merge key ('<<') takes a mapping or a list of mappings.", span=span(self.file, source))
            self.budget -= len(candidate.entries)
            result.append(candidate)
        return result

    def _name(self, key: Scalar) -> str:
        if key.style is None and key.tag is None and not isinstance(plain(key.value), str):
            raise InputError(f"the key {key.value!r} is not a text.", hint="Put it in quotes.", span=span(self.file, key))
        return key.value

    def _scalar(self, node: Scalar, via: tuple[str, ...]) -> Value:
        place = span(self.file, node)
        if node.style is None and node.tag in (None, "tag:yaml.org,2002:null", "!override"):
            typed = plain(node.value)
            if not isinstance(typed, str):
                return Value(typed, Origin(place, (), via))
            text = typed
        else:
            text = node.value
        if self.lookup is None or "$" not in text:
            return Value(self._tagged(node, text), Origin(place, (), via))
        try:
            result = interpolate(text, self.lookup)
        except InterpolationError as error:
            raise InputError(f"{error}.", span=place) from None
        self.missing.update(result.missing)
        return Value(result.text, Origin(place, result.places, via))

    def _tagged(self, node: Scalar, text: str) -> object:
        if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool"):
            return plain(text)
        return text


def literal(file: str, text: str) -> Value:
    """The one document of a YAML file that is not a compose file (a design, answers), with places.

    Raises:
        InputError: it is not YAML, is empty, or holds several documents.
    """
    document = parse(file, text)
    if len(document.roots) != 1:
        raise InputError("this file must hold one YAML document.", file=file)
    return Builder(file, None, 200_000 + 10 * document.nodes).build(document.roots[0], NOTHING)
