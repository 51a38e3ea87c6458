"""What we ask of an engine to put a probe container beside another one, and to take it away again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, TypeVar

from batten.engine.protocol import GoneError, RefusedError

LABEL, OWNER = "batten.probe", "batten.probe.by"
"""Every probe container has both: the run that it belongs to, and the process that made it."""
_T = TypeVar("_T")
_PULL_SECONDS = 300.0
_MEMORY, _PROCESSES = 64 * 1024 * 1024, 64
_NOBODY = "65534:65534"


class Kept(NamedTuple):
    """A probe container that is there."""

    id: str
    state: str
    """``created``, ``running``, ``exited`` …"""
    created: float
    """Seconds since 1970, by the engine's clock."""
    labels: Mapping[str, str]


class Ask(Protocol):
    """Asks the engine something in its own words, in so many seconds; without a number as long as any question may take. Raises EngineError."""

    def __call__(self, question: Callable[[Any], _T], seconds: float | None = None) -> _T:
        """The answer."""


class Keeper(Protocol):
    """Everything that is asked for probe containers. Every call may raise EngineError."""

    def has(self, image: str) -> bool:
        """Whether the image is on the engine."""

    def pull(self, image: str) -> str:
        """Let the engine get it; what it says against that, without a full stop, or an empty text."""

    def create(self, name: str, image: str, space: str, labels: Mapping[str, str], seconds: int) -> str:
        """The id of a new container in the network namespace ``space`` (``host`` or ``container:ID``) that ends by itself after so many seconds."""

    def start(self, container: str) -> None:
        """Start it."""

    def run(self, container: str, command: Sequence[str], seconds: float) -> str:
        """What a command in it prints within so many seconds; one that fails counts as refused."""

    def remove(self, container: str) -> None:
        """End it and take it away; one that is gone already is no trouble."""

    def kept(self) -> Sequence[Kept]:
        """Every probe container that is there, whoever made it."""


class EngineKeeper:
    """The ``Keeper`` of a real engine."""

    def __init__(self, ask: Ask) -> None:
        """Take the engine's ``ask``."""
        self._ask = ask

    def has(self, image: str) -> bool:
        """See the protocol."""
        try:
            self._ask(lambda client: client.inspect_image(image))
        except GoneError:
            return False
        return True

    def pull(self, image: str) -> str:
        """See the protocol."""
        try:
            said = self._ask(lambda client: list(client.pull(image, stream=True, decode=True)), _PULL_SECONDS)
        except RefusedError as error:
            return error.message.rstrip(".")
        return next((str(line["error"]).rstrip(".") for line in said if "error" in line), "")

    def create(self, name: str, image: str, space: str, labels: Mapping[str, str], seconds: int) -> str:
        """See the protocol. Its rights are those of nobody: no capability, no file to write, no mount, no log."""
        config = {
            "Image": image,
            "User": _NOBODY,
            "Labels": dict(labels),
            "Entrypoint": ["sleep"],
            "Cmd": [str(seconds)],
            "Healthcheck": {"Test": ["NONE"]},
            "HostConfig": {
                "NetworkMode": space,
                "AutoRemove": True,
                "CapDrop": ["ALL"],
                "ReadonlyRootfs": True,
                "SecurityOpt": ["no-new-privileges"],
                "PidsLimit": _PROCESSES,
                "Memory": _MEMORY,
                "LogConfig": {"Type": "none", "Config": {}},
            },
        }
        return self._ask(lambda client: str(client.create_container_from_config(config, name)["Id"]))

    def start(self, container: str) -> None:
        """See the protocol."""
        self._ask(lambda client: client.start(container))

    def run(self, container: str, command: Sequence[str], seconds: float) -> str:
        """See the protocol."""

        def execute(client: Any) -> str:
            number = client.exec_create(container, list(command), stdout=True, stderr=False)["Id"]
            # The SDK's own exec_start reads from the socket beneath the HTTP reader, and loses what came together with the headers.
            said = client.post(f"{client.base_url}/v{client.api_version}/exec/{number}/start", json={"Detach": False, "Tty": False}, timeout=seconds)
            client._raise_for_status(said)
            code = client.exec_inspect(number)["ExitCode"]
            if code != 0:
                raise RefusedError(f"a command in a probe container ended with status {code}.")
            return _unframed(said.content).decode("utf-8", "replace")

        return self._ask(execute, seconds)

    def remove(self, container: str) -> None:
        """See the protocol."""
        with suppress(GoneError):
            self._ask(lambda client: client.remove_container(container, force=True, v=True))

    def kept(self) -> Sequence[Kept]:
        """See the protocol."""
        return self._ask(lambda client: [_kept(entry) for entry in client.containers(all=True, filters={"label": LABEL})])


def _unframed(stream: bytes) -> bytes:
    """What was printed. Before each piece the engine puts eight bytes: its stream and its length (Engine API, ContainerAttach, "Stream format")."""
    pieces, at = [], 0
    while at + 8 <= len(stream):
        length = int.from_bytes(stream[at + 4 : at + 8], "big")
        pieces.append(stream[at + 8 : at + 8 + length])
        at += 8 + length
    return b"".join(pieces)


def _kept(entry: Mapping[str, Any]) -> Kept:
    return Kept(str(entry["Id"]), str(entry.get("State") or ""), float(entry.get("Created") or 0), dict(entry.get("Labels") or {}))
