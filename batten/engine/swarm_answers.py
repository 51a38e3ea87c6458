"""The engine's JSON answers about a swarm as the types of ``protocol``; only a manager gives them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from batten.engine.answers import Json, bare, environment, part, settings, texts, words
from batten.engine.protocol import Binding, Granted, Membership, Mounted, Node, Swarm, Task, Workload

_NANOSECONDS = 1_000_000_000
_DAY = 86_400


def swarm(about: Json, services: Iterable[Json], nodes: Iterable[Json], secrets: Iterable[Json], networks: Mapping[str, str]) -> Swarm:
    """What ``GET /swarm``, ``/services``, ``/nodes`` and ``/secrets`` say; ``networks`` are names by id."""
    spec = part(about, "Spec")
    return Swarm(
        services=tuple(_service(entry, networks) for entry in services),
        nodes=tuple(_node(entry) for entry in nodes),
        secrets=tuple(str(part(entry, "Spec").get("Name")) for entry in secrets),
        autolock=part(spec, "EncryptionConfig").get("AutoLockManagers") is True,
        certificate_days=int(part(spec, "CAConfig").get("NodeCertExpiry") or 0) / _NANOSECONDS / _DAY,
    )


def _service(answer: Json, networks: Mapping[str, str]) -> Workload:
    spec = part(answer, "Spec")
    task, inner = part(spec, "TaskTemplate"), part(spec, "TaskTemplate", "ContainerSpec")
    grants = [*_grants(inner, "Secrets", "SecretName"), *_grants(inner, "Configs", "ConfigName")]
    return Workload(
        kind="service",
        id=str(answer["ID"]),
        name=str(spec["Name"]),
        image=_without_added_digest(str(inner.get("Image") or "")),
        labels=texts(inner.get("Labels")),
        environment=environment(inner.get("Env")),
        command=words(inner.get("Args")),
        entrypoint=words(inner.get("Command")),
        networks=tuple(_swarm_membership(entry, networks) for entry in task.get("Networks") or spec.get("Networks") or ()),
        ports=tuple(_swarm_binding(entry) for entry in part(spec, "EndpointSpec").get("Ports") or ()),
        mounts=tuple(_swarm_mount(entry) for entry in inner.get("Mounts") or ()),
        grants=tuple(grants),
        settings={**settings(inner, "Spec.TaskTemplate.ContainerSpec"), **settings(task, "Spec.TaskTemplate"), **settings(spec, "Spec")},
        replicas=int(part(spec, "Mode", "Replicated").get("Replicas") or 1) if "Global" not in part(spec, "Mode") else 1,
        service_labels=texts(spec.get("Labels")),
        state=str(part(answer, "UpdateStatus").get("State") or ""),
        virtual=tuple(bare(entry.get("Addr")) for entry in part(answer, "Endpoint").get("VirtualIPs") or () if entry.get("Addr")),
    )


def task(answer: Json) -> Task:
    """One entry of ``GET /tasks``."""
    addresses = [bare(address) for entry in answer.get("NetworksAttachments") or () for address in entry.get("Addresses") or ()]
    return Task(str(answer.get("ServiceID") or ""), str(answer.get("NodeID") or ""), str(part(answer, "Status").get("State") or ""), tuple(addresses))


def _without_added_digest(image: str) -> str:
    """``name:tag@digest`` is what a manager makes of ``name:tag`` when it resolves it; the files say the tag."""
    name, at, _ = image.partition("@")
    return name if at and ":" in name.rpartition("/")[2] else image


def _node(answer: Json) -> Node:
    described = part(answer, "Description")
    name, role = described.get("Hostname") or answer.get("ID"), part(answer, "Spec").get("Role")
    return Node(str(name), str(role or ""), str(part(described, "Engine").get("EngineVersion") or ""))


def _swarm_membership(entry: Json, networks: Mapping[str, str]) -> Membership:
    target = str(entry.get("Target"))
    return Membership(networks.get(target, target), words(entry.get("Aliases")))


def _swarm_binding(entry: Json) -> Binding:
    published = str(entry.get("PublishedPort") or "")
    return Binding(int(entry.get("TargetPort") or 0), str(entry.get("Protocol") or "tcp"), published, "", str(entry.get("PublishMode") or "ingress"))


def _swarm_mount(entry: Json) -> Mounted:
    kind, source, target = (str(entry.get(key) or "") for key in ("Type", "Source", "Target"))
    return Mounted(kind or "volume", source, target, entry.get("ReadOnly") is True, str(part(entry, "BindOptions").get("Propagation") or ""))


def _grants(inner: Json, key: str, name: str) -> Iterable[Granted]:
    for entry in inner.get(key) or ():
        source = str(entry.get(name))
        target = str(part(entry, "File").get("Name") or source)
        yield Granted(source, target, config=key == "Configs")
