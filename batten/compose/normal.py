"""What Compose adds to a merged project: names, the default network, implied dependencies, resolved environments."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from batten.compose.dotenv import parse_env
from batten.compose.interpolation import Definition, Lookup
from batten.errors import InputError
from batten.model import Origin, SourceText, Span, Value

ReadEnv = Callable[[str, Span | None], SourceText]


class Surroundings(NamedTuple):
    """What a project is filled in from."""

    name: str
    directory: str
    lookup: Lookup
    read_env: ReadEnv


def normalise(tree: Value, around: Surroundings) -> Value:
    """The tree with everything spelt out that Compose fills in by itself.

    Raises:
        InputError: an env file that is required and cannot be read.
    """
    data = {key: value for key, value in tree.items() if key != "version"}
    data["name"] = Value(around.name, tree.data["name"].origin if "name" in tree.data else None)
    services = tree.get("services") or tree.at({})
    if isinstance(services.data, dict):
        data["services"] = services.at({key: _service(value, around) for key, value in services.items()})
    if _default_is_used(data["services"] if isinstance(services.data, dict) else services):
        networks = tree.get("networks") or Value({}, None)
        data["networks"] = networks.at({"default": Value({}, None), **networks.data})
    for kind in ("networks", "volumes", "secrets", "configs"):
        if kind in data and isinstance(data[kind].data, dict):
            data[kind] = data[kind].at({key: _resource(kind, key, value, around.name) for key, value in data[kind].items()})
    return tree.at(data)


def _default_is_used(services: Value) -> bool:
    return any(service.get("networks", "default") is not None for _, service in services.items())


def _resource(kind: str, key: str, value: Value, project: str) -> Value:
    data = dict(value.data) if isinstance(value.data, dict) else {}
    external = data.get("external")
    if external is not None and external.data is not True:
        del data["external"]
    if "name" not in data or not data["name"].data:
        data["name"] = Value(key if external is not None and external.data is True else f"{project}_{key}", None)
    if kind == "networks":
        data.setdefault("ipam", Value({}, None))
    return value.at(data)


def _service(service: Value, around: Surroundings) -> Value:
    if not isinstance(service.data, dict):
        return service
    data = dict(service.data)
    for key in ("command", "entrypoint"):
        data.setdefault(key, Value(None, None))
    if "networks" not in data and "network_mode" not in data and "provider" not in data:
        data["networks"] = Value({"default": Value(None, None)}, None)
    elif "networks" in data and not data["networks"].data and "network_mode" not in data:
        data["networks"] = data["networks"].at({"default": Value(None, None)})
    _imply_dependencies(data)
    _resolve_environment(data, around)
    if "label_file" in data:
        _resolve_labels(data, around)
    if "build" in data and isinstance(data["build"].data, dict):
        data["build"] = _build(data["build"], around)
    if "secrets" in data:
        data["secrets"] = data["secrets"].at([_grant(item) for item in data["secrets"].elements()])
    if "healthcheck" in data and isinstance(data["healthcheck"].data, dict):
        kept = {key: value for key, value in data["healthcheck"].items() if value.data is not False}
        data["healthcheck"] = data["healthcheck"].at(kept)
    if "deploy" in data and isinstance(data["deploy"].data, dict):
        data["deploy"] = data["deploy"].at({"resources": Value({}), "placement": Value({}), **data["deploy"].data})
    return service.at({key: value for key, value in data.items() if not _is_nothing(key, value)})


def _is_nothing(key: str, value: Value) -> bool:
    """Whether Compose leaves a key out: empty lists and mappings, and nulls, but for the command and entrypoint."""
    if key in ("command", "entrypoint", "networks"):
        return False
    if (value.data is False and key not in ("attach", "init")) or value.data == "":
        return True
    return value.data is None or (isinstance(value.data, (dict, list)) and not value.data and key not in ("healthcheck", "logging", "build", "provider"))


def _grant(item: Value) -> Value:
    source = item.get("source")
    if item.get("target") is not None or source is None:
        return item
    return item.at({**item.data, "target": Value(f"/run/secrets/{source.data}", source.origin)})


def _build(build: Value, around: Surroundings) -> Value:
    data = dict(build.data)
    if "context" not in data:
        data["context"] = Value(around.directory, None)
    if "dockerfile" not in data and "dockerfile_inline" not in data:
        data["dockerfile"] = Value("Dockerfile", None)
    if "args" in data and isinstance(data["args"].data, dict):
        args: dict[str, Value] = {}
        for key, value in data["args"].items():
            found = around.lookup(key) if value.data is None else None
            if value.data is not None or found is not None:
                args[key] = value if found is None else _looked_up(value, found.value, found.span)
        data["args"] = data["args"].at(args)
    return build.at(data)


def _looked_up(value: Value, text: str, span: object) -> Value:
    origin = value.origin
    if origin is not None and span is not None:
        origin = Origin(origin.primary, (*origin.related, span), origin.via)  # type: ignore[arg-type]
    return Value(text, origin)


def _imply_dependencies(data: dict[str, Value]) -> None:
    """Links, shared namespaces and ``volumes_from`` are dependencies too."""
    depends = dict(data["depends_on"].data) if "depends_on" in data and isinstance(data["depends_on"].data, dict) else {}

    def imply(name: str, origin: Origin | None, restart: bool) -> None:
        if name not in depends:
            parts: dict[str, object] = {"condition": "service_started", "required": True, **({"restart": True} if restart else {})}
            depends[name] = Value({key: Value(part, origin) for key, part in parts.items()}, origin)

    for link in data["links"].elements() if "links" in data else ():
        name, _, alias = str(link.data).partition(":")
        imply(name if ":" not in alias else str(link.data), link.origin, True)
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        if key in data and isinstance(data[key].data, str) and data[key].data.startswith("service:"):
            imply(data[key].data.removeprefix("service:"), data[key].origin, True)
    for source in data["volumes_from"].elements() if "volumes_from" in data else ():
        if not str(source.data).startswith("container:"):
            imply(str(source.data).partition(":")[0], source.origin, False)
    if depends:
        data["depends_on"] = Value(depends, data["depends_on"].origin if "depends_on" in data else None)


def _resolve_environment(data: dict[str, Value], around: Surroundings) -> None:
    """``env_file`` and ``environment`` in one mapping; bare names take the caller's value where there is one."""
    files = data.pop("env_file", None)
    own = data["environment"].data if "environment" in data and isinstance(data["environment"].data, dict) else {}
    resolved = {key: _from_caller(key, value, around.lookup) for key, value in own.items()}
    merged: dict[str, Value] = {}
    for entry in files.elements() if files is not None else ():
        merged.update(_env_file(entry, {**merged, **resolved}, around, "profiles" in data))
    merged.update(resolved)
    if files is not None and files.data:
        data["x-batten-env-files"] = files.at([entry.data["path"] for entry in files.elements()])
    if merged:
        data["environment"] = Value(merged, data["environment"].origin if "environment" in data else files.origin if files else None)


def _resolve_labels(data: dict[str, Value], around: Surroundings) -> None:
    """The labels of ``label_file`` below the service's own."""
    result: dict[str, Value] = {}
    for path in data["label_file"].elements():
        place = path.origin.primary if path.origin else None
        for item in parse_env(around.read_env(str(path.data), place), around.lookup):
            result[item.name] = Value(item.value or "", Origin(item.span, (place,) if place else (), ("label_file",)))
    own = data.get("labels")
    if result:
        data["labels"] = Value({**result, **(own.data if own is not None and isinstance(own.data, dict) else {})}, (own or data["label_file"]).origin)


def _from_caller(name: str, value: Value, lookup: Lookup) -> Value:
    found = lookup(name) if value.data is None else None
    return value if found is None else _looked_up(value, found.value, found.span)


def _env_file(entry: Value, known: dict[str, Value], around: Surroundings, optional: bool) -> dict[str, Value]:
    path, required, form = entry.data["path"], entry.get("required"), entry.get("format")
    if required is not None and required.data is False and not os.path.exists(str(path.data)):
        return {}
    try:
        source = around.read_env(str(path.data), path.origin.primary if path.origin else None)
    except InputError:
        if optional:
            return {}
        raise

    def find(name: str) -> Definition | None:
        value = known.get(name)
        return around.lookup(name) or (Definition(str(value.data), None) if value is not None and value.data is not None else None)

    result: dict[str, Value] = {}
    for item in parse_env(source, find, raw=form is not None and form.data == "raw"):
        value = item.value
        if value is None:
            found = around.lookup(item.name)
            if found is None:
                continue
            value = found.value
        result[item.name] = Value(value, Origin(item.span, (path.origin.primary,) if path.origin else (), ("env_file",)))
    return result


def active(tree: Value, profiles: Sequence[str]) -> set[str]:
    """Names of the services that run with these profiles; ``*`` is every profile."""
    chosen = set(profiles)
    return {
        name
        for name, value in tree.data["services"].items()
        if "*" in chosen or not (own := value.get("profiles")) or chosen & {item.data for item in own.elements()}
    }


def without(tree: Value, names: Iterable[str]) -> Value:
    """The tree without some of its services."""
    services = tree.data["services"]
    gone = set(names)
    return tree.at({**tree.data, "services": Value({name: value for name, value in services.items() if name not in gone}, services.origin)})
