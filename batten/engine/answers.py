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
    ImageDefaults,
    Membership,
    Mounted,
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


def version(answer: Json) -> Version:
    """What ``GET /version`` says."""
    return Version(str(answer["ApiVersion"]), str(answer.get("Version") or ""))


def about(known: Version, info: Json, endpoint: str) -> About:
    """What ``GET /info`` says beside that."""
    swarm = part(info, "Swarm")
    member = swarm.get("LocalNodeState") not in (None, "", "inactive")
    role = ("manager" if swarm.get("ControlAvailable") else "worker") if member else ""
    return About(str(info.get("Name") or ""), known.engine, known.api, endpoint, role, info)


def image_of(answer: Json) -> str:
    """The id of the image that a container was made from."""
    return str(answer.get("Image"))


def container(answer: Json, image: Json) -> Workload:
    """What ``GET /containers/ID/json`` says, and what its image says by itself."""
    config, host, state = part(answer, "Config"), part(answer, "HostConfig"), part(answer, "State")
    return Workload(
        kind="container",
        id=str(answer["Id"]),
        name=str(answer["Name"]).lstrip("/"),
        image=str(config.get("Image") or answer.get("Image") or ""),
        labels=texts(config.get("Labels")),
        environment=environment(config.get("Env")),
        command=words(config.get("Cmd")),
        entrypoint=words(config.get("Entrypoint")),
        networks=tuple(_membership(name, entry) for name, entry in part(answer, "NetworkSettings", "Networks").items()),
        ports=(*_bindings(host.get("PortBindings")), *_chosen(host, config)),
        mounts=tuple(_mount(entry, _propagation(host)) for entry in answer.get("Mounts") or ()),
        settings={**settings(host, "HostConfig"), **settings(config, "Config")},
        defaults=image_defaults(image),
        state=str(state.get("Status") or ""),
        pid=int(state.get("Pid") or 0),
        condition=_condition(state, answer),
    )


def _condition(state: Json, answer: Json) -> Condition:
    health = part(state, "Health")
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
    host = part(answer, "HostConfig")
    return Workload(
        kind="container",
        id=str(answer["Id"]),
        name=str((answer.get("Names") or [answer["Id"]])[0]).lstrip("/"),
        image=str(answer.get("Image") or ""),
        labels=texts(answer.get("Labels")),
        environment={},
        networks=tuple(_membership(name, entry) for name, entry in part(answer, "NetworkSettings", "Networks").items()),
        ports=tuple(_listed_port(entry) for entry in answer.get("Ports") or () if entry.get("PublicPort")),
        settings=settings(host, "HostConfig"),
        state=str(answer.get("State") or ""),
    )


def _listed_port(entry: Json) -> Binding:
    return Binding(int(entry["PrivatePort"]), str(entry.get("Type") or "tcp"), str(entry["PublicPort"]), str(entry.get("IP") or ""))


def first_process(answer: Json) -> int:
    """The process that ``GET /containers/ID/json`` names; 0 where there is none."""
    state = part(answer, "State")
    return int(state.get("Pid") or 0) if state.get("Running") is True else 0


def image_defaults(answer: Json) -> ImageDefaults:
    """What ``GET /images/NAME/json`` says of the containers that are made from it."""
    config = part(answer, "Config")
    return ImageDefaults(
        environment=environment(config.get("Env")),
        labels=texts(config.get("Labels")),
        command=words(config.get("Cmd")),
        entrypoint=words(config.get("Entrypoint")),
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
    subnets = [str(entry["Subnet"]) for entry in part(answer, "IPAM").get("Config") or () if entry.get("Subnet")]
    return EngineNetwork(
        id=str(answer["Id"]),
        name=str(answer["Name"]),
        driver=str(answer.get("Driver") or ""),
        options=texts(answer.get("Options")),
        internal=answer.get("Internal") is True,
        attachable=answer.get("Attachable") is True,
        ipv6=answer.get("EnableIPv6") is True,
        subnets=tuple(subnets),
        labels=texts(answer.get("Labels")),
    )


def occupants(answer: Json) -> Mapping[str, Sequence[str]]:
    """The containers in ``GET /networks/NAME``, with their addresses."""
    keys = ("IPv4Address", "IPv6Address")
    return {number: [bare(entry[key]) for key in keys if entry.get(key)] for number, entry in part(answer, "Containers").items()}


def volume(answer: Json) -> EngineVolume:
    """One entry of ``GET /volumes``."""
    return EngineVolume(str(answer["Name"]), str(answer.get("Driver") or "local"), texts(answer.get("Options")), texts(answer.get("Labels")))


def bare(address: object) -> str:
    """An address without the length of its network."""
    return str(address).partition("/")[0]


def part(answer: Json, *path: str) -> Json:
    """A mapping inside an answer; empty where the engine says nothing or null."""
    here: Any = answer
    for step in path:
        here = here.get(step) if isinstance(here, Mapping) else None
    return here if isinstance(here, Mapping) else {}


def texts(value: object) -> Mapping[str, str]:
    """Texts by name; nothing where the engine says nothing or something else."""
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, Mapping) else {}


def words(value: object) -> tuple[str, ...]:
    """A list of words; none where the engine says nothing or something else."""
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()


def settings(answer: Json, prefix: str) -> Mapping[str, Any]:
    """What has no field of its own, by the name of its attribute."""
    return {f"{prefix}.{name}": value for name, value in answer.items() if name not in _TYPED}


def _membership(name: str, entry: Json) -> Membership:
    asked = part(entry, "IPAMConfig")
    addresses = [str(entry.get(key)) for key in ("IPAddress", "GlobalIPv6Address") if entry.get(key)]
    four, six = str(asked.get("IPv4Address") or ""), str(asked.get("IPv6Address") or "")
    return Membership(name, words(entry.get("Aliases")), four, six, tuple(addresses))


def _bindings(entries: object) -> Iterable[Binding]:
    for port, bindings in entries.items() if isinstance(entries, Mapping) else ():
        number, _, protocol = str(port).partition("/")
        asked: Sequence[Json] = bindings or ({},)
        for binding in asked:
            published = str(binding.get("HostPort") or "")
            yield Binding(int(number), protocol or "tcp", "" if published == "0" else published, str(binding.get("HostIp") or ""))


def _chosen(host: Json, config: Json) -> Iterable[Binding]:
    """Ports of which the engine publishes every one that is exposed, on numbers of its own choice."""
    asked = part(host, "PortBindings")
    for port in part(config, "ExposedPorts") if host.get("PublishAllPorts") is True else ():
        number, _, protocol = str(port).partition("/")
        if port not in asked:
            yield Binding(int(number), protocol or "tcp")


def _mount(entry: Json, propagation: Mapping[str, str]) -> Mounted:
    kind, target = str(entry.get("Type") or "volume"), str(entry.get("Destination") or "")
    source = str((entry.get("Name") if kind == "volume" else entry.get("Source")) or "")
    return Mounted(kind, source, target, entry.get("RW") is False, propagation.get(target, ""))


def _propagation(host: Json) -> Mapping[str, str]:
    """Target of each bind → the propagation that was asked for. Of a bind around its own folders the engine makes another one by itself."""
    binds = [(str(bind).split(":")[1:2], str(bind).split(":")[2:]) for bind in host.get("Binds") or ()]
    found = {target[0]: word for target, options in binds if target for word in ",".join(options).split(",") if word in _PROPAGATIONS}
    asked = ((str(entry.get("Target")), str(part(entry, "BindOptions").get("Propagation") or "")) for entry in host.get("Mounts") or ())
    return {**found, **{target: word for target, word in asked if word}}
