"""Changes that take rights from services: capabilities, new privileges, a writable file system, root, and more than their share of the host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from batten.compose.scalars import size
from batten.design import Design
from batten.design.sections.privileges import Privilege
from batten.knowledge.capabilities import normalised
from batten.model import Action, Change, Project, Risk, Service, TreePath

NO_NEW_PRIVILEGES = "no-new-privileges:true"
APPARMOR = "apparmor="
_LIMITS = ("deploy", "resources", "limits")
_STRANGE = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST = 120


def changes(project: Project, design: Design) -> Iterator[Change]:
    """What is missing for each service of the design; what a stack file cannot say is left to the daemon of each node."""
    for name, privilege in design.privileges.items():
        service = project.services.get(name)
        if service is not None:
            yield from _Changes(project, service, privilege, design.target.own_stack).all()


def profile_name(project: str, service: str) -> str:
    """The name of a service's AppArmor profile. No two services have the same one: a name that has to be cut or spelt otherwise ends in a hash."""
    words = [_STRANGE.sub("_", part) for part in (project, service)]
    name = f"batten.{words[0]}.{words[1]}"
    if words == [project, service] and len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}.{hashlib.sha256(f'{project}/{service}'.encode()).hexdigest()[:8]}"


class _Changes:
    """The changes of one service: two decisions, what few programs notice and all the rest, each of them done whole or not at all.

    In the second one, what is given back is of no use without what is taken, and a user that no longer is root needs other rights than root.
    """

    def __init__(self, project: Project, service: Service, privilege: Privilege, stack: bool) -> None:
        self.project, self.service, self.privilege, self.stack = project, service, privilege, stack
        self.light = f"privileges.{service.name}"
        self.confined = f"{self.light}/confined"

    def all(self) -> Iterator[Change]:
        """Every change that is missing."""
        yield from self._capabilities()
        if self.privilege.no_new_privileges and not self.stack:
            yield from self._no_new_privileges()
        yield from self._user()
        yield from self._file_system()
        yield from self._limits()
        if not self.stack:
            yield from self._seccomp()
            yield from self._apparmor()

    def _change(self, what: str, path: TreePath, action: Action, value: Any, why: str) -> Change:
        return Change(f"{self.light}.{what}", (*self.service.path, *path), action, value, "", why, Risk.CHECK, self.confined)

    def _light_change(self, what: str, key: str, value: str, why: str) -> Change:
        risk = Risk.SAFE if self.privilege.known else Risk.CHECK
        return Change(f"{self.light}.{what}", (*self.service.path, key), Action.APPEND, value, "", why, risk, self.light)

    def _said(self, *path: str) -> Any:
        value = self.project.value((*self.service.path, *path))
        return value.plain() if value is not None else None

    def _capabilities(self) -> Iterator[Change]:
        service, privilege, name = self.service, self.privilege, self.service.name
        for written in self._said("cap_add") or ():
            if normalised(written) in privilege.remove:
                why = f"{name} no longer has {normalised(written)}, which somebody added and its image has no use for."
                yield self._change(f"remove.{written}", ("cap_add",), Action.REMOVE_ITEM, written, why)
        for capability in privilege.drop:
            if capability not in service.cap_drop and "ALL" not in service.cap_drop and capability not in service.cap_add:
                yield self._drop(capability)
        for capability in privilege.add:
            if capability not in service.cap_add:
                why = f"{name} keeps {capability}, which its image needs in this use."
                yield self._change(f"add.{capability}", ("cap_add",), Action.APPEND, capability, why)

    def _drop(self, capability: str) -> Change:
        name, reason = self.service.name, self.privilege.reason
        if capability == "ALL":
            left = [*self.service.cap_add, *self.privilege.add]
            kept = ", ".join(one for one in dict.fromkeys(left) if one not in self.privilege.remove)
            why = f"{name} has {f'no capability but {kept}' if kept else 'no capability at all'}: {reason}."
            return self._change(capability, ("cap_drop",), Action.APPEND, capability, why)
        return self._light_change(capability, "cap_drop", capability, f"{name} no longer has {capability}: {reason}.")

    def _no_new_privileges(self) -> Iterator[Change]:
        if not any(option.replace("=", ":") in (NO_NEW_PRIVILEGES, "no-new-privileges") for option in self.service.security_opt):
            why = f"Processes of {self.service.name} cannot gain privileges by a set-user-ID program: {self.privilege.reason}."
            yield self._light_change("no-new-privileges", "security_opt", NO_NEW_PRIVILEGES, why)

    def _user(self) -> Iterator[Change]:
        user = self.privilege.user
        if user and self.service.user != user:
            folders = [mount.target for mount in self.service.mounts if not mount.read_only]
            owned = f"; what lies in {', '.join(folders)} must belong to that user" if folders else ""
            yield self._change("user", ("user",), Action.SET, user, f"{self.service.name} is started as {user} instead of root{owned}.")

    def _file_system(self) -> Iterator[Change]:
        name, covered = self.service.name, {entry.partition(":")[0] for entry in self.service.tmpfs} | {mount.target for mount in self.service.mounts}
        if self.privilege.read_only and not self.service.read_only:
            why = f"{name} can no longer write to its image's own files, only to its volumes and temporary folders."
            yield self._change("read-only", ("read_only",), Action.SET, True, why)
        for entry in self.privilege.tmpfs:
            folder, _, options = entry.partition(":")
            if folder not in covered:
                path, value = (("volumes",), _volume(folder, options)) if self.stack else (("tmpfs",), entry)
                why = f"{folder} of {name} is in memory and gone with the container."
                yield self._change(f"tmpfs.{folder}", path, Action.APPEND, value, why)

    def _limits(self) -> Iterator[Change]:
        name, pids, memory = self.service.name, self.privilege.pids, size(self.privilege.memory) if self.privilege.memory else None
        path, held = self._limit("pids_limit", "pids")
        if pids and not 0 < held <= pids:
            yield self._change("pids", path, Action.SET, pids, f"{name} has at most {pids} processes and threads.")
        path, held = self._limit("mem_limit", "memory")
        if memory and held != memory:
            why = f"{name} takes at most {self.privilege.memory} of memory; the kernel ends it where it wants more."
            yield self._change("memory", path, Action.SET, str(memory), why)

    def _limit(self, key: str, resource: str) -> tuple[TreePath, int]:
        """Where a limit stands, or is to stand, and what it is. Beside ``deploy.resources.limits`` Compose refuses one with a key of its own."""
        places: list[tuple[str, ...]] = [(key,), (*_LIMITS, resource)]
        for path in places:
            held = self._said(*path)
            if held not in (None, "", "0", 0):
                return path, int(held)
        return places[1 if self.stack or self._said(*_LIMITS) is not None else 0], 0

    def _seccomp(self) -> Iterator[Change]:
        if self.privilege.default_seccomp:
            for option in self.service.security_opt:
                if option.replace(":", "=", 1) == "seccomp=unconfined":
                    why = f"The engine's own filter of system calls holds for {self.service.name} again."
                    yield self._change("seccomp", ("security_opt",), Action.REMOVE_ITEM, option, why)

    def _apparmor(self) -> Iterator[Change]:
        wanted = APPARMOR + profile_name(self.project.name, self.service.name)
        if self.privilege.apparmor and wanted not in self.service.security_opt:
            for option in self.service.security_opt:
                if option.replace(":", "=", 1).startswith(APPARMOR):
                    yield self._change("apparmor.old", ("security_opt",), Action.REMOVE_ITEM, option, f"Another profile takes the place of {option}.")
            why = f"{self.service.name} runs under an AppArmor profile of its own, which must be loaded before it starts."
            yield self._change("apparmor", ("security_opt",), Action.APPEND, wanted, why)


def _volume(folder: str, options: str) -> dict[str, Any]:
    """A temporary folder as a volume, which is the only form that a stack file takes."""
    said = dict(option.split("=", 1) for option in options.split(",") if "=" in option)
    return {"type": "tmpfs", "target": folder, "tmpfs": {"size": str(size(said["size"]))} if "size" in said else {}}
