"""A container or a service of a swarm as an entry of a compose file: what somebody asked for, without what its image says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from batten.engine.keys import settled
from batten.engine.protocol import Binding, Granted, Membership, Mounted, Workload

COMPOSE, STACK = "com.docker.compose.", "com.docker.stack."
_MADE_BY_DOCKER = (COMPOSE, STACK, "com.docker.swarm.", "desktop.docker.io/")
_SECRETS = "/run/secrets/"
_ANONYMOUS = re.compile(r"[0-9a-f]{64}\Z")
_PLAIN_MODES = ("host", "none")
DEFAULT_BRIDGE = "bridge"


class Names(NamedTuple):
    """How the engine's names are called in the project."""

    services: Mapping[str, str]
    """Container id and name → service of the project."""
    networks: Mapping[str, str]
    """Name of a network → its key."""
    volumes: Mapping[str, str]
    """Name of a volume → its key."""
    cgroups_private: bool
    """Whether a container gets a cgroup namespace of its own unless somebody says otherwise."""


def entry(one: Workload, names: Names) -> dict[str, Any]:
    """The entry below ``services``."""
    found: dict[str, Any] = {"image": one.image}
    found |= _asked_for("command", one.command, one.defaults.command, always=one.entrypoint != one.defaults.entrypoint)
    found |= _asked_for("entrypoint", one.entrypoint, one.defaults.entrypoint)
    environment = {name: value.reveal() if value else None if value is None else "" for name, value in one.environment.items() if _own(one, name)}
    found |= {"environment": environment} if environment else {}
    labels = {name: text for name, text in one.labels.items() if not name.startswith(_MADE_BY_DOCKER) and one.defaults.labels.get(name) != text}
    found |= {"labels": labels} if labels else {}
    found |= _settings(one)
    found |= _listed("ports", [_port(port) for port in one.ports])
    found |= _listed("volumes", list(_volumes(one, names)))
    found |= _listed("secrets", [*_mounted_secrets(one.mounts), *_granted(one.grants, config=False)])
    found |= _listed("configs", list(_granted(one.grants, config=True)))
    found |= _connected(one, names)
    return found | (_swarm(one, found) if one.kind == "service" else _container(one, names))


def _own(one: Workload, name: str) -> bool:
    return name not in one.defaults.environment or one.defaults.environment[name] != one.environment[name]


def _asked_for(key: str, words: Sequence[str], default: Sequence[str], *, always: bool = False) -> dict[str, Any]:
    return {key: list(words)} if words and (always or tuple(words) != tuple(default)) else {}


def _listed(key: str, items: list[Any]) -> dict[str, Any]:
    return {key: items} if items else {}


def _settings(one: Workload) -> dict[str, Any]:
    """What the table of keys says, but for what the image says too."""
    found = dict(settled(one.kind, one.settings))
    for key, default in (("working_dir", one.defaults.working_dir), ("stop_signal", one.defaults.stop_signal)):
        if found.get(key) == default:
            found.pop(key, None)
    return found


def _port(port: Binding) -> dict[str, Any]:
    found: dict[str, Any] = {"mode": port.mode, "target": port.target, "protocol": port.protocol}
    return {**found, **({"published": port.published} if port.published else {}), **({"host_ip": port.host_ip} if port.host_ip else {})}


def _volumes(one: Workload, names: Names) -> Iterator[dict[str, Any]]:
    for mount in one.mounts:
        if _is_secret(mount) or (is_anonymous(mount) and mount.target in one.defaults.volumes):
            continue
        source = "" if is_anonymous(mount) else names.volumes.get(mount.source, mount.source) if mount.kind == "volume" else mount.source
        found: dict[str, Any] = {"type": mount.kind, "target": mount.target}
        found |= {"source": source} if source else {}
        found |= {"read_only": True} if mount.read_only else {}
        yield found | ({"bind": {"propagation": mount.propagation}} if mount.kind == "bind" and mount.propagation not in ("", "rprivate") else {})


def is_anonymous(mount: Mounted) -> bool:
    """Whether a volume got its name from the engine."""
    return mount.kind == "volume" and (not mount.source or bool(_ANONYMOUS.match(mount.source)))


def _is_secret(mount: Mounted) -> bool:
    """Compose mounts a file of ``secrets`` there; so may a user by hand, who means the same."""
    return mount.kind == "bind" and mount.target.startswith(_SECRETS) and mount.read_only


def _mounted_secrets(mounts: Iterable[Mounted]) -> Iterator[dict[str, Any]]:
    yield from ({"source": secret_key(one), "target": one.target} for one in mounts if _is_secret(one))


def secret_key(mount: Mounted) -> str:
    """The key below ``secrets`` for a file that is mounted as one."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", mount.target.removeprefix(_SECRETS)) or "secret"


def secret_files(mounts: Iterable[Mounted]) -> Mapping[str, str]:
    """Key below ``secrets`` → the file on the host."""
    return {secret_key(one): one.source for one in mounts if _is_secret(one)}


def _granted(grants: Iterable[Granted], *, config: bool) -> Iterator[dict[str, Any]]:
    yield from ({"source": one.name, "target": one.target} for one in grants if one.config is config)


def _connected(one: Workload, names: Names) -> dict[str, Any]:
    """``networks`` or ``network_mode``."""
    mode = str(one.settings.get("HostConfig.NetworkMode") or "")
    if mode in _PLAIN_MODES:
        return {"network_mode": mode}
    if mode.startswith("container:"):
        return {"network_mode": _neighbour(mode, names)}
    joined = {member.network for member in one.networks}
    if one.kind == "container" and joined <= {DEFAULT_BRIDGE}:
        return {"network_mode": DEFAULT_BRIDGE if joined or mode in ("default", DEFAULT_BRIDGE) else "none"}
    if one.kind == "service" and joined & set(_PLAIN_MODES):
        return {"network_mode": next(iter(joined & set(_PLAIN_MODES)))}
    return {"networks": {names.networks.get(member.network, member.network): _membership(one, member) for member in one.networks}}


def _membership(one: Workload, member: Membership) -> dict[str, Any] | None:
    own = {one.name, one.id[:12], one.labels.get(f"{COMPOSE}service", ""), one.name.partition("_")[2] if one.kind == "service" else ""}
    aliases = [alias for alias in member.aliases if alias not in own]
    found: dict[str, Any] = {"aliases": aliases} if aliases else {}
    found |= {"ipv4_address": member.ipv4_address} if member.ipv4_address else {}
    return {**found, **({"ipv6_address": member.ipv6_address} if member.ipv6_address else {})} or None


def _neighbour(mode: str, names: Names) -> str:
    """``container:ID`` in the words of the project: ``service:NAME`` where the other one is in it."""
    other = mode.partition(":")[2]
    return f"service:{names.services[other]}" if other in names.services else mode


def _swarm(one: Workload, found: Mapping[str, Any]) -> dict[str, Any]:
    """How a service is deployed, and its options for security as Compose writes them."""
    mode = one.settings.get("Spec.Mode") or {}
    labels = {name: text for name, text in one.service_labels.items() if not name.startswith(_MADE_BY_DOCKER)}
    deploy = {"mode": "global"} if "Global" in mode else {"replicas": one.replicas}
    told = one.settings.get("Spec.TaskTemplate.ContainerSpec.Privileges") or {}
    fences = {"seccomp": told.get("Seccomp"), "apparmor": told.get("AppArmor")}
    options = [f"{name}=unconfined" for name, fence in fences.items() if (fence or {}).get("Mode") in ("unconfined", "disabled")]
    options += ["no-new-privileges:true"] if told.get("NoNewPrivileges") else []
    return {"deploy": {**deploy, **({"labels": labels} if labels else {}), **found.get("deploy", {})}, **_listed("security_opt", options)}


def _container(one: Workload, names: Names) -> dict[str, Any]:
    """What only a container has, or what takes a second look."""
    host = one.settings
    found: dict[str, Any] = _listed("security_opt", list(_security(one)))
    for key, name in (("pid", "HostConfig.PidMode"), ("ipc", "HostConfig.IpcMode")):
        value = str(host.get(name) or "")
        if value.startswith("container:"):
            found[key] = _neighbour(value, names)
        elif value not in ("", "private"):
            found[key] = value
    if str(host.get("HostConfig.CgroupnsMode") or "") == ("host" if names.cgroups_private else "private"):
        found["cgroup"] = host["HostConfig.CgroupnsMode"]
    hostname = str(host.get("Config.Hostname") or "")
    found |= {"hostname": hostname} if hostname and not one.id.startswith(hostname) and "networks" in _connected(one, names) else {}
    asked = frozenset(host.get("Config.ExposedPorts") or ()) - one.defaults.exposed - {f"{port.target}/{port.protocol}" for port in one.ports}
    found |= _listed("expose", sorted(asked))
    return found | _listed("volumes_from", [f"container:{other}" for other in host.get("HostConfig.VolumesFrom") or ()])


def _security(one: Workload) -> Iterator[str]:
    """Options that somebody asked for. The engine adds ``label=disable`` to what shares the host's processes or is privileged."""
    host = one.settings
    added = host.get("HostConfig.Privileged") is True or host.get("HostConfig.PidMode") == "host" or host.get("HostConfig.IpcMode") == "host"
    yield from (str(option) for option in host.get("HostConfig.SecurityOpt") or () if not (added and option == "label=disable"))
    if not added and host.get("HostConfig.MaskedPaths") == [] and host.get("HostConfig.ReadonlyPaths") == []:
        yield "systempaths=unconfined"
