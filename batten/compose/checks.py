"""What makes a compose file invalid, said with its place, before anything is concluded from it."""

from __future__ import annotations

import difflib
import re

from batten.compose.keys import ROOT, Spec, spec_at
from batten.errors import InputError
from batten.model import Value

_SERVICE_NAME = re.compile(r"[a-zA-Z0-9._-]+\Z")
_TOP = {"name", "version", "services", "networks", "volumes", "secrets", "configs", "include", "models"}
_MAPPINGS = ("services", "networks", "volumes", "secrets", "configs")
_SHAPES: dict[str, type] = {
    "environment": dict, "build": dict, "deploy": dict, "healthcheck": dict, "logging": dict, "ulimits": dict, "security_opt": list, "cap_add": list,
    "cap_drop": list, "labels": dict, "networks": dict, "depends_on": dict,
}  # fmt: skip


def _fail(value: Value, message: str, hint: str = "") -> InputError:
    return InputError(message, hint=hint, span=value.origin.primary if value.origin else None)


def check_document(document: Value) -> None:
    """One document of a compose file by itself: known keys, mappings where mappings must be.

    Raises:
        InputError: with the place of what does not belong there.
    """
    for key, value in document.items():
        if key not in _TOP and not key.startswith("x-"):
            raise _fail(value, f"'{key}' is not a key of a compose file.", _nearest(key, _TOP))
        if key in _MAPPINGS and value.data is not None and not isinstance(value.data, dict):
            raise _fail(value, f"'{key}' must be a mapping.")
    for name, service in (document.get("services") or Value({})).items():
        _check_service_form(name, service)
    for kind in ("networks", "volumes", "secrets", "configs"):
        for name, resource in (document.get(kind) or Value({})).items():
            _known_keys(resource, spec_at(kind, name), f"{kind}.{name}", {"ipam", "driver_opts", "labels"})


def _check_service_form(name: str, service: Value) -> None:
    if not _SERVICE_NAME.match(name):
        raise _fail(service, f"'{name}' cannot be the name of a service.", "Use letters, digits, '.', '_' and '-'.")
    if not isinstance(service.data, dict):
        raise _fail(service, f"the service '{name}' must be a mapping.")
    _known_keys(service, spec_at("services", name), f"services.{name}", set())
    for key, shape in _SHAPES.items():
        value = service.data.get(key)
        if value is not None and value.data is not None and not isinstance(value.data, shape):
            raise _fail(value, f"'{key}' must be a {'mapping' if shape is dict else 'list'}.")


def _known_keys(value: Value, spec: Spec, where: str, also: set[str]) -> None:
    for key, child in value.items():
        if not spec.knows(key) and key not in also:
            raise _fail(child, f"'{key}' is not a key of {where}.", _nearest(key, set(spec.children)))


def _nearest(key: str, known: set[str]) -> str:
    close = difflib.get_close_matches(key, sorted(known), 1)
    return f"Did you mean '{close[0]}'?" if close else ""


def check(tree: Value) -> None:
    """The merged project: every service has an image or a build, and nothing refers to what is not there.

    Raises:
        InputError: with the place of the reference.
    """
    services = tree.get("services")
    if services is None or not isinstance(services.data, dict):
        raise _fail(tree, "there is no 'services' mapping.")
    if not services.data:
        raise _fail(tree, "this project has no services.", "Add one under 'services:'.")
    for name, service in services.items():
        _check_service(name, service, tree)
    for kind in ("networks", "volumes"):
        for name, resource in (tree.get(kind) or Value({})).items():
            _check_external(kind, name, resource)


def _check_external(kind: str, name: str, resource: Value) -> None:
    if resource.get("external") is None:
        return
    for key in ("driver", "driver_opts", "internal", "labels"):
        other = resource.get(key)
        if other is not None and other.data:
            raise _fail(other, f"{kind}.{name} is external: '{key}' cannot be set here.")


def _check_service(name: str, service: Value, tree: Value) -> None:
    if service.get("image") is None and service.get("build") is None and service.get("provider") is None:
        raise _fail(service, f"the service '{name}' has neither an image nor a build.")
    mode = service.get("network_mode")
    if mode is not None and mode.data and service.get("networks") is not None and service.data["networks"].data:
        raise _fail(mode, f"the service '{name}' has both network_mode and networks.")
    for network, member in (service.get("networks") or Value({})).items():
        if tree.get("networks", network) is None:
            raise _fail(_placed(member, service.data["networks"]), f"the service '{name}' refers to the network '{network}', which is not defined.")
    for kind in ("secrets", "configs"):
        for grant in (service.get(kind) or Value([])).elements():
            source = grant.get("source")
            if source is not None and tree.get(kind, str(source.data)) is None:
                raise _fail(source, f"the service '{name}' refers to the {kind[:-1]} '{source.data}', which is not defined.")
    for mount in (service.get("volumes") or Value([])).elements():
        _check_mount(name, mount, tree)
    for other, dependency in (service.get("depends_on") or Value({})).items():
        required = dependency.get("required")
        if tree.get("services", other) is None and (required is None or required.data is not False):
            raise _fail(_placed(dependency, service), f"the service '{name}' depends on '{other}', which is not defined.")


def _placed(value: Value, fallback: Value) -> Value:
    return value if value.origin is not None else fallback


def _check_mount(name: str, mount: Value, tree: Value) -> None:
    kind, source = mount.get("type"), mount.get("source")
    if kind is None or kind.data != "volume" or source is None or not source.data:
        return
    if tree.get("volumes", str(source.data)) is None:
        raise _fail(mount, f"the service '{name}' refers to the volume '{source.data}', which is not defined.")


__all__ = ["ROOT", "check", "check_document"]
