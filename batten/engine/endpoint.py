"""Where the engine is: what ``--context``, ``DOCKER_HOST`` and the current context of the Docker command line say.

The order, the folders and the files are those of docker/cli: ``--context`` before ``DOCKER_HOST`` before ``DOCKER_CONTEXT`` before the current context
of ``config.json``; a context is ``contexts/meta/ID/meta.json`` with its TLS files in ``contexts/tls/ID/docker``, where ID is the SHA-256 of its name.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from batten.errors import EngineError

DEFAULT_SOCKET = "unix:///var/run/docker.sock"
_DEFAULT = "default"
_NAMES = ("ca.pem", "cert.pem", "key.pem")


@dataclass(frozen=True, slots=True)
class Tls:
    """The client's files for TLS; an empty path where a file is not used."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True
    """Whether the server's certificate is checked."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine's address."""

    url: str
    """``unix://…``, ``tcp://…``, ``ssh://…`` or ``npipe://…``."""
    tls: Tls | None = None
    context: str = ""
    """The context it was read from, or empty."""

    @property
    def local(self) -> bool:
        """Whether it is on this machine, by what the address says."""
        return self.url.startswith(("unix://", "npipe://"))

    @property
    def shown(self) -> str:
        """How a message names it."""
        return f"{self.url} (context {self.context})" if self.context else self.url


def endpoint(context: str | None = None, environ: Mapping[str, str] | None = None) -> Endpoint:
    """The engine that the Docker command line would talk to.

    Args:
        context: the name given with ``--context``; what the environment says where None.
        environ: the environment; the process's own where None.

    Raises:
        EngineError: there is no such context, or its files cannot be read.
    """
    known = os.environ if environ is None else environ
    folder = Path(known.get("DOCKER_CONFIG") or Path(known.get("HOME") or Path.home()) / ".docker")
    host = known.get("DOCKER_HOST", "")
    name = context or ("" if host else known.get("DOCKER_CONTEXT") or _current(folder))
    if name and name != _DEFAULT:
        return _of_context(folder / "contexts", name)
    url = host or DEFAULT_SOCKET
    return Endpoint(url, _tls_of_environment(known, folder) if url.startswith("tcp://") else None)


def _tls_of_environment(environ: Mapping[str, str], folder: Path) -> Tls | None:
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    if not verify and not environ.get("DOCKER_TLS"):
        return None
    return _tls(Path(environ.get("DOCKER_CERT_PATH") or folder), verify=verify)


def _current(folder: Path) -> str:
    found = _read(folder / "config.json").get("currentContext")
    return found if isinstance(found, str) else ""


def _of_context(folder: Path, name: str) -> Endpoint:
    number = sha256(name.encode()).hexdigest()
    file = folder / "meta" / number / "meta.json"
    if not file.is_file():
        there = sorted(str(_read(one).get("Name")) for one in folder.glob("meta/*/meta.json"))
        raise EngineError(f"there is no Docker context named {name!r}.", hint=f"There are: {', '.join([_DEFAULT, *there])}.")
    docker = _read(file).get("Endpoints", {}).get("docker", {})
    url = docker.get("Host") if isinstance(docker, dict) else None
    if not isinstance(url, str) or not url:
        raise EngineError("this context names no Docker engine.", hint=f"Make it anew: docker context create {name} --docker host=…", file=str(file))
    store = folder / "tls" / number / "docker"
    tls = _tls(store, verify=docker.get("SkipTLSVerify") is not True) if store.is_dir() else None
    return Endpoint(url, tls if url.startswith("tcp://") else None, name)


def _tls(folder: Path, *, verify: bool) -> Tls:
    """The files that are there; a key without a certificate or the other way round cannot be meant."""
    ca, cert, key = (str(folder / name) if (folder / name).is_file() else "" for name in _NAMES)
    if bool(cert) != bool(key) or (verify and not ca):
        missing = ", ".join(name for name, path in zip(_NAMES, (ca, cert, key), strict=True) if not path)
        message = f"TLS is asked for, but of its files these are missing: {missing}."
        raise EngineError(message, hint="Put them there, or name their folder in DOCKER_CERT_PATH.", file=str(folder))
    return Tls(ca, cert, key, verify)


def _read(file: Path) -> dict[str, Any]:
    """A JSON file of the Docker command line; nothing where there is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise EngineError(f"this file of the Docker command line cannot be read: {_why(error)}.", file=str(file)) from None
    return found if isinstance(found, dict) else {}


def _why(error: Exception) -> str:
    return error.strerror or "no reason given" if isinstance(error, OSError) else "it is not JSON"
