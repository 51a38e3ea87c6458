"""A folder to start from for what runs: a compose file that the reference accepts, its secret values beside it, and the design."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from batten.compose.emitting import emit
from batten.compose.loader import load_project
from batten.compose.splicing import Reference
from batten.design import file
from batten.design.proposal import propose
from batten.engine.reading import Running
from batten.inference.credentials import find_credentials
from batten.model import GeneratedFile, SecretText

COMPOSE, ENV = "compose.yaml", ".env"
_PRIVATE = 0o600
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"})
_SECCOMP = "seccomp="


def files(running: Running, folder: Path) -> tuple[GeneratedFile, ...]:
    """What is to be written into ``folder``. Commands and labels may hold secrets too, so the compose file is for its owner alone."""
    secrets: dict[str, SecretText] = {}
    profiles: dict[str, str] = {}
    model = _model(running, secrets, profiles)
    text, env = emit(model), "".join(f"{name}={quoted(value)}\n" for name, value in secrets.items())
    texts = {str(folder / COMPOSE): text, **({str(folder / ENV): env} if env else {})}
    project = load_project([folder / COMPOSE], overlay=texts, environ={}, directory=folder)
    found = [GeneratedFile(COMPOSE, text.encode(), _PRIVATE, True, "what runs, as a compose file")]
    found += [GeneratedFile(ENV, env.encode(), _PRIVATE, True, "the secret values that it refers to")] if env else []
    found += [GeneratedFile(path, content.encode(), purpose="a seccomp profile that a container runs with") for path, content in profiles.items()]
    return (*found, GeneratedFile(file.NAME, file.dump(propose(project)).encode(), purpose="the design that batten proposes for it"))


def _model(running: Running, secrets: dict[str, SecretText], profiles: dict[str, str]) -> dict[str, Any]:
    """The model with what a compose file cannot hold taken out; that goes into ``secrets`` and ``profiles``."""
    hidden = {(one.service, one.variable): one.value for one in find_credentials(running.project)}
    services = {}
    for name, entry in running.model["services"].items():
        environment = {key: _moved(value, hidden.get((name, key)), f"{name}_{key}", secrets) for key, value in entry.get("environment", {}).items()}
        options = list(_without_profiles(name, entry.get("security_opt", ()), profiles))
        services[name] = {**entry, **({"environment": environment} if environment else {}), **({"security_opt": options} if options else {})}
    found = {**running.model, "services": services}
    return {**found, **({"networks": _networks(found["networks"])} if "networks" in found else {})}


def _moved(value: Any, secret: SecretText | None, wanted: str, secrets: dict[str, SecretText]) -> Any:
    """A value, or a reference to it where it is a secret; equal secrets are one."""
    if not secret or value is None:
        return value
    there = next((name for name, other in secrets.items() if other == secret), None)
    name = there or _free(re.sub(r"\W", "_", wanted, flags=re.ASCII).upper(), secrets)
    secrets[name] = secret
    return Reference(name)


def _free(name: str, taken: Mapping[str, Any]) -> str:
    wanted = name if name[:1].isalpha() else f"_{name}"
    return next(one for one in (wanted, *(f"{wanted}_{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def quoted(value: SecretText) -> str:
    """A value as it stands in ``.env``: in double quotes, where Compose undoes exactly these escapes."""
    return f'"{value.reveal().translate(_ESCAPES)}"'


def _without_profiles(service: str, options: Any, profiles: dict[str, str]) -> Iterator[str]:
    """Security options in which a seccomp profile, which the engine gives in full, is a file."""
    for option in options:
        if option.startswith(_SECCOMP + "{"):
            path = f"seccomp/{service}.json"
            profiles[path] = option.removeprefix(_SECCOMP)
            yield f"{_SECCOMP}./{path}"
        else:
            yield option


def _networks(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Networks as Compose takes them: of an external one only its name is said."""
    return {key: {"name": entry["name"], "external": True} if entry.get("external") else entry for key, entry in entries.items()}
