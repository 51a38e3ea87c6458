"""From tables of sockets to connections with a direction: who asked whom, at which port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from batten.engine.connections import Socket, State, Track
from batten.engine.vantage import SERVER, Address
from batten.engine.whereabouts import End, Whereabouts

_NAMES = 53

Door: TypeAlias = tuple[str, int]
"""A protocol and the port on which something waits."""
OwnerOf: TypeAlias = Callable[[int, int], str | None]
"""Namespace and inode of a socket → whose it is, a service or the host; None where that is not known."""


class Key(NamedTuple):
    """What tells one connection from others, whichever end is looked at."""

    client: Address
    asked: Address
    within: int
    """The namespace of a connection over the loopback; 0 for others, whose addresses say it all."""


class Flow(NamedTuple):
    """One connection, named."""

    key: Key
    sources: tuple[str, ...]
    """Services or a zone; several where they share a namespace and nobody can tell which of them it was."""
    targets: tuple[str, ...]
    port: int
    through_host: bool
    over: bool
    """Whether it has ended, or only its tracking knows it."""

    @property
    def certain(self) -> bool:
        """Whether both ends are known."""
        return len(self.sources) == len(self.targets) == 1

    @property
    def protocol(self) -> str:
        """``tcp`` or ``udp``."""
        return self.key.client.protocol

    @property
    def same(self) -> tuple[Address, tuple[str, ...], int]:
        """Equal for two views of one connection, of which one may know the published port and the other the port inside."""
        return self.key.client, self.targets, self.port


class Inside(NamedTuple):
    """The sockets of one namespace."""

    sockets: tuple[Socket, ...]
    waiting: Mapping[Door, int]
    """Where something waits, or waited lately, and the inode of that socket."""


class Tracking(NamedTuple):
    """What the host's tracking tells."""

    fresh: frozenset[Track] = frozenset()
    """Connections that it has not shown before."""
    translated: Mapping[Address, Address] = MappingProxyType({})
    """As whom somebody is seen who asks through the host → who it is."""


class Reading:
    """All tables of one moment and who was where."""

    def __init__(self, places: Whereabouts, inside: Mapping[int, Inside], tracking: Tracking, owner: OwnerOf) -> None:
        self._places = places
        self._inside = inside
        self._tracking = tracking
        self._owner = owner
        self._services = frozenset(service for home in places.homes.values() for service in home.services)

    def flows(self) -> Iterator[Flow]:
        """Every connection of the project, those first that say most; one may come several times."""
        sides = [(home, one, self._is_taken(home, one)) for home, inside in self._inside.items() for one in inside.sockets if one.state is not State.WAITING]
        for home, one, taken in sides:
            if not taken:
                yield from self._asked(home, one)
        for home, one, taken in sides:
            if taken:
                yield from self._taken(home, one)
        for track in self._tracking.fresh:
            yield from self._followed(track)

    def _is_taken(self, home: int, one: Socket) -> bool:
        """Whether somebody connected to this socket, and not it to somebody."""
        mine = (one.local.protocol, one.local.port) in self._inside[home].waiting
        other = home if _loops(one) else self._home_of(one.remote)
        theirs = other in self._inside and (one.remote.protocol, one.remote.port) in self._inside[other].waiting
        return mine if mine != theirs or other not in self._inside else one.local.port < one.remote.port

    def _home_of(self, address: Address) -> int:
        end = self._places.find(address)
        return end.home if end is not None and not end.through_host else 0

    def _asked(self, home: int, one: Socket) -> Iterator[Flow]:
        """A socket that asked somebody."""
        end = self._places.within(home, one.remote) if _loops(one) else self._places.find(one.remote)
        if end is not None and not _is_about_names(one.remote, end):
            key = Key(one.local, one.remote, home if _loops(one) else 0)
            yield from self._flow(key, self._holder(home, one.inode), end, one.state is State.PAST)

    def _taken(self, home: int, one: Socket) -> Iterator[Flow]:
        """A socket that was asked."""
        client = self._tracking.translated.get(one.remote, one.remote)
        source = End(home, "", 0) if _loops(one) else self._places.find(client)
        if source is not None and one.local.host != SERVER:
            key = Key(client, one.local, home if _loops(one) else 0)
            end = self._places.within(home, one.local) if _loops(one) else End(home, "", one.local.port)
            yield from self._flow(key, self._names(source), end, one.state is State.PAST)

    def _followed(self, one: Track) -> Iterator[Flow]:
        """A connection that only the kernel's tracking may have seen; it counts where somebody waits at its end, or outside."""
        source, target = self._places.find(one.source), self._places.find(one.answering)
        if source is None or target is None or _is_about_names(one.asked, target):
            return
        waits = target.home in self._inside and (one.asked.protocol, target.port) in self._inside[target.home].waiting
        if waits or (not target.home and one.answered):
            end = target._replace(through_host=target.through_host or one.asked != one.answering)
            yield from self._flow(Key(one.source, one.asked, 0), self._names(source), end, over=True)

    def _flow(self, key: Key, sources: tuple[str, ...], end: End, over: bool) -> Iterator[Flow]:
        listener = self._inside[end.home].waiting.get((key.client.protocol, end.port), 0) if end.home in self._inside else 0
        targets = self._holder(end.home, listener) if end.home else (end.name,)
        if sources and targets and sources != targets and not self._services.isdisjoint((*sources, *targets)):
            yield Flow(key, sources, targets, end.port, end.through_host, over)

    def _names(self, end: End) -> tuple[str, ...]:
        return self._holder(end.home, 0) if end.home else (end.name,)

    def _holder(self, home: int, inode: int) -> tuple[str, ...]:
        """Whose a socket is; all who live there where nobody can tell."""
        living = self._places.inhabitants(home)
        owner = self._owner(home, inode) if len(living) > 1 and inode else None
        return (owner,) if owner is not None else living


def _loops(one: Socket) -> bool:
    """Whether a connection stays inside its namespace."""
    return one.local.host == one.remote.host or ip_address(one.remote.host).is_loopback


def _is_about_names(asked: Address, end: End) -> bool:
    """Questions to a name server are no need of a service: the engine itself asks from inside the containers, and every program does."""
    return asked.host == SERVER or (asked.port == _NAMES and not end.home)
