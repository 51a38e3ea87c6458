"""What makes a compose file invalid, said with its place, before anything is concluded from it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from batten.compose.keys import Spec, spec_at
from batten.compose.values import Tagged
from batten.errors import InputError
from batten.model import Value

_SERVICE_NAME = re.compile(r"[a-zA-Z0-9._-]+\Z")
_TOP = {"name", "version", "services", "networks", "volumes", "secrets", "configs", "include", "models"}
_MAPPINGS = ("services", "networks", "volumes", "secrets", "configs")
_NULLABLE = {"command", "entrypoint", "deploy", "healthcheck.test", "develop"}


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
        if key in _MAPPINGS and not isinstance(value.data, dict):
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


def check_extended(document: Value) -> None:
    """A document once its services have what they extend: nothing that must have a value may be empty.

    Raises:
        InputError: with the place of the empty key.
    """
    for kind in ("services", "networks", "volumes", "secrets", "configs"):
        for name, part in (document.get(kind) or Value({})).items():
            for key, value in part.items():
                if value.data is None and key not in _NULLABLE and not key.startswith("x-") and not isinstance(value, Tagged):
                    raise _fail(value, f"'{key}' of {kind}.{name} is empty.", "Give it a value or take the line out.")


def _known_keys(value: Value, spec: Spec, where: str, also: set[str]) -> None:
    for key, child in value.items():
        if not spec.knows(key) and key not in also:
            raise _fail(child, f"'{key}' is not a key of {where}.", _nearest(key, set(spec.children)))


def _nearest(key: str, known: set[str]) -> str:
    close = difflib.get_close_matches(key, sorted(known), 1)
    return f"Did you mean '{close[0]}'?" if close else ""


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


def check(tree: Value) -> None:
    """The project as it would run: every service has an image or a build, and nothing refers to what is not there.

    Raises:
        InputError: with the place of the reference.
    """
    for name, service in tree.data["services"].items():
        _check_service(name, service, tree)
    for name, volume in (tree.get("volumes") or Value({})).items():
        _check_external(name, volume)


def broken_services(tree: Value, names: Iterable[str]) -> dict[str, str]:
    """Of the services ``names``, those that Compose would refuse, with the reason."""
    found = {}
    for name in names:
        service = tree.get("services", name)
        try:
            _check_service(name, service or Value({}), tree)
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
