"""From one complaint to the Changes that may have caused it: what each kind of Change typically breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from batten.design.sidecars import sidecars
from batten.engine.blames import Blame, Changes, Grievance
from batten.engine.blaming_networks import NETWORK_KINDS, NetworkBlaming
from batten.engine.verifying import Verification
from batten.engine.watching import Seen
from batten.hardening import Hardening
from batten.knowledge.capabilities import DEFAULT, normalised
from batten.model import Action, Change, Project

_ALL = "ALL"


class Blaming:
    """Blames for the grievances of one project."""

    def __init__(self, hardening: Hardening, now: Seen, found: Verification | None) -> None:
        self._before, self._after = hardening.before, hardening.after
        self._changes, self._design = Changes(hardening.changes), hardening.design
        self._networks = NetworkBlaming(hardening, now, found)
        self._ways: Mapping[str, Callable[[Grievance], Iterator[Blame]]] = {
            **dict.fromkeys(NETWORK_KINDS, self._networks.blames),
            "denied": self._denied,
            "missing": self._missing,
            "forbidden": self._forbidden,
            "port": self._port,
            "read_only": self._read_only,
            "full": self._full,
            "exec": self._exec,
            "login": self._login,
            "unset": self._unset,
            "new_privileges": self._new_privileges,
            "engine": self._engine,
            "processes": self._processes,
            "memory": self._memory,
            "address": self._address,
            "certificate": self._certificate,
        }

    def blames(self, grievance: Grievance) -> Iterator[Blame]:
        """The Changes that may have caused a grievance, in no order."""
        yield from self._ways[grievance.complaint.kind](grievance)
        yield from self._added(grievance)

    def found(self) -> Iterator[Grievance]:
        """Grievances that come from what was verified."""
        return self._networks.found()

    def follows(self, grievance: Grievance) -> bool:
        """Whether a grievance comes of another service that is not up, or is over."""
        return grievance.complaint.kind in NETWORK_KINDS and self._networks.follows(grievance)

    # files

    def _denied(self, grievance: Grievance) -> Iterator[Blame]:
        service, path = grievance.service, grievance.complaint.path
        secret = list(self._mounted(service, path))
        for change in secret:
            why = f"It mounts {path}, which the user that {service} runs as must be able to read: 0444 in a folder that is closed to others is right."
            yield Blame(change, why, 95)
        # A line without a path may be about anything that somebody is not allowed to do, a visitor of the application too.
        weight = 55 if secret or not path else 85
        yield from self._of_user(service, f"{path or 'what it tried'} is not open to {self._user(service)}", weight)
        yield from self._of_capability(service, "DAC_OVERRIDE", min(weight, 75))
        yield from self._temporary(service, path, "belongs to root unless its options say otherwise", 60)
        yield from (Blame(change, f"The AppArmor profile of {service} may not allow it.", 65) for change in self._options(service, "apparmor="))

    def _missing(self, grievance: Grievance) -> Iterator[Blame]:
        service, path = grievance.service, grievance.complaint.path
        yield from (Blame(change, f"It mounts {path}, and what it mounts is not there.", 90) for change in self._mounted(service, path))
        yield from self._temporary(service, path, "hides what the image holds there", 85)

    def _read_only(self, grievance: Grievance) -> Iterator[Blame]:
        service, path = grievance.service, grievance.complaint.path
        if any(_below(path, mount.target) for mount in self._after.services[service].mounts if mount.target != "/"):
            return
        for change in self._changes.of(service, "read_only"):
            yield Blame(change, f"It closes the image's own files, and {path or 'what it wants to write'} is in none of the temporary folders.", 95)

    def _full(self, grievance: Grievance) -> Iterator[Blame]:
        yield from self._temporary(grievance.service, grievance.complaint.path, "has no more room than its options give it", 90)

    def _mounted(self, service: str, path: str) -> Iterator[Change]:
        """Changes that mount a secret or a start script at a path."""
        for key in ("secrets", "configs"):
            for change in self._changes.of(service, key):
                if path and isinstance(change.value, dict) and change.value.get("target") == path:
                    yield change

    def _temporary(self, service: str, path: str, what: str, weight: int) -> Iterator[Blame]:
        """Changes that put a temporary folder over a path."""
        for key in ("tmpfs", "volumes"):
            for change in self._changes.of(service, key):
                value = change.value
                folder = value.partition(":")[0] if isinstance(value, str) else value.get("target", "") if isinstance(value, dict) else ""
                if change.action is Action.APPEND and folder and _below(path, folder):
                    yield Blame(change, f"It puts a temporary folder at {folder}, which {what}.", weight)

    # rights

    def _forbidden(self, grievance: Grievance) -> Iterator[Blame]:
        service, capability = grievance.service, grievance.complaint.capability
        user = list(self._of_user(service, f"only root may do this, and it runs as {self._user(service)}", 95))
        # Whoever is not root has no capability, whichever are left to root.
        certain = list(self._of_capability(service, capability, 60 if user else 95)) if capability else []
        yield from (*user, *certain)
        if not certain and not user:
            gone = [one for one in sorted(DEFAULT) if self._lost(service, one)]
            why = f"It took {', '.join(gone)} from {service}, one of which may be what it takes."
            yield from (Blame(change, why, 55) for change in self._droppers(service, gone))
            yield from (Blame(change, f"The engine's filter of system calls holds for {service} again.", 50) for change in self._options(service, "seccomp="))

    def _port(self, grievance: Grievance) -> Iterator[Blame]:
        service = grievance.service
        user = list(self._of_user(service, f"a low port may be for root alone, and it runs as {self._user(service)}", 90))
        yield from (*user, *self._of_capability(service, "NET_BIND_SERVICE", 60 if user else 90))

    def _new_privileges(self, grievance: Grievance) -> Iterator[Blame]:
        why = "It keeps set-user-ID programs from giving rights."
        yield from (Blame(change, why, 95) for change in self._options(grievance.service, "no-new-privileges"))

    def _of_capability(self, service: str, capability: str, weight: int) -> Iterator[Blame]:
        """Changes that took a capability away."""
        why = f"It takes {capability} for this, and {service} no longer has it."
        if self._lost(service, capability):
            yield from (Blame(change, why, weight) for change in self._droppers(service, [capability]))

    def _lost(self, service: str, capability: str) -> bool:
        return _holds(self._before, service, capability) and not _holds(self._after, service, capability)

    def _droppers(self, service: str, capabilities: list[str]) -> Iterator[Change]:
        for change in self._changes.of(service, "cap_drop"):
            if capabilities and normalised(str(change.value)) in (_ALL, *capabilities):
                yield change
        for change in self._changes.of(service, "cap_add"):
            if change.action is Action.REMOVE_ITEM and normalised(str(change.value)) in (_ALL, *capabilities):
                yield change

    def _of_user(self, service: str, reason: str, weight: int) -> Iterator[Blame]:
        """The Change of the user that a service runs as."""
        yield from (Blame(change, f"{service} no longer starts as root: {reason}.", weight) for change in self._changes.of(service, "user"))

    def _user(self, service: str) -> str:
        return self._after.services[service].user or "the image's own user"

    def _options(self, service: str, word: str) -> Iterator[Change]:
        return (one for one in self._changes.of(service, "security_opt") if str(one.value).replace(":", "=", 1).startswith(word))

    # starting, limits, secrets

    def _exec(self, grievance: Grievance) -> Iterator[Blame]:
        service = grievance.service
        if "apparmor" in grievance.line.lower():
            why = f"It names a profile that must be loaded on the host before {service} starts."
            yield from (Blame(change, why, 95) for change in self._options(service, "apparmor="))
            return
        for key in ("entrypoint", "command", "healthcheck"):
            yield from (Blame(change, f"It changes how {service} is started.", 90) for change in self._changes.of(service, key))

    def _login(self, grievance: Grievance) -> Iterator[Blame]:
        """The credentials that moved, first those that another service has too: it may be the one that refuses."""
        why = f"It changes how {grievance.service} gets this credential; the value or the way may not fit."
        for change in self._removals(grievance.service):
            yield Blame(change, why, 80 if self._shared(change, grievance.service) else 70)

    def _shared(self, removal: Change, service: str) -> bool:
        """Whether the secret that a variable became is mounted by another service as well."""
        mounts = (one.value for one in self._changes.of(service, "secrets") if one.decision == removal.decision and isinstance(one.value, dict))
        sources = {mount.get("source") for mount in mounts}
        return any(use.source in sources for name, one in self._after.services.items() if name != service for use in one.secrets)

    def _unset(self, grievance: Grievance) -> Iterator[Blame]:
        """A line that names a variable which went, or none at all."""
        removals = list(self._removals(grievance.service))
        named = [change for change in removals if str(change.path[-1]) in grievance.line]
        for change in named or removals:
            why = f"{change.path[-1]} is in the environment of {grievance.service} no longer; the program may not look for the file."
            yield Blame(change, why, 95 if named else 60)

    def _removals(self, service: str) -> Iterator[Change]:
        """For each credential that moved, the Change that took it out of the environment."""
        return (one for one in self._changes.secrets(service) if one.path[:3] == ("services", service, "environment") and one.action is Action.REMOVE)

    def _processes(self, grievance: Grievance) -> Iterator[Blame]:
        yield from self._limit(grievance.service, "pids", "It limits the number of processes and threads.")

    def _memory(self, grievance: Grievance) -> Iterator[Blame]:
        yield from self._limit(grievance.service, "memory", "It limits the memory.")

    def _limit(self, service: str, what: str, why: str) -> Iterator[Blame]:
        yield from (Blame(change, why, 90) for change in self._changes.all if change.id == f"privileges.{service}.{what}")

    def _engine(self, grievance: Grievance) -> Iterator[Blame]:
        service = grievance.service
        for change in self._changes.all:
            if change.decision.startswith("sockets.") and service in change.path[1:2]:
                yield Blame(change, f"{service} asks the engine through a proxy now, or not at all.", 90)

    def _address(self, grievance: Grievance) -> Iterator[Blame]:
        why = "It binds a published port to an address that this host does not have."
        yield from (Blame(change, why, 90) for change in self._changes.of(grievance.service, "ports"))

    def _certificate(self, grievance: Grievance) -> Iterator[Blame]:
        """The sidecars through which a service speaks and is spoken to."""
        service = grievance.service
        through = {one.name for one in sidecars(self._design.mtls) if service == one.app or any(service in (link.source, link.target) for link in one.links)}
        for change in self._changes.all:
            if change.path[:1] == ("services",) and len(change.path) == 2 and change.path[1] in through:
                yield Blame(change, f"Through it {service} speaks mutual TLS with others.", 70)

    def _added(self, grievance: Grievance) -> Iterator[Blame]:
        """The Change that added the service itself. About others it may complain while those start."""
        weight = 55 if grievance.complaint.kind in NETWORK_KINDS else 85
        for change in self._changes.all:
            if change.path == ("services", grievance.service):
                yield Blame(change, f"It adds {grievance.service}, which was not there before.", weight)


def _holds(project: Project, name: str, capability: str) -> bool:
    """Whether root in a service's containers has a capability (Docker's default set, then cap_drop, then cap_add)."""
    service = project.services.get(name)
    if service is None:
        return False
    added, dropped = set(service.cap_add), set(service.cap_drop)
    if service.privileged or capability in added or (_ALL in added and capability not in dropped):
        return True
    return capability in DEFAULT and dropped.isdisjoint({capability, _ALL})


def _below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it."""
    return bool(path) and PurePosixPath(path).is_relative_to(folder)
