"""How far a service can be confined: what its image needs of the rights that Docker gives, in the way in which this project uses it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from batten.knowledge.images import image_facts
from batten.knowledge.runtimes import Runtime
from batten.model import Mount, Project, Service

ALL, NET_BIND_SERVICE, DAC_OVERRIDE = "ALL", "NET_BIND_SERVICE", "DAC_OVERRIDE"
_LOW_PORTS = "net.ipv4.ip_unprivileged_port_start"
"""Docker sets it to 0 in every network namespace that it makes (from 20.10 on), so that low ports need no capability there."""
_ROOT = ("root", "0")
_HOST_KEYS = ("devices", "gpus", "device_cgroup_rules", "runtime", "post_start", "pre_stop")


class Confinement(NamedTuple):
    """What a service needs, in the way in which the project uses its image."""

    needs: tuple[str, ...]
    """Capabilities to give back after dropping all."""
    account: str
    """The user that it can be started as instead of root; it needs no capability then. Empty where it has to start as it does."""
    sealed: bool
    """Whether its own file system can be read-only."""
    writes: tuple[str, ...]
    """What it needs as a tmpfs then, as Docker takes it: ``/run:size=16m``."""
    tried: bool
    """Whether our engine tests run the program of the image with just this; else it was only read in the image's sources."""


def confinement(project: Project, service: Service) -> Confinement | None:
    """What ``service`` needs; None where that is not known (``obstacle`` says why)."""
    runtime = _runtime(service)
    if runtime is None or obstacle(project, service):
        return None
    binds = [mount for mount in service.mounts if mount.kind in ("bind", "npipe")]
    as_root = _starts_as_root(service, runtime)
    held = (*runtime.needs, *_for_this_use(project, service, binds)) if as_root else tuple(one for one in runtime.needs if one == NET_BIND_SERVICE)
    movable = as_root and not any(not mount.read_only for mount in binds)
    return Confinement(
        needs=tuple(dict.fromkeys(held)),
        account=runtime.account if movable or service.user == runtime.account else "",
        sealed=_can_be_sealed(project, service, runtime),
        writes=tuple(entry for entry in runtime.writes if not _mounted(service.mounts, entry.partition(":")[0])),
        tried=runtime.tried,
    )


def obstacle(project: Project, service: Service) -> str:
    """Why nothing is known of what a service needs, as a phrase; empty where it is known."""
    runtime = _runtime(service)
    if service.build_context:
        return "its image is built from files of the project"
    if runtime is None or not runtime.read:
        return "nobody has looked into what its image needs"
    return next(_of_use(project, service, runtime), "")


def _of_use(project: Project, service: Service, runtime: Runtime) -> Iterator[str]:
    """What is unusual about the way in which an image is used."""
    if service.privileged or ALL in service.cap_add:
        yield "it asks for every right"
    if service.entrypoint:
        yield "its entrypoint is not that of its image"
    if service.command and not service.command[0].startswith("-") and service.command[0] not in runtime.runs:
        yield "its command is not the one that its image starts"
    if service.user.partition(":")[0] in _ROOT and not runtime.starts_as_root:
        yield "its image has a user of its own, and the file makes it root"
    if service.pid or service.use_api_socket or any(_said(project, service, key) for key in _HOST_KEYS):
        yield "it uses devices, processes or hooks beyond its image"


def unneeded(project: Project, service: Service) -> tuple[str, ...]:
    """Capabilities that somebody added and that the image, in the way in which it is used, has no use for."""
    found, runtime = confinement(project, service), _runtime(service)
    if found is None or runtime is None:
        return ()
    return tuple(one for one in dict.fromkeys(service.cap_add) if one not in (*found.needs, *runtime.needs, *runtime.may, NET_BIND_SERVICE))


def _runtime(service: Service) -> Runtime | None:
    facts = image_facts(service.image)
    return facts.runtime if facts is not None else None


def _starts_as_root(service: Service, runtime: Runtime) -> bool:
    """Whether its first process is root; the account that batten itself names counts as root's choice, so that hardening again finds the same."""
    return runtime.starts_as_root and service.user.partition(":")[0] in ("", *_ROOT, *filter(None, [runtime.account]))


def _for_this_use(project: Project, service: Service, binds: list[Mount]) -> Iterator[str]:
    """What root in the container needs because of the project's own settings: files of other users, low ports outside of Docker's namespaces."""
    if binds or any(_is_private(project.secrets[use.source].file) for use in service.secrets if use.source in project.secrets):
        yield DAC_OVERRIDE
    if service.network_mode or _LOW_PORTS in service.sysctls:
        yield NET_BIND_SERVICE


def _is_private(file: str) -> bool:
    """Whether a file belongs to another user than root and is hidden from others, so that root needs DAC_OVERRIDE to read it."""
    try:
        found = os.stat(file)
    except OSError:
        return False
    return found.st_uid != 0 and not found.st_mode & stat.S_IROTH


def _can_be_sealed(project: Project, service: Service, runtime: Runtime) -> bool:
    """Not where Compose copies a secret or config into the container's own file system, which it refuses for a read-only one."""
    sources = [project.secrets.get(use.source) for use in service.secrets] + [project.configs.get(use.source) for use in service.configs]
    copied = any(source is not None and (source.environment or source.has_content) for source in sources)
    return runtime.sealed and not copied and not any(_mounted(service.mounts, folder, below=True) for folder in runtime.unseals)


def _mounted(mounts: tuple[Mount, ...], folder: str, *, below: bool = False) -> bool:
    """Whether something of the project is mounted at ``folder`` or around it; with ``below``, at it or inside of it."""
    targets = [mount.target.rstrip("/") for mount in mounts]
    if below:
        return any(f"{target}/".startswith(f"{folder}/") for target in targets)
    return any(f"{folder}/".startswith(f"{target}/") for target in targets)


def _said(project: Project, service: Service, key: str) -> bool:
    value = project.value((*service.path, key))
    return value is not None and value.data not in (None, "", [], {})
