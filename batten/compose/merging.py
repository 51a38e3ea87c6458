"""How a file overrides another, and a service the one it extends: Compose's merge rules on canonical values."""

from __future__ import annotations

from collections.abc import Callable

from batten.compose.keys import Spec
from batten.compose.scalars import text_of
from batten.compose.tags import Tagged, is_reset
from batten.errors import InputError
from batten.model import Origin, Value


def merge(base: Value, over: Value, spec: Spec, how: str) -> Value:
    """``base`` overridden by ``over``.

    Args:
        base: what stands first.
        over: what is laid over it; ``!reset`` and ``!override`` act here.
        spec: the entry of the key table for both.
        how: what is noted in the origins of what is overridden: ``override``, ``extends`` or ``include``. Compose's own
            tags do not act on what is included.

    Raises:
        InputError: a mapping over a list, or the other way round.
    """
    if isinstance(over, Tagged) and how != "include":
        return over
    if over.data is None:
        return base
    if base.data is None:
        return over
    rule = spec.key.merge
    if rule == "replace" or (rule == "logging" and _drivers_differ(base, over)) or (rule == "limit" and not _both(base, over, dict)):
        return _replaced(base, over, how)
    if _both(base, over, dict):
        return _merge_mappings(base, over, spec, how)
    if _both(base, over, list):
        joined = [*base.data, *over.data]
        return Value(unique(joined, rule) if rule.startswith("unique:") else joined, over.origin)
    if isinstance(base.data, (dict, list)) or isinstance(over.data, (dict, list)):
        raise InputError("this has another form than what it overrides.", span=over.origin.primary if over.origin else None)
    return _replaced(base, over, how)


def _both(base: Value, over: Value, kind: type) -> bool:
    return isinstance(base.data, kind) and isinstance(over.data, kind)


def _drivers_differ(base: Value, over: Value) -> bool:
    first, second = base.get("driver"), over.get("driver")
    return first is not None and second is not None and first.data != second.data


def _merge_mappings(base: Value, over: Value, spec: Spec, how: str) -> Value:
    result = dict(base.data)
    for key, value in over.data.items():
        if is_reset(value) and how != "include":
            result.pop(key, None)
        elif key in result:
            result[key] = merge(result[key], value, spec.child(key), how)
        else:
            result[key] = value
    return Value(result, over.origin)


def _replaced(base: Value, over: Value, how: str) -> Value:
    if base.origin is None or over.origin is None:
        return over
    origin = over.origin
    return Value(over.data, Origin(origin.primary, (*origin.related, base.origin.primary), (*origin.via, how)))


def unique(items: list[Value], rule: str) -> list[Value]:
    """``items`` without doubles: the later of two with the same identity takes the place of the earlier."""
    if len(items) < 2:
        return items
    identity = _IDENTITIES[rule.removeprefix("unique:")]
    found: dict[str, Value] = {}
    for item in items:
        found[identity(item)] = item
    return list(found.values())


def _field(item: Value, *names: str) -> str:
    value = next((found for name in names if (found := item.get(name)) is not None), None)
    return text_of(value.data) if value is not None and not isinstance(value.data, (dict, list)) else ""


def _port(item: Value) -> str:
    parts = item.data
    return ":".join([text_of(parts[name].data) if name in parts else "" for name in ("host_ip", "published", "target", "protocol")])


_IDENTITIES: dict[str, Callable[[Value], str]] = {
    "": lambda item: text_of(item.data) if not isinstance(item.data, (dict, list)) else str(id(item)),
    "target": lambda item: _field(item, "target", "source"),
    "path": lambda item: _field(item, "path"),
    "port": _port,
}


def settle(value: Value, spec: Spec) -> Value:
    """``value`` with Compose's own tags taken off (what is reset is gone) and doubles removed from lists with identities."""
    data = value.data
    if isinstance(data, dict):
        kept = {key: settle(child, spec.child(key)) for key, child in data.items() if not is_reset(child)}
        return Value(kept, value.origin)
    if isinstance(data, list):
        items = [settle(item, spec.child("*")) for item in data if not is_reset(item)]
        return Value(unique(items, spec.key.merge) if spec.key.merge.startswith("unique:") else items, value.origin)
    return value
