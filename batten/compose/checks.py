"""What makes a compose file invalid, said with its place, before anything is concluded from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from batten.compose.keys import ROOT, Spec
from batten.compose.tags import Tagged
from batten.errors import InputError
from batten.model import Value

_NAME = re.compile(r"[a-zA-Z0-9._-]+\Z")
_LIMITS = (
    ("mem_limit", ("limits", "memory")),
    ("pids_limit", ("limits", "pids")),
    ("cpus", ("limits", "cpus")),
    ("mem_reservation", ("reservations", "memory")),
)
"""Keys of a service and of its ``deploy.resources`` that must not disagree."""
_NAMED = ("services", "networks", "volumes", "secrets", "configs", "models")


def _fail(value: Value, message: str, hint: str = "") -> InputError:
    return InputError(message, hint=hint, span=value.origin.primary if value.origin else None)


def check_document(document: Value) -> None:
    """One document of a compose file by itself: mappings where mappings must be, names that can be names.

    Raises:
        InputError: with the place of what does not belong there.
    """
    for kind in _NAMED:
        section = document.get(kind)
        if section is None or isinstance(section, Tagged):
            continue
        if not isinstance(section.data, dict):
            raise _fail(section, f"'{kind}' must be a mapping.")
        for name, part in section.items():
            if not _NAME.match(name):
                raise _fail(part, f"'{name}' cannot be a name below '{kind}'.", "Use letters, digits, '.', '_' and '-'.")
            if kind == "services" and part.data is not None and not isinstance(part.data, dict):
                raise _fail(part, f"the service '{name}' must be a mapping.")


def check_complete(value: Value, spec: Spec = ROOT, name: str = "the file") -> None:
    """A document once its services have what they extend: nothing that must have a value may be empty.

    Raises:
        InputError: with the place of the empty key.
    """
    if value.data is None:
        if (spec.form is not None or spec.children) and not spec.nullable and not isinstance(value, Tagged):
            raise _fail(value, f"'{name}' is empty.", "Give it a value or take the line out.")
    elif isinstance(value.data, dict):
        for key, part in value.data.items():
            check_complete(part, spec.child(key), key)
    elif isinstance(value.data, list) and spec.children:
        for part in value.data:
            check_complete(part, spec.child("*"), name)


def check_services(tree: Value) -> None:
    """The merged project has services at all.

    Raises:
        InputError: it has none.
    """
    services = tree.get("services")
    if services is None or not isinstance(services.data, dict):
        raise _fail(tree, "there is no 'services' mapping.", "A compose file names its services under 'services:'.")
    if not services.data:
        raise _fail(services, "this project has no services.", "Add one under 'services:'.")


def check(tree: Value, resting: Collection[str] = ()) -> None:
    """The project as it would run: every service has an image or a build, and nothing refers to what is not there.

    Args:
        tree: the project.
        resting: services that are left out since their profile is not active.

    Raises:
        InputError: with the place of the reference.
    """
    for name, service in tree.data["services"].items():
        _check_service(name, service, tree, resting)
    for name, resource in (tree.get("volumes") or Value({})).items():
        _check_external(name, resource)
    for kind in ("secrets", "configs"):
        for name, resource in (tree.get(kind) or Value({})).items():
            _check_source(kind, name, resource)
    _check_cycles(tree)


def broken_services(tree: Value, names: Iterable[str]) -> dict[str, str]:
    """Of the services ``names``, those that Compose would refuse, with the reason."""
    found = {}
    for name in names:
        try:
            _check_service(name, tree.get("services", name) or Value({}), tree, ())
        except InputError as error:
            found[name] = error.message
    return found


def _check_external(name: str, volume: Value) -> None:
    if volume.get("external") is None:
        return
    for key in ("driver", "driver_opts", "labels"):
        other = volume.get(key)
        if other is not None and other.data:
            raise _fail(other, f"volumes.{name} is external: '{key}' cannot be set here.")


def _check_source(kind: str, name: str, resource: Value) -> None:
    """A secret or config comes from exactly one place, unless it is external or has a driver."""
    if resource.get("external") is not None or resource.get("driver") is not None:
        return
    sources = ("file", "environment", "content")[: 3 if kind == "configs" else 2]
    given = [key for key in sources if resource.get(key) is not None]
    if len(given) != 1:
        raise _fail(resource, f"{kind}.{name} must have {'only ' if given else ''}one of {', '.join(sources)}.")


def _check_cycles(tree: Value) -> None:
    """No service may wait for itself, through others: take away who waits for nobody until nobody is left."""
    services: dict[str, Value] = tree.data["services"].data
    waits = {name: {other for other, _ in (service.get("depends_on") or Value({})).items() if other in services} for name, service in services.items()}
    free = [name for name, others in waits.items() if not others]
    wanted: dict[str, list[str]] = {}
    for name, others in waits.items():
        for other in others:
            wanted.setdefault(other, []).append(name)
    while free:
        done = free.pop()
        del waits[done]
        for name in wanted.get(done, ()):
            waits[name].discard(done)
            if not waits[name]:
                free.append(name)
    if waits:
        name = min(waits)
        raise _fail(services[name], f"the service '{name}' waits for itself or for services that wait for each other.")


def _check_service(name: str, service: Value, tree: Value, resting: Collection[str]) -> None:
    parts: dict[str, Value] = service.data if isinstance(service.data, dict) else {}
    if not parts.keys() & {"image", "build", "provider"}:
        raise _fail(service, f"the service '{name}' has neither an image nor a build.")
    networks, mode = parts.get("networks"), parts.get("network_mode")
    if mode is not None and mode.data and networks is not None and networks.data:
        raise _fail(mode, f"the service '{name}' has both network_mode and networks.")
    _check_references(name, networks, "network", tree)
    _check_references(name, parts.get("models"), "model", tree)
    _check_grants(name, parts.get("secrets"), "secret", tree)
    _check_grants(name, parts.get("configs"), "config", tree)
    if "build" in parts:
        _check_grants(name, parts["build"].get("secrets"), "secret", tree)
    for mount in parts["volumes"].data if "volumes" in parts else ():
        _check_mount(name, mount, tree)
    if "depends_on" in parts:
        _check_dependencies(name, service, tree, resting)
    _check_parts(service)


def _check_grants(name: str, grants: Value | None, kind: str, tree: Value) -> None:
    for grant in grants.data if grants is not None else ():
        source = grant.get("source") or grant.at("")
        if tree.get(kind + "s", str(source.data)) is None:
            raise _fail(source, f"the service '{name}' refers to the {kind} '{source.data}', which is not defined.")


def _check_references(name: str, used: Value | None, kind: str, tree: Value) -> None:
    for other, how in used.items() if used is not None else ():
        if tree.get(kind + "s", other) is None:
            assert used is not None
            raise _fail(_placed(how, used), f"the service '{name}' refers to the {kind} '{other}', which is not defined.")


def _check_dependencies(name: str, service: Value, tree: Value, resting: Collection[str]) -> None:
    services = tree.data["services"].data
    for other, dependency in service.data["depends_on"].items():
        if dependency.get("condition") is None:
            raise _fail(_placed(dependency, service), f"the condition is missing on which '{name}' waits for '{other}'.")
        required = dependency.get("required")
        if other not in services and not (other in resting and required is not None and required.data is False):
            raise _fail(_placed(dependency, service), f"the service '{name}' depends on '{other}', which is not defined.")


def _check_parts(service: Value) -> None:
    """What must be complete once everything is merged."""
    parts = service.data
    if "provider" in parts and parts["provider"].get("type") is None:
        raise _fail(parts["provider"], "a provider needs a type.")
    for limits in (parts.get("ulimits"), parts["build"].get("ulimits") if "build" in parts else None):
        for _, limit in limits.items() if limits is not None else ():
            if isinstance(limit.data, dict) and not {"soft", "hard"} <= set(limit.data):
                raise _fail(limit, "a ulimit in long form needs both soft and hard.")
    for own, deployed in _LIMITS if "deploy" in parts else ():
        first, second = service.get(own), service.get("deploy", "resources", *deployed)
        if first is not None and second is not None and str(first.data) != str(second.data):
            raise _fail(first, f"'{own}' and 'deploy.resources.{'.'.join(deployed)}' say different things.")


def _placed(value: Value, fallback: Value) -> Value:
    return value if value.origin is not None else fallback


def _check_mount(name: str, mount: Value, tree: Value) -> None:
    kind, source, target = mount.get("type"), mount.get("source"), mount.get("target")
    if target is None or not target.data:
        raise _fail(mount, "this mount has no target, the path inside the container.")
    if kind is None or kind.data != "volume" or source is None or not source.data:
        return
    if tree.get("volumes", str(source.data)) is None:
        raise _fail(mount, f"the service '{name}' refers to the volume '{source.data}', which is not defined.")
