"""Typed projects in a few words, without files: ``project({"web": service(ports=["8080:80"])})``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from batten.model import Attachment, Network, Port, Project, Service, Value

BRIDGE = "com.docker.network.bridge."


def service(
    *,
    networks: Sequence[str] | Mapping[str, Sequence[str]] = (),
    ports: Sequence[str] = (),
    network_mode: str = "",
    dns: Sequence[str] = (),
    container_name: str = "",
    mode: str = "ingress",
) -> Service:
    """A service that has what matters here; without networks it is on ``default``. Its name is given by ``project``."""
    members = networks if isinstance(networks, Mapping) else dict.fromkeys(networks, ())
    if not members and not network_mode:
        members = {"default": ()}
    return Service(
        name="", image="reach:1", build_context="", dockerfile="", command=(), entrypoint=(), environment={},
        ports=tuple(port(text, index, mode) for index, text in enumerate(ports)), expose=(),
        networks={key: Attachment(key, tuple(aliases), "", "") for key, aliases in members.items()}, network_mode=network_mode,
        mounts=(), secrets=(), configs=(), depends_on=(), links=(), labels={}, deploy_labels={}, healthcheck=(), extra_hosts=(), dns=tuple(dns),
        hostname="", container_name=container_name, privileged=False, cap_add=(), cap_drop=(), security_opt=(), user="", read_only=False,
        pid="", ipc="", uts="", userns_mode="", cgroup="", devices=(), tmpfs=(), sysctls={}, profiles=(), replicas=1, use_api_socket=False, env_files=(),
    )  # fmt: skip


def port(text: str, index: int = 0, mode: str = "ingress") -> Port:
    """A published port from its short form, ``[ADDRESS:][PUBLISHED:]TARGET[/PROTOCOL]``."""
    numbers, _, protocol = text.partition("/")
    rest, _, target = numbers.rpartition(":")
    address, _, published = rest.rpartition(":")
    return Port(int(target), published, address, protocol or "tcp", mode, index)


def network(
    *,
    internal: bool = False,
    external: bool = False,
    driver: str = "",
    name: str = "",
    ipv4: bool = True,
    ipv6: bool = False,
    attachable: bool = False,
    subnets: Sequence[str] = (),
    **options: str,
) -> Network:
    """A network; keyword arguments that are not named here are bridge options (``enable_icc="false"``)."""
    opts = {BRIDGE + key: value for key, value in options.items()}
    return Network("", name, driver, opts, internal, external, attachable, ipv4, ipv6, tuple(subnets), True)


def project(services: Mapping[str, Service], networks: Mapping[str, Network] | None = None, *, name: str = "shop") -> Project:
    """A project of these; networks that services mention and nobody defines are plain ones."""
    from dataclasses import replace

    given = networks or {}
    keys = dict.fromkeys([*given, *(key for one in services.values() for key in one.networks)])
    defined = {key: given.get(key) or network() for key in keys}
    return Project(
        name=name,
        directory=Path("/shop"),
        files=("/shop/compose.yaml",),
        services={key: replace(one, name=key) for key, one in services.items()},
        networks={key: replace(one, key=key, name=one.name or f"{name}_{key}" if not one.external else one.name or key) for key, one in defined.items()},
        secrets={},
        configs={},
        volumes={},
        tree=Value({}),
        sources={},
    )
