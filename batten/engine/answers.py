"""The engine's JSON answers as the types of ``protocol``. Environments become ``SecretText`` here and nowhere later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from batten.engine.protocol import (
    About,
    Binding,
    Condition,
    EngineNetwork,
    EngineVolume,
    Granted,
    ImageDefaults,
    Membership,
    Mounted,
    Node,
    Swarm,
    Task,
    Workload,
)
from batten.model import SecretText

Json = Mapping[str, Any]


class Version(NamedTuple):
    """What an engine is."""

    api: str
    engine: str


_TYPED = frozenset({"Env", "Labels", "Cmd", "Entrypoint", "Command", "Args", "Image", "Mounts", "Secrets", "Configs", "ContainerSpec", "TaskTemplate"})
"""Entries that have a field of their own."""
_PROPAGATIONS = frozenset({"private", "rprivate", "shared", "rshared", "slave", "rslave"})
_NANOSECONDS = 1_000_000_000
_DAY = 86_400


def version(answer: Json) -> Version:
    """What ``GET /version`` says."""
    return Version(str(answer["ApiVersion"]), str(answer.get("Version") or ""))


def about(known: Version, info: Json, endpoint: str) -> About:
    """What ``GET /info`` says beside that."""
    swarm = _part(info, "Swarm")
    member = swarm.get("LocalNodeState") not in (None, "", "inactive")
    role = ("manager" if swarm.get("ControlAvailable") else "worker") if member else ""
    return About(str(info.get("Name") or ""), known.engine, known.api, endpoint, role, info)


def image_of(answer: Json) -> str:
    """The id of the image that a container was made from."""
    return str(answer.get("Image"))


def container(answer: Json, image: Json) -> Workload:
    """What ``GET /containers/ID/json`` says, and what its image says by itself."""
    config, host, state = _part(answer, "Config"), _part(answer, "HostConfig"), _part(answer, "State")
    return Workload(
        kind="container",
        id=str(answer["Id"]),
        name=str(answer["Name"]).lstrip("/"),
        image=str(config.get("Image") or answer.get("Image") or ""),
        labels=_texts(config.get("Labels")),
        environment=environment(config.get("Env")),
        command=_words(config.get("Cmd")),
        entrypoint=_words(config.get("Entrypoint")),
        networks=tuple(_membership(name, entry) for name, entry in _part(answer, "NetworkSettings", "Networks").items()),
        ports=(*_bindings(host.get("PortBindings")), *_chosen(host, config)),
        mounts=tuple(_mount(entry, _propagation(host)) for entry in answer.get("Mounts") or ()),
        settings={**_settings(host, "HostConfig"), **_settings(config, "Config")},
        defaults=image_defaults(image),
        state=str(state.get("Status") or ""),
        pid=int(state.get("Pid") or 0),
        condition=_condition(state, answer),
    )


def _condition(state: Json, answer: Json) -> Condition:
    health = _part(state, "Health")
    checks = health.get("Log") or [{}]
    return Condition(
        exit_code=int(state.get("ExitCode") or 0),
        oom_killed=state.get("OOMKilled") is True,
        error=str(state.get("Error") or ""),
        health=str(health.get("Status") or "").replace("none", ""),
        check=str(checks[-1].get("Output") or ""),
        restarts=int(answer.get("RestartCount") or 0),
    )


def listed(answer: Json) -> Workload:
    """One entry of ``GET /containers/json``; its ports are those that it has and not those that were asked for."""
    host = _part(answer, "HostConfig")
    return Workload(
        kind="container",
        id=str(answer["Id"]),
        name=str((answer.get("Names") or [answer["Id"]])[0]).lstrip("/"),
        image=str(answer.get("Image") or ""),
        labels=_texts(answer.get("Labels")),
        environment={},
        networks=tuple(_membership(name, entry) for name, entry in _part(answer, "NetworkSettings", "Networks").items()),
        ports=tuple(_listed_port(entry) for entry in answer.get("Ports") or () if entry.get("PublicPort")),
        settings=_settings(host, "HostConfig"),
        state=str(answer.get("State") or ""),
    )


def _listed_port(entry: Json) -> Binding:
    return Binding(int(entry["PrivatePort"]), str(entry.get("Type") or "tcp"), str(entry["PublicPort"]), str(entry.get("IP") or ""))


def first_process(answer: Json) -> int:
    """The process that ``GET /containers/ID/json`` names; 0 where there is none."""
    state = _part(answer, "State")
    return int(state.get("Pid") or 0) if state.get("Running") is True else 0


def image_defaults(answer: Json) -> ImageDefaults:
    """What ``GET /images/NAME/json`` says of the containers that are made from it."""
    config = _part(answer, "Config")
    return ImageDefaults(
        environment=environment(config.get("Env")),
        labels=_texts(config.get("Labels")),
        command=_words(config.get("Cmd")),
        entrypoint=_words(config.get("Entrypoint")),
        exposed=frozenset(config.get("ExposedPorts") or ()),
        volumes=frozenset(config.get("Volumes") or ()),
        working_dir=str(config.get("WorkingDir") or ""),
        stop_signal=str(config.get("StopSignal") or ""),
    )


def environment(entries: Iterable[str] | None) -> Mapping[str, SecretText | None]:
    """Variables by name; one without a value was taken out of the image's environment."""
    split = [entry.partition("=") for entry in entries or ()]
    return {name: SecretText(value) if equals else None for name, equals, value in split}


def network(answer: Json) -> EngineNetwork:
    """One entry of ``GET /networks``."""
    subnets = [str(entry["Subnet"]) for entry in _part(answer, "IPAM").get("Config") or () if entry.get("Subnet")]
    return EngineNetwork(
        id=str(answer["Id"]),
        name=str(answer["Name"]),
        driver=str(answer.get("Driver") or ""),
        options=_texts(answer.get("Options")),
        internal=answer.get("Internal") is True,
        attachable=answer.get("Attachable") is True,
        ipv6=answer.get("EnableIPv6") is True,
        subnets=tuple(subnets),
        labels=_texts(answer.get("Labels")),
    )


def occupants(answer: Json) -> Mapping[str, Sequence[str]]:
    """The containers in ``GET /networks/NAME``, with their addresses."""
    keys = ("IPv4Address", "IPv6Address")
    return {number: [_bare(entry[key]) for key in keys if entry.get(key)] for number, entry in _part(answer, "Containers").items()}


def volume(answer: Json) -> EngineVolume:
    """One entry of ``GET /volumes``."""
    return EngineVolume(str(answer["Name"]), str(answer.get("Driver") or "local"), _texts(answer.get("Options")), _texts(answer.get("Labels")))


def swarm(about: Json, services: Iterable[Json], nodes: Iterable[Json], secrets: Iterable[Json], networks: Mapping[str, str]) -> Swarm:
    """What ``GET /swarm``, ``/services``, ``/nodes`` and ``/secrets`` say; ``networks`` are names by id."""
    spec = _part(about, "Spec")
    return Swarm(
        services=tuple(_service(entry, networks) for entry in services),
        nodes=tuple(_node(entry) for entry in nodes),
        secrets=tuple(str(_part(entry, "Spec").get("Name")) for entry in secrets),
        autolock=_part(spec, "EncryptionConfig").get("AutoLockManagers") is True,
        certificate_days=int(_part(spec, "CAConfig").get("NodeCertExpiry") or 0) / _NANOSECONDS / _DAY,
    )


def _service(answer: Json, networks: Mapping[str, str]) -> Workload:
    spec = _part(answer, "Spec")
    task, inner = _part(spec, "TaskTemplate"), _part(spec, "TaskTemplate", "ContainerSpec")
    grants = [*_grants(inner, "Secrets", "SecretName"), *_grants(inner, "Configs", "ConfigName")]
    return Workload(
        kind="service",
        id=str(answer["ID"]),
        name=str(spec["Name"]),
        image=_without_added_digest(str(inner.get("Image") or "")),
        labels=_texts(inner.get("Labels")),
        environment=environment(inner.get("Env")),
        command=_words(inner.get("Args")),
        entrypoint=_words(inner.get("Command")),
        networks=tuple(_swarm_membership(entry, networks) for entry in task.get("Networks") or spec.get("Networks") or ()),
        ports=tuple(_swarm_binding(entry) for entry in _part(spec, "EndpointSpec").get("Ports") or ()),
        mounts=tuple(_swarm_mount(entry) for entry in inner.get("Mounts") or ()),
        grants=tuple(grants),
        settings={**_settings(inner, "Spec.TaskTemplate.ContainerSpec"), **_settings(task, "Spec.TaskTemplate"), **_settings(spec, "Spec")},
        replicas=int(_part(spec, "Mode", "Replicated").get("Replicas") or 1) if "Global" not in _part(spec, "Mode") else 1,
        service_labels=_texts(spec.get("Labels")),
        state=str(_part(answer, "UpdateStatus").get("State") or ""),
        virtual=tuple(_bare(entry.get("Addr")) for entry in _part(answer, "Endpoint").get("VirtualIPs") or () if entry.get("Addr")),
    )


def task(answer: Json) -> Task:
    """One entry of ``GET /tasks``."""
    addresses = [_bare(address) for entry in answer.get("NetworksAttachments") or () for address in entry.get("Addresses") or ()]
    return Task(str(answer.get("ServiceID") or ""), str(answer.get("NodeID") or ""), str(_part(answer, "Status").get("State") or ""), tuple(addresses))


def _bare(address: object) -> str:
    """An address without the length of its network."""
    return str(address).partition("/")[0]


def _without_added_digest(image: str) -> str:
    """``name:tag@digest`` is what a manager makes of ``name:tag`` when it resolves it; the files say the tag."""
    name, at, _ = image.partition("@")
    return name if at and ":" in name.rpartition("/")[2] else image


def _node(answer: Json) -> Node:
    described = _part(answer, "Description")
    name, role = described.get("Hostname") or answer.get("ID"), _part(answer, "Spec").get("Role")
    return Node(str(name), str(role or ""), str(_part(described, "Engine").get("EngineVersion") or ""))


def _part(answer: Json, *path: str) -> Json:
    """A mapping inside an answer; empty where the engine says nothing or null."""
    here: Any = answer
    for step in path:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def _texts(value: object) -> Mapping[str, str]:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, Mapping) else {}


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _settings(answer: Json, prefix: str) -> Mapping[str, Any]:
    return {f"{prefix}.{name}": value for name, value in answer.items() if name not in _TYPED}


def _membership(name: str, entry: Json) -> Membership:
    asked = _part(entry, "IPAMConfig")
    addresses = [str(entry.get(key)) for key in ("IPAddress", "GlobalIPv6Address") if entry.get(key)]
    four, six = str(asked.get("IPv4Address") or ""), str(asked.get("IPv6Address") or "")
    return Membership(name, _words(entry.get("Aliases")), four, six, tuple(addresses))


def _swarm_membership(entry: Json, networks: Mapping[str, str]) -> Membership:
    target = str(entry.get("Target"))
    return Membership(networks.get(target, target), _words(entry.get("Aliases")))


def _bindings(entries: object) -> Iterable[Binding]:
    for port, bindings in entries.items() if isinstance(entries, Mapping) else ():
        number, _, protocol = str(port).partition("/")
        asked: Sequence[Json] = bindings or ({},)
        for binding in asked:
            published = str(binding.get("HostPort") or "")
            yield Binding(int(number), protocol or "tcp", "" if published == "0" else published, str(binding.get("HostIp") or ""))


def _chosen(host: Json, config: Json) -> Iterable[Binding]:
    """Ports of which the engine publishes every one that is exposed, on numbers of its own choice."""
    asked = _part(host, "PortBindings")
    for port in _part(config, "ExposedPorts") if host.get("PublishAllPorts") is True else ():
        number, _, protocol = str(port).partition("/")
        if port not in asked:
            yield Binding(int(number), protocol or "tcp")


def _swarm_binding(entry: Json) -> Binding:
    published = str(entry.get("PublishedPort") or "")
    return Binding(int(entry.get("TargetPort") or 0), str(entry.get("Protocol") or "tcp"), published, "", str(entry.get("PublishMode") or "ingress"))


def _mount(entry: Json, propagation: Mapping[str, str]) -> Mounted:
    kind, target = str(entry.get("Type") or "volume"), str(entry.get("Destination") or "")
    source = str((entry.get("Name") if kind == "volume" else entry.get("Source")) or "")
    return Mounted(kind, source, target, entry.get("RW") is False, propagation.get(target, ""))


def _propagation(host: Json) -> Mapping[str, str]:
    """Target of each bind → the propagation that was asked for. Of a bind around its own folders the engine makes another one by itself."""
    binds = [(str(bind).split(":")[1:2], str(bind).split(":")[2:]) for bind in host.get("Binds") or ()]
    found = {target[0]: word for target, options in binds if target for word in ",".join(options).split(",") if word in _PROPAGATIONS}
    asked = ((str(entry.get("Target")), str(_part(entry, "BindOptions").get("Propagation") or "")) for entry in host.get("Mounts") or ())
    return {**found, **{target: word for target, word in asked if word}}


def _swarm_mount(entry: Json) -> Mounted:
    kind, source, target = (str(entry.get(key) or "") for key in ("Type", "Source", "Target"))
    return Mounted(kind or "volume", source, target, entry.get("ReadOnly") is True, str(_part(entry, "BindOptions").get("Propagation") or ""))


def _grants(inner: Json, key: str, name: str) -> Iterable[Granted]:
    for entry in inner.get(key) or ():
        source = str(entry.get(name))
        target = str(_part(entry, "File").get("Name") or source)
        yield Granted(source, target, config=key == "Configs")
