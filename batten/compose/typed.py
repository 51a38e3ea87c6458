"""The resolved tree as typed services, networks and secrets: the last place where plain data is looked into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

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
        volumes={key: _text(value, "name") for key, value in _entries(tree, "volumes")},
        tree=tree,
        sources=sources,
        request=request,
        notes=notes,
    )


def _entries(value: Value, key: str) -> list[tuple[str, Value]]:
    child = value.get(key)
    return list(child.items()) if child is not None else []


def _raw(value: Value, *path: str | int) -> Any:
    found = value.get(*path)
    return found.data if found is not None else None


def _text(value: Value, *path: str | int) -> str:
    data = _raw(value, *path)
    return "" if data is None or isinstance(data, (dict, list)) else text_of(data)


def _texts(value: Value, *path: str | int) -> tuple[str, ...]:
    data = _raw(value, *path)
    if isinstance(data, list):
        return tuple(text_of(item.data) for item in data if not isinstance(item.data, (dict, list)))
    return ()


def _table(value: Value, *path: str | int) -> dict[str, str]:
    data = _raw(value, *path)
    if not isinstance(data, dict):
        return {}
    return {key: text_of(item.data) for key, item in data.items() if not isinstance(item.data, (dict, list))}


def _capabilities(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name.upper().removeprefix("CAP_") for name in names)


def service(name: str, value: Value) -> Service:
    """The typed service at ``value``."""
    test = _texts(value, "healthcheck", "test")
    disabled = _raw(value, "healthcheck", "disable") is True or test[:1] == ("NONE",)
    replicas = _raw(value, "deploy", "replicas")
    scale = _raw(value, "scale")
    return Service(
        name=name,
        image=_text(value, "image"),
        build_context=_text(value, "build", "context"),
        dockerfile=_text(value, "build", "dockerfile"),
        command=_texts(value, "command"),
        entrypoint=_texts(value, "entrypoint"),
        environment=_environment(value),
        ports=tuple(_port(item, index) for index, item in enumerate(_list(value, "ports"))),
        expose=_texts(value, "expose"),
        networks=_networks(value),
        network_mode=_text(value, "network_mode"),
        mounts=tuple(_mount(item, index) for index, item in enumerate(_list(value, "volumes"))),
        secrets=tuple(_use(item, index, "/run/secrets") for index, item in enumerate(_list(value, "secrets"))),
        configs=tuple(_use(item, index, "/") for index, item in enumerate(_list(value, "configs"))),
        depends_on=tuple(key for key, _ in _entries(value, "depends_on")),
        links=tuple(_link(link) for link in _texts(value, "links")),
        labels=_table(value, "labels"),
        deploy_labels=_table(value, "deploy", "labels"),
        healthcheck=() if disabled else test,
        extra_hosts=tuple(_host(entry) for entry in _texts(value, "extra_hosts")),
        dns=_texts(value, "dns"),
        hostname=_text(value, "hostname"),
        container_name=_text(value, "container_name"),
        privileged=_raw(value, "privileged") is True,
        cap_add=_capabilities(_texts(value, "cap_add")),
        cap_drop=_capabilities(_texts(value, "cap_drop")),
        security_opt=_texts(value, "security_opt"),
        user=_text(value, "user"),
        read_only=_raw(value, "read_only") is True,
        pid=_text(value, "pid"),
        ipc=_text(value, "ipc"),
        uts=_text(value, "uts"),
        userns_mode=_text(value, "userns_mode"),
        cgroup=_text(value, "cgroup"),
        devices=tuple(_text(item, "source") for item in _list(value, "devices")),
        tmpfs=_texts(value, "tmpfs"),
        sysctls=_table(value, "sysctls"),
        profiles=_texts(value, "profiles"),
        replicas=replicas if isinstance(replicas, int) else scale if isinstance(scale, int) else 1,
        use_api_socket=_raw(value, "use_api_socket") is True,
        env_files=_texts(value, "x-batten-env-files"),
    )


def _list(value: Value, key: str) -> list[Value]:
    data = _raw(value, key)
    return data if isinstance(data, list) else []


def _environment(value: Value) -> dict[str, Variable]:
    result: dict[str, Variable] = {}
    for key, item in _entries(value, "environment"):
        secret = None if item.data is None else SecretText(text_of(item.data))
        result[key] = Variable(key, secret, item.origin or value.origin or _NOWHERE)
    return result


def _port(item: Value, index: int) -> Port:
    target = _raw(item, "target")
    return Port(
        target=target if isinstance(target, int) else 0,
        published=_text(item, "published"),
        host_ip=_text(item, "host_ip"),
        protocol=_text(item, "protocol") or "tcp",
        mode=_text(item, "mode") or "ingress",
        index=index,
    )


def _mount(item: Value, index: int) -> Mount:
    return Mount(_text(item, "type"), _text(item, "source"), _text(item, "target"), _raw(item, "read_only") is True, index)


def _use(item: Value, index: int, folder: str) -> SecretUse:
    source = _text(item, "source")
    return SecretUse(source, str(PurePosixPath(folder) / (_text(item, "target") or source)), index)


def _networks(value: Value) -> dict[str, Attachment]:
    return {
        key: Attachment(key, _texts(member, "aliases"), _text(member, "ipv4_address"), _text(member, "ipv6_address"))
        for key, member in _entries(value, "networks")
    }


def _link(text: str) -> tuple[str, str]:
    name, _, alias = text.partition(":")
    return name, alias


def _host(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=")
    return name, address


def _network(key: str, value: Value, used: bool) -> Network:
    ipv6 = _raw(value, "enable_ipv6")
    return Network(
        key=key,
        name=_text(value, "name"),
        driver=_text(value, "driver"),
        driver_opts=_table(value, "driver_opts"),
        internal=_raw(value, "internal") is True,
        external=_raw(value, "external") is True,
        attachable=_raw(value, "attachable") is True,
        enable_ipv4=_raw(value, "enable_ipv4") is not False,
        enable_ipv6=ipv6 if isinstance(ipv6, bool) else None,
        subnets=tuple(_text(item, "subnet") for item in (value.get("ipam", "config") or Value([])).elements() if _text(item, "subnet")),
        used=used,
    )


def _source(key: str, value: Value) -> SecretSource:
    return SecretSource(
        key, _text(value, "name"), _text(value, "file"), _text(value, "environment"), _raw(value, "external") is True, value.get("content") is not None
    )
