"""Short forms to the canonical long ones: what ``docker compose config`` prints for each way of writing a key."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from batten.compose import ports as outside
from batten.compose import primitives as basic
from batten.compose import quantities
from batten.compose.primitives import Form, bad, bool_, entries, mapping, same, text, texts
from batten.compose.scalars import text_of
from batten.compose.shellwords import shell_words
from batten.model import Value

_PULL = re.compile(r"(always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+)\Z")
_CONTAINER = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_GPU = ("capabilities", "count", "device_ids", "driver", "options")


def require(value: Value, names: Iterable[str]) -> Value:
    """The mapping ``value``; raises InputError where one of ``names`` is not in it."""
    absent = next((name for name in names if name not in mapping(value).data), None)
    if absent is None:
        return value
    raise bad(value, f"'{absent}' is missing here.")


def words(value: Value) -> Value:
    """A command: a list, or a text split as a shell would."""
    if isinstance(value.data, list):
        return texts(value)
    try:
        return same(value, [same(value, word) for word in shell_words(text(value).data)])
    except ValueError:
        raise bad(value, "this command has a quote that is never closed.") from None


def test(value: Value) -> Value:
    """A healthcheck's test: a text runs in a shell."""
    if not isinstance(value.data, list):
        return same(value, [same(value, "CMD-SHELL"), text(value)])
    items = texts(value).data
    if items and items[0].data not in ("NONE", "CMD", "CMD-SHELL"):
        raise bad(items[0], "a test in a list must begin with NONE, CMD or CMD-SHELL.")
    return same(value, items)


def hosts(value: Value) -> Value:
    """``extra_hosts``: a list of ``name=address``, one address each."""
    if isinstance(value.data, dict):
        named = [(name, address) for name, item in value.data.items() for address in (item.data if isinstance(item.data, list) else [item])]
        return same(value, [same(address, f"{name}={text(address).data}") for name, address in named])
    result: list[Value] = []
    for item in texts(value).data:
        name, mark, written = item.data.partition("=") if "=" in item.data else item.data.partition(":")
        if not mark or not name:
            raise bad(item, "an extra host must be written as name=address.")
        result.extend(same(item, f"{name}={address.removeprefix('[').removesuffix(']')}") for address in written.split(","))
    return same(value, result)


def environment(value: Value) -> Value:
    """The environment of a service, as a mapping of texts."""
    named = basic.pairs(value)
    for name, item in named.data.items():
        if name != name.rstrip():
            raise bad(item, f"there is a space behind the name '{name.rstrip()}'.")
    return named


def depends(value: Value) -> Value:
    """``depends_on``: a mapping of service to condition."""
    if isinstance(value.data, dict):
        return same(value, {name: _with(mapping(item), required=True) for name, item in value.data.items()})
    return same(
        value, {item.data: same(item, {"condition": same(item, "service_started"), "required": same(item, True)}) for item in basic.distinct(value).data}
    )


def _with(value: Value, **defaults: Any) -> Value:
    return same(value, {**{name: same(value, default) for name, default in defaults.items()}, **value.data})


def members(value: Value) -> Value:
    """A service's networks: a mapping of network to its options or nothing."""
    if isinstance(value.data, dict):
        return same(value, {name: item if item.data is None else mapping(item) for name, item in value.data.items()})
    return same(value, {item.data: same(item, None) for item in basic.distinct(value).data})


def member(value: Value) -> Value:
    """What a service says of one of its networks; in a list only its name stands."""
    return value if isinstance(value.data, str) else mapping(value)


def grants(value: Value) -> Value:
    """A service's secrets and configs: a list of ``{source: …}``."""
    return same(value, [item if isinstance(item.data, dict) else same(item, {"source": text(item)}) for item in entries(value)])


def envfiles(value: Value) -> Value:
    """``env_file``: a list of ``{path, required}``."""
    items = value.data if isinstance(value.data, list) else [text(value)]
    return same(value, [_with(require(item, ("path",)) if isinstance(item.data, dict) else same(item, {"path": text(item)}), required=True) for item in items])


def build(value: Value) -> Value:
    """``build``: a text is the context."""
    if isinstance(value.data, dict):
        return value
    return same(value, {"context": text(value)})


def extends(value: Value) -> Value:
    """``extends``: a text is a service of the same file."""
    return require(value, ("service",)) if isinstance(value.data, dict) else same(value, {"service": text(value)})


def limit(value: Value) -> Value:
    """One ulimit: a number, or soft and hard numbers."""
    if not isinstance(value.data, dict):
        return quantities.integer(value)
    return same(value, {name: item if name.startswith("x-") else quantities.integer(item) for name, item in value.data.items()})


def build_limit(value: Value) -> Value:
    """One ulimit of a build: a text is refused."""
    return limit(value) if isinstance(value.data, dict) else quantities.plain_integer(value)


def devices(value: Value) -> Value:
    """``devices``: a list of source, target and permissions."""
    result = []
    for item in entries(value):
        if isinstance(item.data, dict):
            result.append(require(item, ("source", "target")))
            continue
        source, *rest = text(item).data.split(":")
        if len(rest) > 2:
            raise bad(item, "this is not a device.", "Write source[:target[:permissions]].")
        target, permissions = (*rest, "", "")[:2]
        parts = {"source": source, "target": target or source, "permissions": permissions or "rwm"}
        result.append(same(item, {name: same(item, part) for name, part in parts.items()}))
    return same(value, result)


def gpus(value: Value) -> Value:
    """``gpus``: ``all`` is a count of -1."""
    if isinstance(value.data, list):
        return same(value, [_gpu(mapping(item)) for item in value.data])
    if value.data != "all":
        raise bad(value, "this must be 'all' or a list.")
    return same(value, [same(value, {"count": same(value, -1)})])


def reserved(value: Value) -> Value:
    """``devices`` of a reservation: as ``gpus`` in a list, each with its capabilities."""
    return same(value, [_gpu(require(item, ("capabilities",))) for item in entries(value)])


def _gpu(item: Value) -> Value:
    parts = {name: _count(part) if name == "count" else part for name, part in item.items() if name in _GPU}
    return same(item, parts if "device_ids" in parts else {"count": same(item, -1), **parts})


def _count(value: Value) -> Value:
    return same(value, -1) if value.data == "all" else quantities.integer(value)


def pull(value: Value) -> Value:
    """``pull_policy``: ``if_not_present`` is ``missing``."""
    if not _PULL.match(text(value).data):
        raise bad(value, f"'{value.data}' is not a pull policy.")
    return same(value, "missing") if value.data == "if_not_present" else value


def ssh(value: Value) -> Value:
    """``ssh`` keys of a build: a list of ``id=path``; only ``default`` needs no path."""
    named = basic.pairs_once(value)
    for name, item in named.items():
        if item.data is None and name != "default" and isinstance(value.data, list):
            raise bad(item, f"the ssh key '{name}' needs a path.")
    return same(value, [same(item, name if item.data is None else f"{name}={item.data}") for name, item in named.items()])


def contexts(value: Value) -> Value:
    """``additional_contexts``: a mapping of names to folders, URLs or images."""
    for item in value.data.values() if isinstance(value.data, dict) else ():
        text(item)
    named = basic.pairs(value)
    for item in named.data.values():
        text(item)
    return named


def container_name(value: Value) -> Value:
    """The name of a container."""
    if not _CONTAINER.search(text(value).data):
        raise bad(value, "this cannot be the name of a container.")
    return value


def env_format(value: Value) -> Value:
    """The format of an env file."""
    if text(value).data not in ("", "raw"):
        raise bad(value, "the only other format of an env file is 'raw'.")
    return value


def provider_options(value: Value) -> Value:
    """Options of a provider: every one a list of texts."""
    return same(
        value, {name: same(item, [_scalar(part) for part in (item.data if isinstance(item.data, list) else [item])]) for name, item in mapping(value).items()}
    )


def _scalar(value: Value) -> Value:
    return same(value, text_of(value.data) if isinstance(value.data, bool) else basic.number_or_text(value))


def published(value: Value) -> Value:
    """A port or range of the host, as a text."""
    if isinstance(value.data, float):
        raise bad(value, "this must be a whole number or a text.")
    return same(value, basic.number_or_text(value))


def watched(value: Value) -> Value:
    """One entry of ``develop.watch``."""
    action, target = require(value, ("path", "action")).get("action"), value.get("target")
    if not text(value.data["path"]).data:
        raise bad(value.data["path"], "this must not be empty.")
    if action is not None and action.data not in ("rebuild", "restart") and (target is None or not target.data):
        raise bad(value, "a target is missing here: where the files go.")
    return _with(require(value, ("path", "action")), exec={"command": same(value, None)})


def hook(value: Value) -> Value:
    """A command that runs after the start or before the stop of a service."""
    return require(value, ("command",))


def model(value: Value) -> Value:
    """A top-level model."""
    return require(value, ("model",))


def resource(value: Value) -> Value:
    """A top-level network or volume: nothing is an empty mapping; the old ``external: {name}`` is spelt out."""
    external = value.get("external")
    for name, item in external.items() if external is not None else ():
        if name != "name" and not name.startswith("x-"):
            raise bad(item, f"'{name}' is not a key that may stand here.")
    return kept(same(value, {}) if value.data is None else value)


def kept(value: Value) -> Value:
    """A top-level secret or config, its ``external`` spelt out."""
    external = mapping(value).data.get("external")
    if external is None:
        return value
    if not isinstance(external.data, dict):
        return same(value, {**value.data, "external": bool_(external)})
    named = {"name": text(external.data["name"])} if "name" in external.data else {}
    return same(value, {**value.data, **named, "external": same(external, True)})


volume = resource


def form_named(name: str) -> Form | None:
    """The form of that name, here or in the modules it is made of; ``one:a b`` is a text that must be ``a`` or ``b``."""
    if name.startswith("one:"):
        return basic.one_of(name.removeprefix("one:"))
    if not name:
        return None
    form: Form = next(found for module in _MODULES if callable(found := vars(module).get(name)))
    return form


_MODULES = (sys.modules[__name__], basic, quantities, outside)
