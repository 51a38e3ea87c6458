"""The resolved tree as typed services, networks and secrets: the last place where plain data is looked into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

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


def _capabilities(names: Iterable[str]) -> tuple[str, ...]:
    return tuple([name.upper().removeprefix("CAP_") for name in names])


def service(name: str, value: Value) -> Service:
    """The typed service at ``value``."""
    parts = _parts(value)
    build, deploy, health = _parts(parts.get("build")), _parts(parts.get("deploy")), _parts(parts.get("healthcheck"))
    test = _texts(health, "test")
    disabled = _flag(health, "disable") is True or test[:1] == ("NONE",)
    replicas = _count(deploy, "replicas")
    scale = _count(parts, "scale")
    return Service(
        name=name,
        image=_text(parts, "image"),
        build_context=_text(build, "context"),
        dockerfile=_text(build, "dockerfile"),
        command=_texts(parts, "command"),
        entrypoint=_texts(parts, "entrypoint"),
        environment=_environment(value, parts.get("environment")),
        ports=tuple([_port(_parts(item), index) for index, item in enumerate(_items(parts.get("ports")))]),
        expose=_texts(parts, "expose"),
        networks=_networks(parts.get("networks")),
        network_mode=_text(parts, "network_mode"),
        mounts=tuple([_mount(_parts(item), index) for index, item in enumerate(_items(parts.get("volumes")))]),
        secrets=tuple([_use(_parts(item), index, "/run/secrets/") for index, item in enumerate(_items(parts.get("secrets")))]),
        configs=tuple([_use(_parts(item), index, "/") for index, item in enumerate(_items(parts.get("configs")))]),
        depends_on=tuple(_parts(parts.get("depends_on"))),
        links=tuple([_link(link) for link in _texts(parts, "links")]),
        labels=_table(parts, "labels"),
        deploy_labels=_table(deploy, "labels"),
        healthcheck=() if disabled else test,
        extra_hosts=tuple([_host(entry) for entry in _texts(parts, "extra_hosts")]),
        dns=_texts(parts, "dns"),
        hostname=_text(parts, "hostname"),
        container_name=_text(parts, "container_name"),
        privileged=_flag(parts, "privileged") is True,
        cap_add=_capabilities(_texts(parts, "cap_add")),
        cap_drop=_capabilities(_texts(parts, "cap_drop")),
        security_opt=_texts(parts, "security_opt"),
        user=_text(parts, "user"),
        read_only=_flag(parts, "read_only") is True,
        pid=_text(parts, "pid"),
        ipc=_text(parts, "ipc"),
        uts=_text(parts, "uts"),
        userns_mode=_text(parts, "userns_mode"),
        cgroup=_text(parts, "cgroup"),
        devices=tuple([_text(_parts(item), "source") for item in _items(parts.get("devices"))]),
        tmpfs=_texts(parts, "tmpfs"),
        sysctls=_table(parts, "sysctls"),
        profiles=_texts(parts, "profiles"),
        replicas=replicas if replicas is not None else scale if scale is not None else 1,
        use_api_socket=_flag(parts, "use_api_socket") is True,
        env_files=_texts(parts, "x-batten-env-files"),
    )


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
