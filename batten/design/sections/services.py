"""Services: those of a project that begins with a design and not with a compose file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from batten.design.sections.reading import mapping, only, text, texts, wrong
from batten.model import Tier, Value, Zone

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}\Z")
"""What Compose, a swarm and DNS take alike for a service, a volume or a secret."""
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._/:@-]{0,254}\Z")
_ADDRESS = r"[0-9]+(?:\.[0-9]+){3}|\[[0-9A-Fa-f:]+\]"
_PORT = re.compile(rf"(?:(?P<address>{_ADDRESS}):)?(?:(?P<published>[0-9]{{1,5}}):)?(?P<target>[0-9]{{1,5}})(?:/(?P<protocol>tcp|udp))?\Z")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PATH = re.compile(r"/[^\x00-\x1f:]*\Z")


@dataclass(frozen=True, slots=True)
class NewService:
    """One service of a project that begins here."""

    image: str
    tier: Tier = Tier.APP
    ports: tuple[str, ...] = ()
    """Published ports as Compose writes them in short: ``80:8080``, ``127.0.0.1:9000:9000``, ``53/udp``."""
    needs: tuple[str, ...] = ()
    """Services that it talks to, and ``internet`` where it needs a way out."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings that are no secrets."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Variable → name of the secret. Services that name the same secret have the same value."""
    volumes: Mapping[str, str] = field(default_factory=dict)
    """Name of a volume → where it is mounted: what is to outlive the container."""


def dump(services: Mapping[str, NewService]) -> dict[str, dict[str, Any]]:
    """One entry a service; what is empty is left out."""
    return {name: {key: value for key, value in _entry(one).items() if value} for name, one in services.items()}


def _entry(one: NewService) -> dict[str, Any]:
    maps = {"environment": dict(one.environment), "secrets": dict(one.secrets), "volumes": dict(one.volumes)}
    return {"image": one.image, "tier": str(one.tier), "ports": list(one.ports), "needs": list(one.needs), **maps}


def load(value: Value) -> Mapping[str, NewService]:
    """Read back what ``dump`` wrote; raises DesignError, with the place, for what Compose or a swarm would not take."""
    found = {name: _load(name, item) for name, item in mapping(value, "services").items()}
    for name, one in found.items():
        strange = next((need for need in one.needs if need not in found and need != Zone.INTERNET), None)
        if strange is not None:
            raise wrong(value, f"'{name}' needs '{strange}', which is no service of this design; a way out is called '{Zone.INTERNET}'.")
    return found


def _load(name: str, value: Value) -> NewService:
    check_name(name, "service", value)
    entry = dict(only(value, {"image", "tier", "ports", "needs", "environment", "secrets", "volumes"}, f"services.{name}"))
    tier = text(entry.get("tier"), "tier", str(Tier.APP))
    if tier not in set(Tier):
        raise wrong(value, f"'{tier}' is not a tier; tiers are {', '.join(Tier)}.")
    return NewService(
        image=check_image(text(entry.get("image"), f"the image of '{name}'", near=value), value),
        tier=Tier(tier),
        ports=tuple(check_port(port, value) for port in texts(entry.get("ports"), "ports")),
        needs=texts(entry.get("needs"), "needs"),
        environment=_pairs(entry.get("environment"), "environment", _VARIABLE),
        secrets={key: check_name(item, "secret", value) for key, item in _pairs(entry.get("secrets"), "secrets", _VARIABLE).items()},
        volumes={key: check_path(item, value) for key, item in _pairs(entry.get("volumes"), "volumes", _NAME).items()},
    )


def _pairs(value: Value | None, what: str, key_form: re.Pattern[str]) -> dict[str, str]:
    if value is None:
        return {}
    found = {}
    for key, item in mapping(value, what).items():
        if not key_form.match(key):
            raise wrong(item, f"'{key}' cannot stand under {what}.")
        found[key] = text(item, f"{what}.{key}")
    return found


def check_name(name: str, what: str, near: Value | None = None) -> str:
    """``name``, where Compose, a swarm and DNS take it; raises DesignError."""
    if not _NAME.match(name):
        raise wrong(near or Value(None), f"'{name[:80]}' cannot be the name of a {what}: small letters, digits, '.', '_' and '-', at most 63 of them.")
    return name


def check_image(image: str, near: Value | None = None) -> str:
    """``image``, where it can be the name of one; raises DesignError."""
    if not _IMAGE.match(image):
        raise wrong(near or Value(None), f"'{image[:80]}' is not the name of an image such as postgres:16.")
    return image


def check_port(port: str, near: Value | None = None) -> str:
    """``port``, where it is one in Compose's short form; raises DesignError."""
    match = _PORT.match(port)
    if match is None or not all(0 < int(number) < 65536 for number in (match["published"] or "1", match["target"])):
        raise wrong(near or Value(None), f"'{port[:80]}' is not a port: write 80:8080, 127.0.0.1:80:8080 or 53:53/udp.")
    return port


def check_variable(name: str) -> str:
    """``name``, where it can be that of an environment variable; raises DesignError."""
    if not _VARIABLE.match(name):
        raise wrong(Value(None), f"'{name[:80]}' cannot be the name of a variable: write NAME=value.")
    return name


def check_path(path: str, near: Value | None = None) -> str:
    """``path``, where it is a folder inside a container; raises DesignError."""
    if not _PATH.match(path):
        raise wrong(near or Value(None), f"'{path[:80]}' is not a folder inside a container: it begins with '/'.")
    return path
