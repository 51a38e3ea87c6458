"""Short forms to the canonical long ones: what ``docker compose config`` prints for each way of writing a key.

A form takes the value as written (scalars typed, variables replaced) and returns it in canonical form, every new part
with the origin of the text it was made from.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from batten.compose import ports, scalars
from batten.compose.scalars import text_of
from batten.errors import InputError
from batten.model import Value


def bad(value: Value, message: str, hint: str = "") -> InputError:
    """An error at the place of ``value``."""
    return InputError(message, hint=hint, span=value.origin.primary if value.origin else None)


def same(value: Value, data: Any) -> Value:
    """``data`` with the origin of ``value``."""
    return Value(data, value.origin)


def entries(value: Value, what: str) -> list[Value]:
    """The items of a list; raises InputError where it is none."""
    if not isinstance(value.data, list):
        raise bad(value, f"{what} must be a list.")
    return value.data


def text(value: Value) -> Value:
    """A text; a number or a boolean is refused, as Compose's schema does."""
    if isinstance(value.data, str):
        return value
    raise bad(value, "this must be a text.", "Put it in quotes.")


def loose_text(value: Value) -> Value:
    """A scalar as a text."""
    if isinstance(value.data, (dict, list)):
        raise bad(value, "this must be a text or a number, not a list or a mapping.")
    return value if isinstance(value.data, str) else same(value, text_of(value.data))


def bool_(value: Value) -> Value:
    """A boolean; a text such as ``"true"`` is cast."""
    if isinstance(value.data, bool):
        return value
    cast = scalars.boolean(value.data) if isinstance(value.data, str) else None
    if cast is None:
        raise bad(value, "this must be true or false.")
    return same(value, cast)


def integer(value: Value) -> Value:
    """A whole number; a text is cast."""
    if isinstance(value.data, int) and not isinstance(value.data, bool):
        return value
    if isinstance(value.data, float) and value.data.is_integer():
        return same(value, int(value.data))
    try:
        return same(value, int(str(value.data), 0))
    except ValueError:
        raise bad(value, "this must be a whole number.") from None


def number(value: Value) -> Value:
    """A number; a text is cast."""
    if isinstance(value.data, (int, float)) and not isinstance(value.data, bool):
        return value
    try:
        return same(value, float(str(value.data)))
    except ValueError:
        raise bad(value, "this must be a number.") from None


def mode(value: Value) -> Value:
    """File mode bits as an octal text, ``0440``; an unquoted number was read as YAML reads it (``0440`` is octal)."""
    if isinstance(value.data, int):
        return same(value, f"0{value.data:o}")
    return value


def size(value: Value) -> Value:
    """A size in bytes, as a text."""
    count = scalars.size(text_of(value.data)) if not isinstance(value.data, (dict, list)) else None
    if count is None:
        raise bad(value, "this is not a size.", "Write a number with a unit, such as 64m or 1g.")
    return same(value, str(count))


def duration(value: Value) -> Value:
    """A duration as Go prints it."""
    found = scalars.duration(value.data) if isinstance(value.data, str) else None
    if found is None:
        raise bad(value, "this is not a duration.", "Write a number with a unit, such as 30s or 1m30s.")
    return same(value, found)


def strings(value: Value) -> Value:
    """A list of texts; a single text is a list of one."""
    if not isinstance(value.data, list):
        return same(value, [loose_text(value)])
    return same(value, [loose_text(item) for item in value.data])


def words(value: Value) -> Value:
    """A command: a list, or a text split as a shell would."""
    if isinstance(value.data, list):
        return strings(value)
    try:
        return same(value, [same(value, word) for word in shlex.split(text_of(loose_text(value).data))])
    except ValueError:
        raise bad(value, "this command has a quote that is never closed.") from None


def test(value: Value) -> Value:
    """A healthcheck's test: a text runs in a shell."""
    if isinstance(value.data, list):
        return strings(value)
    return same(value, [same(value, "CMD-SHELL"), loose_text(value)])


def _pairs(value: Value, missing: Any, separators: str = "=") -> Value:
    if isinstance(value.data, dict):
        return same(value, {name: _pair_value(item, missing) for name, item in value.data.items()})
    result: dict[str, Value] = {}
    for item in entries(value, "this"):
        line = item.data
        if isinstance(line, (dict, list)) or line is None:
            raise bad(item, "an entry of this list must be a text such as NAME=value.")
        written = text_of(line)
        cut = min((written.find(mark) for mark in separators if mark in written), default=-1)
        result[written if cut < 0 else written[:cut]] = same(item, missing if cut < 0 else written[cut + 1 :])
    return same(value, result)


def _pair_value(item: Value, missing: Any) -> Value:
    if isinstance(item.data, (dict, list)):
        raise bad(item, "this must be a text, a number, a boolean or empty.")
    return same(item, missing) if item.data is None else item if isinstance(item.data, str) else same(item, text_of(item.data))


def pairs(value: Value) -> Value:
    """``NAME=value`` lists and mappings, as a mapping of texts; a bare name has no value."""
    return _pairs(value, None)


def labels(value: Value) -> Value:
    """Labels: as ``pairs``, a bare name has an empty value."""
    return _pairs(value, "")


def options(value: Value) -> Value:
    """Driver options: a mapping of texts."""
    if not isinstance(value.data, dict):
        raise bad(value, "this must be a mapping.")
    return _pairs(value, "")


def hosts(value: Value) -> Value:
    """``extra_hosts``: a list of ``name=address``."""
    if isinstance(value.data, dict):
        listed = [(name, address) for name, item in value.data.items() for address in (item.data if isinstance(item.data, list) else [item])]
        return same(value, [same(address, f"{name}={text_of(address.data)}") for name, address in listed])
    result = []
    for item in entries(strings(value), "extra_hosts"):
        name, mark, address = item.data.partition("=") if "=" in item.data else item.data.partition(":")
        if not mark:
            raise bad(item, "an extra host must be written as name=address.")
        result.append(same(item, f"{name.strip()}={address.strip().removeprefix('[').removesuffix(']')}"))
    return same(value, result)


def depends(value: Value) -> Value:
    """``depends_on``: a mapping of service to condition."""
    if isinstance(value.data, dict):
        return same(value, {name: same(item, _defaults(item, {"condition": "service_started", "required": True})) for name, item in value.data.items()})
    items = entries(strings(value), "depends_on")
    return same(value, {item.data: same(item, {"condition": same(item, "service_started"), "required": same(item, True)}) for item in items})


def _defaults(item: Value, defaults: dict[str, Any]) -> dict[str, Value]:
    given = item.data if isinstance(item.data, dict) else {}
    return {**{name: same(item, default) for name, default in defaults.items()}, **given}


def members(value: Value) -> Value:
    """A service's networks: a mapping of network to its options or nothing."""
    if isinstance(value.data, dict):
        return value
    return same(value, {item.data: same(item, None) for item in entries(strings(value), "networks")})


def grants(value: Value) -> Value:
    """A service's secrets and configs: a list of ``{source: …}``."""
    return same(value, [item if isinstance(item.data, dict) else same(item, {"source": loose_text(item)}) for item in entries(value, "this")])


def envfiles(value: Value) -> Value:
    """``env_file``: a list of ``{path, required}``."""
    items = value.data if isinstance(value.data, list) else [value]
    return same(
        value, [same(item, _defaults(item if isinstance(item.data, dict) else same(item, {"path": loose_text(item)}), {"required": True})) for item in items]
    )


def build(value: Value) -> Value:
    """``build``: a text is the context."""
    if isinstance(value.data, str):
        return same(value, {"context": value})
    if value.data is not None and not isinstance(value.data, dict):
        raise bad(value, "build must be a text or a mapping.")
    return value


def extends(value: Value) -> Value:
    """``extends``: a text is a service of the same file."""
    return same(value, {"service": value}) if isinstance(value.data, str) else value


def limit(value: Value) -> Value:
    """One ulimit: a number, or soft and hard numbers."""
    return same(value, {name: integer(item) for name, item in value.data.items()}) if isinstance(value.data, dict) else integer(value)


def devices(value: Value) -> Value:
    """``devices``: a list of source, target and permissions."""
    result = []
    for item in entries(value, "devices"):
        if isinstance(item.data, dict):
            result.append(item)
            continue
        source, _, rest = text_of(item.data).partition(":")
        target, _, permissions = rest.partition(":")
        parts = {"source": source, "target": target or source, "permissions": permissions or "rwm"}
        result.append(same(item, {name: same(item, part) for name, part in parts.items()}))
    return same(value, result)


def gpus(value: Value) -> Value:
    """``gpus``: ``all`` is a count of -1."""
    if isinstance(value.data, str):
        return same(value, [same(value, {"count": same(value, -1 if value.data == "all" else value.data)})])
    return same(value, [_gpu(item) for item in value.elements()])


def _gpu(item: Value) -> Value:
    parts = {name: _count(name, part) for name, part in item.items()}
    return same(item, parts if "device_ids" in parts else {"count": same(item, -1), **parts})


def _count(name: str, value: Value) -> Value:
    if name == "count" and isinstance(value.data, str):
        return same(value, -1) if value.data == "all" else integer(value)
    return value


def pull(value: Value) -> Value:
    """``pull_policy``: ``if_not_present`` is ``missing``."""
    return same(value, "missing") if value.data == "if_not_present" else text(value)


def arguments(value: Value) -> Value:
    """Build arguments: as ``pairs``; those without a value take it from the caller's environment later."""
    return pairs(value)


def resource(value: Value) -> Value:
    """A top-level network, volume, secret or config: nothing is an empty mapping; the old ``external: {name}`` is spelt out."""
    if value.data is None:
        return same(value, {})
    if not isinstance(value.data, dict):
        raise bad(value, "this must be a mapping.")
    external = value.data.get("external")
    if external is None:
        return value
    if isinstance(external.data, dict):
        named = {"name": external.data["name"]} if "name" in external.data else {}
        return same(value, {**value.data, **named, "external": same(external, True)})
    return same(value, {**value.data, "external": bool_(external)})


def canonical(form: str, value: Value) -> Value:
    """``value`` in the canonical form of that name. What is null stays null (but for a resource): whether it may be is checked later."""
    return value if value.data is None and form != "resource" else FORMS[form](value)


FORMS: dict[str, Callable[[Value], Value]] = {
    "text": text, "bool": bool_, "integer": integer, "number": number, "mode": mode, "size": size, "duration": duration, "strings": strings,
    "words": words, "test": test, "pairs": pairs, "labels": labels, "options": options, "hosts": hosts, "depends": depends, "members": members,
    "grants": grants, "envfiles": envfiles, "build": build, "extends": extends, "limit": limit, "devices": devices, "gpus": gpus, "pull": pull,
    "arguments": arguments, "resource": resource, "ports": ports.ports, "volumes": ports.volumes,
}  # fmt: skip
