"""A real engine, asked through the Docker SDK: the only place that imports it. Every question has a time limit, every failure is said in our words."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import docker
import docker.errors
import docker.tls
import requests
import urllib3

from batten.engine import answers, swarm_answers
from batten.engine.endpoint import Endpoint
from batten.engine.keeping import EngineKeeper, Keeper
from batten.engine.protocol import About, EngineNetwork, EngineVolume, GoneError, RefusedError, Swarm, Task, Workload
from batten.engine.tunnel import Tunnel
from batten.errors import EngineError

TIMEOUT = 10.0
"""Seconds for one question."""
OLDEST_API = (1, 40)
"""The API of Docker 19.03; what we read is there from then on."""
_T = TypeVar("_T")
_HUNG = "See whether 'docker version' answers; restart the engine if it hangs."
_OLD = "Update Docker to a version that is maintained."
_OTHER = "See whether the address and its port are those of the Docker API, and whether it wants TLS."
_FORBIDDEN = "An authorization plugin or a socket proxy stands before it; let reading pass."
_DENIED = "Run batten as root, or as a user of the group that owns the socket; whoever is in it is root on the host."
_ABSENT = "Start Docker, or name an engine by DOCKER_HOST or --context."
_TLS = "The CA, the client's certificate and the server's names must fit together; 'batten host tls' writes a check."
_LOST = "Nothing was concluded from what came before; run it again."
_BEHIND_SSH = "See whether 'docker version' answers over there: the socket may be another one, or not for this user."
_FAR = "Look at the address, and whether a firewall is between."


@contextmanager
def connected(endpoint: Endpoint, timeout: float) -> Iterator[DockerEngine]:
    """An engine to ask; raises EngineError. A tunnel that is needed for it is gone afterwards."""
    tunnel = Tunnel(endpoint.url, timeout) if endpoint.url.startswith("ssh://") else None
    try:
        with _Words(endpoint, timeout):
            client = _in_time(lambda: _client(endpoint, tunnel.url if tunnel else endpoint.url, timeout), timeout)
        yield DockerEngine(client, endpoint, timeout)
    finally:
        if tunnel is not None:
            tunnel.close()


def _client(endpoint: Endpoint, url: str, timeout: float) -> Any:
    tls: Any = False
    if endpoint.tls is not None:
        files = endpoint.tls
        cert = (files.cert, files.key) if files.cert else None
        tls = docker.tls.TLSConfig(client_cert=cert, ca_cert=files.ca or None, verify=files.verify)
    return docker.APIClient(base_url=url, version="auto", timeout=timeout, tls=tls)


class DockerEngine:
    """The protocol's ``Engine``."""

    def __init__(self, client: Any, endpoint: Endpoint, timeout: float) -> None:
        self._client = client
        self._endpoint = endpoint
        self._timeout = timeout

    def _ask(self, question: Callable[[Any], _T], seconds: float | None = None) -> _T:
        limit = seconds or self._timeout
        with _Words(self._endpoint, limit):
            return _in_time(lambda: question(self._client), limit)

    @property
    def keeper(self) -> Keeper:
        """What puts probe containers there and takes them away."""
        return EngineKeeper(self._ask)

    def about(self) -> About:
        """See the protocol."""
        version = self._ask(lambda client: answers.version(client.version()))
        if _numbers(version.api) < OLDEST_API:
            oldest = ".".join(map(str, OLDEST_API))
            raise EngineError(f"the engine at {self._endpoint.shown} speaks API {version.api}; batten needs {oldest} or newer.", hint=_OLD)
        return self._ask(lambda client: answers.about(version, client.info(), self._endpoint.url))

    def containers(self) -> Sequence[Workload]:
        """See the protocol. One that goes away while we read is left out."""
        there = [self._there(number) for number in self._ask(lambda client: [str(entry["Id"]) for entry in client.containers(all=True)])]
        seen = [answer for answer in there if answer is not None]
        images = {name: self._image(name) for name in {answers.image_of(answer) for answer in seen}}
        return self._ask(lambda _: [answers.container(answer, images[answers.image_of(answer)]) for answer in seen])

    def _there(self, number: str) -> Any:
        """What is said of a container, or None where it is gone."""
        try:
            return self._ask(lambda client: client.inspect_container(number))
        except GoneError:
            return None

    def _image(self, name: str) -> Any:
        """What is said of an image; nothing where it was removed under its containers."""
        try:
            return self._ask(lambda client: client.inspect_image(name))
        except GoneError:
            return {}

    def log(self, container: str, lines: int, size: int) -> Sequence[str]:
        """See the protocol. The engine may keep a log where it cannot read it; that is an EngineError too."""
        return self._ask(lambda client: _beginning(client.logs(container, stream=True, follow=False, tail=lines), size)).splitlines()

    def glance(self) -> Sequence[Workload]:
        """See the protocol."""
        return self._ask(lambda client: [answers.listed(entry) for entry in client.containers()])

    def first_process(self, container: str) -> int:
        """See the protocol."""
        answer = self._there(container)
        return self._ask(lambda _: answers.first_process(answer)) if answer is not None else 0

    def networks(self) -> Sequence[EngineNetwork]:
        """See the protocol."""
        return self._ask(lambda client: [answers.network(entry) for entry in client.networks()])

    def disconnect(self, network: str, container: str) -> None:
        """See ``Changing``."""
        with suppress(GoneError):
            self._ask(lambda client: client.disconnect_container_from_network(container, network, force=True))

    def remove_network(self, network: str) -> None:
        """See ``Changing``."""
        with suppress(GoneError):
            self._ask(lambda client: client.remove_network(network))

    def volumes(self) -> Sequence[EngineVolume]:
        """See the protocol."""
        return self._ask(lambda client: [answers.volume(entry) for entry in client.volumes().get("Volumes") or ()])

    def swarm(self) -> Swarm:
        """See the protocol."""
        names = {one.id: one.name for one in self.networks()}
        about = self._ask(lambda client: client.inspect_swarm())
        services, nodes = self._ask(lambda client: client.services()), self._ask(lambda client: client.nodes())
        secrets = self._ask(lambda client: client.secrets())
        return self._ask(lambda _: swarm_answers.swarm(about, services, nodes, secrets, names))

    def occupants(self, network: str) -> Mapping[str, Sequence[str]]:
        """See the protocol."""
        try:
            return self._ask(lambda client: answers.occupants(client.inspect_network(network)))
        except GoneError:
            return {}

    def tasks(self) -> Sequence[Task]:
        """See the protocol."""
        return self._ask(lambda client: [swarm_answers.task(entry) for entry in client.tasks({"desired-state": "running"})])


def _beginning(pieces: Iterable[bytes], size: int) -> str:
    """The first whole lines of a stream as text. The rest is not waited for: a program may print faster than it can be read.

    A line that does not end within ``size`` is left out, since nobody would know half of a secret for one.
    """
    taken = bytearray()
    for piece in pieces:
        taken += piece[: size + 1 - len(taken)]
        if len(taken) > size:
            del taken[taken.rfind(b"\n") + 1 :]
            break
    return taken.decode("utf-8", errors="replace")


def _in_time(question: Callable[[], _T], timeout: float) -> _T:
    """The answer to a question, or TimeoutError.

    The time limit of a connection starts again with every byte that comes, so a slow enough sender never meets it; ours does not.
    """
    outcome: list[_T] = []
    failure: list[BaseException] = []

    def ask() -> None:
        try:
            outcome.append(question())
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(timeout)
    if failure:
        raise failure[0]
    if not outcome:
        raise TimeoutError
    return outcome[0]


class _Words:
    """Turns what the SDK and the layers below it raise into an EngineError."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self._endpoint = endpoint
        self._timeout = timeout

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, EngineError) or not isinstance(error, Exception):
            return
        raise self._said(error) from None

    def _said(self, error: Exception) -> EngineError:
        where, causes = self._endpoint.shown, _causes(error)
        if any(isinstance(cause, TimeoutError | requests.Timeout) for cause in causes):
            return EngineError(f"the engine at {where} does not answer within {self._timeout:g} seconds.", hint=_HUNG)
        if isinstance(error, docker.errors.APIError):
            return self._refused(error)
        told = next((words for cause in causes if (words := self._connection(cause))), None)
        if told is not None:
            return EngineError(told[0], hint=told[1])
        if isinstance(error, docker.errors.InvalidVersion):
            return EngineError(f"the engine at {where} is too old for batten.", hint=_OLD)
        return EngineError(f"what answers at {where} does not speak as a Docker engine does.", hint=_OTHER)

    def _refused(self, error: docker.errors.APIError) -> RefusedError:
        where = self._endpoint.shown
        status = error.response.status_code if error.response is not None else 0
        said = str(error.explanation or "").strip() or "it gave no reason"
        if status == 404:
            return GoneError(f"the engine at {where} does not have it: {said}.")
        if status == 503 and "swarm" in said:
            return RefusedError(f"the engine at {where} is no manager of a swarm.", hint="Name a manager by DOCKER_HOST or --context.")
        if status in (401, 403):
            return RefusedError(f"the engine at {where} does not allow it: {said}.", hint=_FORBIDDEN)
        return RefusedError(f"the engine at {where} answered with status {status}: {said}.")

    def _connection(self, cause: BaseException) -> tuple[str, str] | None:
        """What happened and what to do, of a failure below HTTP."""
        where = self._endpoint.shown
        if isinstance(cause, requests.RequestException) and not isinstance(cause, requests.exceptions.SSLError):
            return None  # what it is made of says more
        if isinstance(cause, PermissionError):
            return f"permission denied at {where}.", _DENIED
        if isinstance(cause, FileNotFoundError):
            return f"there is no engine at {where}: the socket does not exist.", _ABSENT
        if isinstance(cause, ssl.SSLError | requests.exceptions.SSLError):
            return f"TLS with {where} failed: {_reason(cause)}.", _TLS
        if isinstance(cause, ConnectionRefusedError):
            return f"nothing listens at {where}.", _ABSENT
        if isinstance(cause, ConnectionError | EOFError | urllib3.exceptions.ProtocolError):
            return f"the connection to the engine at {where} was lost.", _BEHIND_SSH if self._endpoint.url.startswith("ssh://") else _LOST
        if isinstance(cause, OSError) and cause.strerror:
            return f"{where} cannot be reached: {cause.strerror}.", _FAR
        return None


def _reason(error: BaseException) -> str:
    """Why TLS failed, without the layers around it."""
    found = error if isinstance(error, ssl.SSLError) else next((one for one in _causes(error) if isinstance(one, ssl.SSLError)), None)
    return str(getattr(found, "verify_message", "") or getattr(found, "reason", "") or "no reason given").lower().replace("_", " ").rstrip(".")


def _causes(error: BaseException) -> Sequence[BaseException]:
    """An error and all that it was made of; the deepest is the one that says what happened, so it comes first."""
    found = [error]
    for one in found:
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        found += [other for other in inner if isinstance(other, BaseException) and not any(other is known for known in found)]
    return found[::-1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
