"""Changes that put a proxy between a service and the engine's socket: the mount goes, the proxy comes, and the service is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from batten.design import Design
from batten.design.sections.sockets import BY_HAND, PROXY, SocketUse
from batten.design.socket_needs import argument_at, mount_of, obstacle
from batten.errors import DesignError
from batten.knowledge.sockets import ENVIRONMENT, LABEL, calls, powers_of, shown_by
from batten.model import Action, Change, Project, Risk, Service, TreePath
from batten.review.sockets import has_socket

IMAGE = "haproxy:3.2-alpine"
"""The image of the proxy: HAProxy's long-term version of 2025 as docker-library/haproxy builds it (3.2/alpine/Dockerfile)."""
FOLDER = "socket-proxy"
"""Where the configurations of proxies lie, relative to the project."""
CONFIGURATION = "/usr/local/etc/haproxy/haproxy.cfg"
"""Where the image looks for its configuration."""
SOCKET = "/var/run/docker.sock"
"""Where the socket is in the proxy's container, wherever it is on the host."""
MANAGER = "node.role == manager"


def changes(project: Project, design: Design) -> Iterator[Change]:
    """For each service that is to ask a proxy: the proxy with its network and its configuration, and the service without the socket."""
    stack = design.target.kind == "stack"
    for use in design.sockets:
        service = project.services.get(use.service)
        if use.how == PROXY and service is not None and service.name != use.proxy:
            yield from _Plan(project, use, service, stack).changes()


class _Plan:
    """The changes of one decision."""

    def __init__(self, project: Project, use: SocketUse, service: Service, stack: bool) -> None:
        self.project, self.use, self.service, self.stack = project, use, service, stack
        self.mount = mount_of(project, service)
        self.proxy = project.services.get(use.proxy)

    def changes(self) -> Iterator[Change]:
        """Nothing where the service has no socket and there is no proxy to look after.

        Raises:
            DesignError: the proxy's name is that of something else in the project, or no proxy can take the place of this socket.
        """
        if self.mount is not None or self.proxy is not None or has_socket(self.project, self.service):
            self._check_name()
            self._check_service()
            yield from self._proxy_there()
            yield from self._service_told()

    def _change(self, what: str, path: TreePath, action: Action, value: object, why: str, comment: str = "") -> Change:
        decision = f"sockets.{self.use.service}"
        return Change(f"{decision}.{what}", path, action, value, comment, why, Risk.CHECK, decision)

    # -- the proxy

    def _check_name(self) -> None:
        name = self.use.proxy
        network = self.project.networks.get(name)
        if (self.proxy is not None and LABEL not in self.proxy.labels) or (network is not None and network.external):
            raise DesignError(f"'{name}' is there already and no socket proxy.", hint="Give the proxy another name under 'sockets'.")

    def _proxy_there(self) -> Iterator[Change]:
        name, why = self.use.proxy, self._why_proxy()
        if name not in self.project.networks:
            yield self._change("network", ("networks", name), Action.SET, self._network(), why, f"{self.service.name} and its socket proxy, nobody else")
        elif not self.project.networks[name].internal:
            yield self._change("internal", ("networks", name, "internal"), Action.SET, True, why)
        if name not in self.project.configs:
            yield self._change("configuration", ("configs", name), Action.SET, {"file": f"./{FOLDER}/{name}.cfg"}, why)
        allowed = " ".join(self.use.calls)
        if self.proxy is None:
            comment = f"asks the engine for {self.service.name}; {FOLDER}/{name}.cfg says what it lets through"
            yield self._change("proxy", ("services", name), Action.SET, self._written(), why, comment)
        elif self.proxy.labels.get(LABEL) != allowed:
            yield self._change("calls", ("services", name, "labels", LABEL), Action.SET, allowed, why)

    def _check_service(self) -> None:
        stuck = obstacle(self.project, self.service, self.stack) if has_socket(self.project, self.service) else ""
        if stuck:
            raise DesignError(f"{self.service.name} cannot ask a proxy: {stuck}.", hint="Write 'how: keep' for it under 'sockets'.")

    def _network(self) -> dict[str, object]:
        own = [self.project.networks[key] for key in self.service.networks if not self.project.networks[key].external]
        overlay = bool(own) and all(one.driver == "overlay" for one in own)
        return {**({"driver": "overlay"} if overlay else {}), "internal": True}

    def _written(self) -> dict[str, Any]:
        """The proxy's service. Root without capabilities owns the socket's file and nothing else: groups differ from host to host."""
        name, service = self.use.proxy, self.service
        source = self.mount.source if self.mount is not None else SOCKET
        labels = [option for option in service.security_opt if option.startswith("label")]
        compose = {} if self.stack else {"security_opt": ["no-new-privileges:true", *labels], "restart": "unless-stopped"}
        return {
            "image": IMAGE,
            "user": "0:0",
            "read_only": True,
            "cap_drop": ["ALL"],
            **compose,
            **({"profiles": list(service.profiles)} if service.profiles else {}),
            **({"userns_mode": service.userns_mode} if service.userns_mode else {}),
            "configs": [{"source": name, "target": CONFIGURATION}],
            "volumes": [{"type": "bind", "source": source, "target": SOCKET, "read_only": True}],
            "networks": {name: None},
            "labels": {LABEL: " ".join(self.use.calls)},
            "deploy": self._deploy(),
        }

    def _deploy(self) -> dict[str, Any]:
        limits = {"memory": str(64 * 1024 * 1024), **({} if self.stack else {"pids": 64})}
        return {"resources": {"limits": limits}, **({"placement": self._placement()} if self.stack else {})}

    def _placement(self) -> Mapping[str, Any]:
        """The nodes that the service may run on, managers alone where it asks what only they answer."""
        value = self.project.value((*self.service.path, "deploy", "placement", "constraints"))
        there = [str(item) for item in value.plain()] if value is not None else []
        swarm = any(calls()[name].swarm for name in self.use.calls if name in calls())
        missing = swarm and not any(one.replace(" ", "") == MANAGER.replace(" ", "") for one in there)
        constraints = [*there, *([MANAGER] if missing else [])]
        return {"constraints": constraints} if constraints else {}

    def _why_proxy(self) -> str:
        name, does = self.use.proxy, "; ".join(calls()[one].does for one in self.use.calls if one in calls())
        shown, powers = shown_by(self.use.calls), powers_of(self.use.calls)
        shows = f" Through it {self.service.name} still sees {' and '.join(shown)}." if shown else ""
        power = f" What is let through amounts to more than it seems: {'; '.join(powers)}." if powers else ""
        return f"{name} has the socket, without capabilities and alone with {self.service.name}, and lets these calls through: {does}.{shows}{power}"

    # -- the service

    def _service_told(self) -> Iterator[Change]:
        service, why = self.service, self._why_service()
        if self.use.proxy not in service.networks:
            yield self._change("membership", (*service.path, "networks", self.use.proxy), Action.SET, None, why)
        if self.mount is not None:
            item = self.project.value(self.mount.path)
            yield self._change("mount", self.mount.path[:3], Action.REMOVE_ITEM, item.plain() if item is not None else None, why)
        if not self.stack and self.use.proxy not in service.depends_on:
            after = {"condition": "service_started", "required": True}
            yield self._change("order", (*service.path, "depends_on", self.use.proxy), Action.SET, after, why)
        for kind, name, value in self.use.told():
            yield from self._variable(name, value, why) if kind == ENVIRONMENT else self._argument(name, value, why)

    def _variable(self, name: str, value: str, why: str) -> Iterator[Change]:
        variable = self.service.environment.get(name)
        if variable is None or variable.value is None or variable.value.reveal() != value:
            yield self._change(f"variable.{name}", (*self.service.path, "environment", name), Action.SET, value, why)

    def _argument(self, name: str, value: str, why: str) -> Iterator[Change]:
        at, path = argument_at(self.service, name), (*self.service.path, "command")
        if at is None:
            yield self._change(f"argument.{name}", path, Action.APPEND, f"{name}={value}", why)
        elif self.service.command[at] != f"{name}={value}":
            yield self._change(f"argument.{name}", (*path, at), Action.SET, f"{name}={value}", why)

    def _why_service(self) -> str:
        by_hand = f" It has to be told by hand that the engine is at {self.use.url}." if BY_HAND in self.use.endpoint else ""
        return (
            f"{self.service.name} no longer has the engine's socket, which is root on this host even where it is mounted read-only: "
            f"it asks {self.use.proxy} instead.{by_hand}"
        )
