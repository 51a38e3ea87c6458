"""Which names a service should be able to look up, and to which addresses.

On a user-defined network a container finds the others of that network by the name of their service and by their aliases; the engine answers from the first
network of the asking container that knows the name (Docker docs, "Networking in Compose"; moby, libnetwork/sandbox_dns_unix.go). Names are asked only where
the two should share a network: any other name the engine would pass on to the host's own name server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from batten.engine.protocol import Workload
from batten.engine.vantage import Heard, Name
from batten.model import Project, Service

_MODE = "service:"
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*\Z")
"""Names as services have them. An alias may be anything; one that is no such name is not looked up."""


class Named(NamedTuple):
    """A name that was looked up from a service."""

    source: str
    target: str
    name: str
    expected: tuple[str, ...]
    """Any of these, and no other; empty where the addresses are not known here, so that any will do."""
    found: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether it is unknown, or leads to somebody else."""
        return not self.found or bool(self.expected and set(self.found) - set(self.expected))


class Naming:
    """The names of a project."""

    def __init__(self, project: Project, members: Mapping[str, Sequence[Workload]], elsewhere: Mapping[str, frozenset[str]], *, complete: bool = True) -> None:
        """Take down who should have which name.

        Args:
            project: as it should be.
            members: the running containers of each service here.
            elsewhere: further addresses by service: those of tasks on other nodes, and of the service itself.
            complete: whether that is all; a swarm's worker does not know.
        """
        self._project = project
        self._members = members
        self._elsewhere = elsewhere
        self._complete = complete

    def wanted(self, source: str) -> frozenset[Name]:
        """What is to be looked up from a service."""
        return frozenset(name for _, name, _ in self._questions(source))

    def answers(self, source: str, heard: Heard) -> Iterator[Named]:
        """What came of it; nothing of a name that was not looked up."""
        for target, name, expected in self._questions(source):
            if name in heard.names:
                yield Named(source, target, name.name, expected if self._complete else (), tuple(sorted(heard.names[name])))

    def _questions(self, source: str) -> Iterator[tuple[str, Name, tuple[str, ...]]]:
        """The target, the name and the addresses that are right for it; nothing of a target that does not run."""
        networks = self._home(source).networks
        for target, service in self._project.services.items():
            shared = networks.keys() & service.networks.keys() if target != source else ()
            names = dict.fromkeys((target, *(alias for key in sorted(shared) for alias in service.networks[key].aliases))) if shared else ()
            for name in filter(_PLAIN.match, names):
                right = tuple(sorted(self._addresses(name, networks)))
                if self._members.get(target) and right:
                    yield target, Name(name, min(ip_address(one).version for one in right)), right

    def _home(self, source: str) -> Service:
        """The service in whose namespace another one lives, mostly itself; what lives in a foreign container's has no networks in the files."""
        service = self._project.services[source]
        return self._project.services.get(service.network_mode.removeprefix(_MODE), service) if service.network_mode.startswith(_MODE) else service

    def _addresses(self, name: str, networks: Iterable[str]) -> Iterator[str]:
        """Of everybody who has the name on one of the networks."""
        for key in networks:
            for other, service in self._project.services.items():
                if key in service.networks and name in (other, *service.networks[key].aliases):
                    yield from self._elsewhere.get(other, ())
                    yield from self._here(other, key)

    def _here(self, service: str, key: str) -> Iterator[str]:
        network = self._project.networks[key].name if key in self._project.networks else key
        for one in self._members.get(service, ()):
            yield from (address for member in one.networks if member.network == network for address in member.addresses)
