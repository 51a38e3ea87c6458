"""An engine that answers what a test gives it, and short ways to what it may run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from batten.engine.keeping import Keeper
from batten.engine.protocol import About, EngineNetwork, EngineVolume, Membership, Swarm, Task, Workload
from batten.model import SecretText


@dataclass
class FakeEngine:
    """The protocol's ``Engine``."""

    runs: Sequence[Workload] = ()
    nets: Sequence[EngineNetwork] = ()
    vols: Sequence[EngineVolume] = ()
    state: Swarm | None = None
    logs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By name of the container."""
    asks: Sequence[Task] = ()
    bridged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The addresses on ``docker_gwbridge`` by container."""
    keeps: Keeper | None = None
    told: About = field(default_factory=lambda: About("harbour", "28.5.2", "1.51", "unix:///var/run/docker.sock", info={"CgroupVersion": "2"}))

    @property
    def keeper(self) -> Keeper:
        """See the protocol; a test that wants one gives it."""
        assert self.keeps is not None
        return self.keeps

    def about(self) -> About:
        """See the protocol."""
        return self.told

    def containers(self) -> Sequence[Workload]:
        """See the protocol."""
        return self.runs

    def log(self, container: str, lines: int, size: int) -> Sequence[str]:
        """See the protocol."""
        name = next(one.name for one in self.runs if one.id == container)
        return list(self.logs.get(name, ()))[-lines:]

    def glance(self) -> Sequence[Workload]:
        """See the protocol."""
        return [one for one in self.runs if one.state == "running"]

    def first_process(self, container: str) -> int:
        """See the protocol."""
        return next((one.pid for one in self.runs if one.id == container), 0)

    def networks(self) -> Sequence[EngineNetwork]:
        """See the protocol."""
        return self.nets

    def volumes(self) -> Sequence[EngineVolume]:
        """See the protocol."""
        return self.vols

    def swarm(self) -> Swarm:
        """See the protocol."""
        assert self.state is not None
        return self.state

    def occupants(self, network: str) -> Mapping[str, Sequence[str]]:
        """See the protocol."""
        return self.bridged if network == "docker_gwbridge" else {}

    def tasks(self) -> Sequence[Task]:
        """See the protocol."""
        return self.asks


def container(name: str, **fields: Any) -> Workload:
    """A container that runs, of no project; ``env`` holds plain texts."""
    environment: dict[str, SecretText | None] = {key: SecretText(value) for key, value in fields.pop("env", {}).items()}
    usual: dict[str, Any] = {"image": "nginx:1.27", "labels": {}, "state": "running", "networks": (Membership("bridge"),)}
    return Workload(kind="container", id=sha256(name.encode()).hexdigest(), name=name, environment=environment, **{**usual, **fields})


def composed(project: str, service: str, number: int = 1, **fields: Any) -> Workload:
    """A container as Compose makes it; an engine takes no strange names for it, whatever its labels say."""
    prefix = "com.docker.compose."
    labels = {f"{prefix}project": project, f"{prefix}service": service, f"{prefix}container-number": str(number), **fields.pop("labels", {})}
    fields.setdefault("networks", (Membership(f"{project}_default", (service,)),))
    return container(re.sub(r"[^A-Za-z0-9-]", "x", f"{project}-{service}-{number}"), labels=labels, **fields)


def network(project: str, key: str = "default", **fields: Any) -> EngineNetwork:
    """A network as Compose makes it."""
    labels = {"com.docker.compose.project": project, "com.docker.compose.network": key}
    return EngineNetwork(f"{project}-{key}", f"{project}_{key}", "bridge", labels=labels, **fields)
