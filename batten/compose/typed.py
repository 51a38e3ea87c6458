"""The resolved tree as typed services, networks and secrets: the last place where plain data is looked into."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from batten.compose.scalars import text_of
from batten.model import (
    Attachment,
    Mount,
    Network,
    Origin,
    Port,
    Project,
    Request,
    SecretSource,
    SecretText,
    SecretUse,
    Service,
    SourceText,
    Span,
    Value,
    Variable,
)

_NOWHERE = Origin(Span("-", 0, 0, 1, 1))


def project(tree: Value, name: str, request: Request, sources: Mapping[str, SourceText], notes: tuple[str, ...]) -> Project:
    """The typed project of a resolved tree."""
    services = {key: service(key, value) for key, value in _entries(tree, "services")}
    used = {member for one in services.values() for member in one.networks}
    return Project(
        name=name,
        directory=request.directory,
        files=tuple(map(str, request.paths)),
        services=services,
        networks={key: _network(key, value, key in used) for key, value in _entries(tree, "networks")},
        secrets={key: _source(key, value) for key, value in _entries(tree, "secrets")},
        configs={key: _source(key, value) for key, value in _entries(tree, "configs")},
        volumes={key: _text(_parts(value), "name") for key, value in _entries(tree, "volumes")},
        tree=tree,
        sources=sources,
        request=request,
        notes=notes,
    )


Parts: TypeAlias = Mapping[str, Value]
"""The entries of a mapping; where nothing is written, nothing is looked at, since a service has few of its many keys."""

_NONE: Parts = {}


def _parts(value: Value | None) -> Parts:
    return value.data if value is not None and isinstance(value.data, dict) else _NONE


def _entries(value: Value, key: str) -> list[tuple[str, Value]]:
    return list(_parts(value.get(key)).items())


def _items(value: Value | None) -> Sequence[Value]:
    return value.data if value is not None and isinstance(value.data, list) else ()


def _text(parts: Parts, key: str) -> str:
    value = parts.get(key)
    if value is None or value.data is None or isinstance(value.data, (dict, list)):
        return ""
    return text_of(value.data)


def _texts(parts: Parts, key: str) -> tuple[str, ...]:
    value = parts.get(key)
    if value is None:
        return ()
    return tuple([text_of(item.data) for item in _items(value) if not isinstance(item.data, (dict, list))])


def _table(parts: Parts, key: str) -> dict[str, str]:
    value = parts.get(key)
    if value is None:
        return {}
    return {name: text_of(item.data) for name, item in _parts(value).items() if not isinstance(item.data, (dict, list))}


def _flag(parts: Parts, key: str) -> bool | None:
    value = parts.get(key)
    return value.data if value is not None and isinstance(value.data, bool) else None


def _count(parts: Parts, key: str) -> int | None:
    value = parts.get(key)
    return value.data if value is not None and type(value.data) is int else None


def service(name: str, value: Value) -> Service:
    """The typed service at ``value``: what is written is converted, all else is empty."""
    parts = _parts(value)
    fields = dict(_NOTHING)
    for key, item in parts.items():
        if key in _SIMPLE:
            fields[key] = _SIMPLE[key](parts, key)
        elif key in _SPECIAL:
            fields.update(_SPECIAL[key](item))
    fields["replicas"] = fields["replicas"] if fields["replicas"] is not None else 1 if (scale := _count(parts, "scale")) is None else scale
    return Service(name=name, environment=_environment(value, parts.get("environment")), **fields)


def _true(parts: Parts, key: str) -> bool:
    return _flag(parts, key) is True


def _build(value: Value) -> dict[str, Any]:
    parts = _parts(value)
    return {"build_context": _text(parts, "context"), "dockerfile": _text(parts, "dockerfile")}


def _deploy(value: Value) -> dict[str, Any]:
    parts = _parts(value)
    return {"deploy_labels": _table(parts, "labels"), "replicas": _count(parts, "replicas")}


def _healthcheck(value: Value) -> dict[str, Any]:
    parts = _parts(value)
    test = _texts(parts, "test")
    return {"healthcheck": () if _true(parts, "disable") or test[:1] == ("NONE",) else test}


def _hosts(parts: Parts, key: str) -> tuple[tuple[str, str], ...]:
    return tuple([_host(entry) for entry in _texts(parts, key)])


def _capabilities(parts: Parts, key: str) -> tuple[str, ...]:
    return tuple([name.upper().removeprefix("CAP_") for name in _texts(parts, key)])


_SIMPLE: dict[str, Callable[[Parts, str], Any]] = {
    **dict.fromkeys(("image", "network_mode", "hostname", "container_name", "user", "pid", "ipc", "uts", "userns_mode", "cgroup"), _text),
    **dict.fromkeys(("command", "entrypoint", "expose", "dns", "security_opt", "tmpfs", "profiles"), _texts),
    **dict.fromkeys(("labels", "sysctls"), _table),
    **dict.fromkeys(("privileged", "read_only", "use_api_socket"), _true),
    **dict.fromkeys(("cap_add", "cap_drop"), _capabilities),
    "extra_hosts": _hosts,
}
"""Keys that are fields of the same name, and how they are converted."""

_SPECIAL: dict[str, Callable[[Value], dict[str, Any]]] = {
    "build": _build,
    "deploy": _deploy,
    "healthcheck": _healthcheck,
    "ports": lambda value: {"ports": tuple([_port(_parts(item), index) for index, item in enumerate(_items(value))])},
    "volumes": lambda value: {"mounts": tuple([_mount(_parts(item), index) for index, item in enumerate(_items(value))])},
    "networks": lambda value: {"networks": _networks(value)},
    "secrets": lambda value: {"secrets": tuple([_use(_parts(item), index, "/run/secrets/") for index, item in enumerate(_items(value))])},
    "configs": lambda value: {"configs": tuple([_use(_parts(item), index, "/") for index, item in enumerate(_items(value))])},
    "depends_on": lambda value: {"depends_on": tuple(_parts(value))},
    "links": lambda value: {"links": tuple([_link(text_of(item.data)) for item in _items(value)])},
    "devices": lambda value: {"devices": tuple([_text(_parts(item), "source") for item in _items(value)])},
    "x-batten-env-files": lambda value: {"env_files": tuple([text_of(item.data) for item in _items(value)])},
}
"""Keys whose value becomes other fields."""

_NOTHING: dict[str, Any] = {
    **{key: () for key, convert in _SIMPLE.items() if convert in (_texts, _capabilities, _hosts)},
    **{key: "" for key, convert in _SIMPLE.items() if convert is _text},
    **{key: False for key, convert in _SIMPLE.items() if convert is _true},
    **dict.fromkeys(("labels", "sysctls", "deploy_labels", "networks"), _NONE),
    **dict.fromkeys(("ports", "mounts", "secrets", "configs", "depends_on", "links", "healthcheck", "devices", "env_files"), ()),
    **{"build_context": "", "dockerfile": "", "replicas": None},
}
"""The fields of a service of which nothing is written."""


def _environment(service: Value, value: Value | None) -> dict[str, Variable]:
    result: dict[str, Variable] = {}
    for key, item in _parts(value).items():
        secret = None if item.data is None else SecretText(text_of(item.data))
        result[key] = Variable(key, secret, item.origin or service.origin or _NOWHERE)
    return result


def _port(parts: Parts, index: int) -> Port:
    return Port(
        target=_count(parts, "target") or 0,
        published=_text(parts, "published"),
        host_ip=_text(parts, "host_ip"),
        protocol=_text(parts, "protocol") or "tcp",
        mode=_text(parts, "mode") or "ingress",
        index=index,
    )


def _mount(parts: Parts, index: int) -> Mount:
    return Mount(_text(parts, "type"), _text(parts, "source"), _text(parts, "target"), _flag(parts, "read_only") is True, index)


def _use(parts: Parts, index: int, folder: str) -> SecretUse:
    source = _text(parts, "source")
    target = _text(parts, "target") or source
    return SecretUse(source, target if target.startswith("/") else folder + target, index)


def _networks(value: Value | None) -> dict[str, Attachment]:
    return {key: _attachment(key, _parts(member)) for key, member in _parts(value).items()}


def _attachment(key: str, parts: Parts) -> Attachment:
    return Attachment(key, _texts(parts, "aliases"), _text(parts, "ipv4_address"), _text(parts, "ipv6_address"))


def _link(text: str) -> tuple[str, str]:
    name, _, alias = text.partition(":")
    return name, alias


def _host(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=")
    return name, address


def _network(key: str, value: Value, used: bool) -> Network:
    parts = _parts(value)
    ranges = [_text(_parts(item), "subnet") for item in _items(_parts(parts.get("ipam")).get("config"))]
    return Network(
        key=key,
        name=_text(parts, "name"),
        driver=_text(parts, "driver"),
        driver_opts=_table(parts, "driver_opts"),
        internal=_flag(parts, "internal") is True,
        external=_flag(parts, "external") is True,
        attachable=_flag(parts, "attachable") is True,
        enable_ipv4=_flag(parts, "enable_ipv4") is not False,
        enable_ipv6=_flag(parts, "enable_ipv6"),
        subnets=tuple(filter(None, ranges)),
        used=used,
    )


def _source(key: str, value: Value) -> SecretSource:
    parts = _parts(value)
    external = _flag(parts, "external") is True
    return SecretSource(key, _text(parts, "name"), _text(parts, "file"), _text(parts, "environment"), external, "content" in parts)
