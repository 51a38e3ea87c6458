"""Scalars, lists and simple mappings of a compose file, checked and brought into canonical form.

A form takes the value as written (scalars typed, variables replaced) and returns it in canonical form, every new part
with the origin of the text it was made from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from batten.compose import scalars
from batten.compose.scalars import text_of
from batten.compose.tags import like
from batten.errors import InputError
from batten.model import Value

Form: TypeAlias = Callable[[Value], Value]


def bad(value: Value, message: str, hint: str = "") -> InputError:
    """An error at the place of ``value``."""
    return InputError(message, hint=hint, span=value.origin.primary if value.origin else None)


def same(value: Value, data: Any) -> Value:
    """``data`` with the origin of ``value``."""
    return value.at(data)


def entries(value: Value) -> list[Value]:
    """The items of a list; raises InputError where it is none."""
    if isinstance(value.data, list):
        return value.data
    raise bad(value, "this must be a list.")


def mapping(value: Value) -> Value:
    """A mapping, as it is."""
    if isinstance(value.data, dict):
        return value
    raise bad(value, "this must be a mapping.")


def listed(value: Value) -> Value:
    """A list, as it is."""
    return same(value, entries(value))


def text(value: Value) -> Value:
    """A text; a number or a boolean is refused, as Compose's schema does."""
    if type(value.data) is str:
        return value
    raise bad(value, "this must be a text.", "" if isinstance(value.data, (dict, list)) else "Put it in quotes.")


def number_or_text(value: Value) -> str:
    """The text of a text or a number; raises InputError for anything else."""
    if isinstance(value.data, (dict, list, bool)) or value.data is None:
        raise bad(value, "this must be a text or a number.")
    return text_of(value.data)


def flag(value: Value) -> Value:
    """A boolean that is never cast from a text."""
    if isinstance(value.data, bool):
        return value
    raise bad(value, "this must be true or false, without quotes.")


def toggle(value: Value) -> Value:
    """A boolean, or a text that means something else."""
    return value if isinstance(value.data, bool) else text(value)


def bool_(value: Value) -> Value:
    """A boolean; a text such as ``"true"`` is cast."""
    if isinstance(value.data, bool):
        return value
    cast = scalars.boolean(value.data) if isinstance(value.data, str) else None
    if cast is None:
        raise bad(value, "this must be true or false.")
    return same(value, cast)


def texts(value: Value) -> Value:
    """A list of texts."""
    return same(value, [text(item) for item in entries(value)])


def distinct(value: Value) -> Value:
    """A list of texts no two of which are equal."""
    return _distinct(texts(value))


def _distinct(value: Value) -> Value:
    seen: set[Any] = set()
    for item in value.data:
        if item.data in seen:
            raise bad(item, "this stands twice in the list.")
        seen.add(item.data)
    return value


def distinct_strings(value: Value) -> Value:
    """A text, or a list of texts no two of which are equal."""
    return distinct(value) if isinstance(value.data, list) else strings(value)


def strings(value: Value) -> Value:
    """A list of texts; a single text is a list of one."""
    return texts(value) if isinstance(value.data, list) else same(value, [text(value)])


def loose(value: Value) -> Value:
    """A list of texts and numbers."""
    return same(value, [same(item, number_or_text(item)) for item in entries(value)])


def loose_whole(value: Value) -> Value:
    """A list of texts and whole numbers."""
    if any(isinstance(item.data, float) for item in entries(value)):
        raise bad(value, "a number in this list must be whole.")
    return loose(value)


def loose_distinct(value: Value) -> Value:
    """A list of texts and whole numbers no two of which are equal."""
    return _distinct(loose_whole(value))


def pair_mapping(value: Value, missing: Any, separators: str = "=") -> Value:
    """``NAME=value`` lists and mappings as a mapping of texts; ``missing`` is the value of a bare name."""
    if isinstance(value.data, dict):
        if "" in value.data:
            raise bad(value.data[""], "this has no name.")
        return same(value, {name: _pair_value(item, missing) for name, item in value.data.items()})
    if not isinstance(value.data, list):
        raise bad(value, "this must be a mapping or a list of NAME=value.")
    result: dict[str, Value] = {}
    for item in value.data:
        written = text(item).data
        cut = min((written.find(mark) for mark in separators if mark in written), default=-1)
        result[written if cut < 0 else written[:cut]] = same(item, missing if cut < 0 else written[cut + 1 :])
    return same(value, result)


def _pair_value(item: Value, missing: Any) -> Value:
    data = item.data
    if type(data) is str:
        return item
    if isinstance(data, (dict, list)):
        raise bad(item, "this must be a text, a number, a boolean or empty.")
    return like(item, missing if data is None else text_of(data))


def pairs(value: Value) -> Value:
    """``NAME=value`` lists and mappings, as a mapping of texts; a bare name has no value."""
    return pair_mapping(value, None)


def labels(value: Value) -> Value:
    """Labels: as ``pairs``, a bare name has an empty value."""
    return pair_mapping(value, "")


def pairs_once(value: Value) -> Value:
    """As ``pairs``; no entry of a list may stand there twice."""
    return pairs(distinct(value) if isinstance(value.data, list) else value)


def labels_once(value: Value) -> Value:
    """As ``labels``; no entry of a list may stand there twice."""
    return labels(distinct(value) if isinstance(value.data, list) else value)


def options(value: Value) -> Value:
    """Driver options: a mapping of texts and numbers."""
    return same(value, {name: same(item, number_or_text(item)) for name, item in mapping(value).data.items()})


def loose_options(value: Value) -> Value:
    """Options that may also be empty."""
    return same(value, {name: same(item, "" if item.data is None else number_or_text(item)) for name, item in mapping(value).data.items()})


def addresses(value: Value) -> Value:
    """A mapping of texts."""
    return same(value, {name: text(item) for name, item in mapping(value).data.items()})


def one_of(choices: str) -> Form:
    """The form of a text that must be one of ``choices``."""
    known = choices.split()

    def form(value: Value) -> Value:
        if text(value).data not in known:
            raise bad(value, f"this must be one of {', '.join(known)}.")
        return value

    return form
