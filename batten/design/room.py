"""Networks joined until there is room for them: Docker's default address pools are shared by all projects of a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from batten.design import wording
from batten.design.cliques import bits
from batten.design.naming import named
from batten.design.sections.networks import FITTED, Networks, PlannedNetwork
from batten.model import Connection, Tier

POOLS = 30
"""How many networks Docker's default address pools hold besides its own bridge: 172.17 to 172.31 with 16 bits each, 192.168 in pieces of 20 bits.

Source: moby, daemon/libnetwork/ipamutils (``localScopeDefaultNetworks``); measured on 20.10.24 and 28.5.2.
"""
ROOM = POOLS // 2
"""How many of them one project may take without being asked to: half, so that another one of its size finds room."""
MANY = 250
"""More networks than these are joined roughly first: to compare each with every other one would take too long."""
_FEW = 24
"""So many are compared then."""
_WORSE = 16
"""How much worse it is that the edge meets data than that any two others meet."""


class _Group(NamedTuple):
    """Services that are to share a network."""

    members: int
    """As a bit mask."""
    internal: bool
    names: tuple[str, ...]
    """The networks of which it is made."""


def fitted(networks: Networks, tiers: Mapping[str, Tier], connections: Sequence[Connection], room: int = ROOM, *, taken: Set[str] = frozenset()) -> Networks:
    """``networks`` joined two by two until there are no more than ``room``: always those whose members meet fewest others that they do not need.

    Networks with a way out are joined with such alone, so that nobody gets a way out by it. Names that are ``taken`` are not given.
    """
    joining = _Joining(networks, tiers)
    joining.until(room)
    found: dict[str, PlannedNetwork] = {}
    for group in joining.left.values():
        members = frozenset(joining.services[at] for at in bits(group.members))
        before = [networks.networks[name] for name in group.names]
        if len(before) == 1:
            found[group.names[0]] = before[0]
        else:
            name, why = _described(members, before, tiers, connections)
            found[_free(name, taken | found.keys() | networks.networks.keys())] = PlannedNetwork(tuple(sorted(members)), group.internal, why=why)
    return Networks(FITTED, found)


def _described(members: frozenset[str], before: Sequence[PlannedNetwork], tiers: Mapping[str, Tier], connections: Sequence[Connection]) -> tuple[str, str]:
    """A name and a reason for a network that takes the place of several."""
    if all(len(network.services) == 1 and not network.internal for network in before):
        return "outside", "their ways out and published ports, together to have fewer networks"
    name = next(iter(named([members], {one: tiers[one] for one in members}, connections)))
    return name, f"{wording.why(members, tiers, connections)}; {len(before)} networks in one, to have fewer"


def _free(name: str, taken: Set[str]) -> str:
    number, free = 2, name
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free


class _Joining:
    """The groups that are left, and what joining any two of them would cost."""

    def __init__(self, networks: Networks, tiers: Mapping[str, Tier]) -> None:
        self.services = sorted({name for network in networks.networks.values() for name in network.services})
        place = {name: at for at, name in enumerate(self.services)}
        self.edge, self.data = (sum(1 << place[name] for name in self.services if tiers.get(name) is tier) for tier in (Tier.EDGE, Tier.DATA))
        self.meeting = [1 << at for at in range(len(self.services))]
        self.left: dict[int, _Group] = {}
        for number, (name, network) in enumerate(networks.networks.items()):
            self.left[number] = _Group(sum(1 << place[member] for member in network.services), network.internal, (name,))
            self._meet(self.left[number].members)
        self.next = len(self.left)

    def until(self, room: int) -> None:
        """Join groups until ``room`` are left, or no two can be joined.

        What a pair costs is noted when it first stands; joining others can only make it cheaper, so that the answer is good and not always the best.
        """
        if len(self.left) > MANY:
            self._roughly(max(room, MANY))
        waiting = [self._entry(one, other) for one in self.left for other in self.left if one < other and self._alike(one, other)]
        heapify(waiting)
        while len(self.left) > room and waiting:
            _, _, one, other = heappop(waiting)
            if one in self.left and other in self.left:
                self._join(one, other)
                newest = self.next - 1
                for earlier in self.left:
                    if earlier != newest and self._alike(earlier, newest):
                        heappush(waiting, self._entry(earlier, newest))

    def _roughly(self, room: int) -> None:
        """Join the smallest group with the best of a few that it has a member in common with, again and again, until ``room`` are left."""
        homes: dict[int, set[int]] = {}
        for number, group in self.left.items():
            for at in bits(group.members):
                homes.setdefault(at, set()).add(number)
        waiting = [(group.members.bit_count(), number) for number, group in self.left.items()]
        heapify(waiting)
        while len(self.left) > room and waiting:
            _, one = heappop(waiting)
            other = self._neighbour(one, homes) if one in self.left else None
            if other is not None:
                members = self.left[one].members | self.left[other].members
                self._join(one, other)
                for at in bits(members):
                    homes[at] = homes[at] - {one, other} | {self.next - 1}
                heappush(waiting, (members.bit_count(), self.next - 1))

    def _neighbour(self, one: int, homes: Mapping[int, Set[int]]) -> int | None:
        """The group with which another is best joined: of a few with a member in common, else of the first few; None where none is alike."""
        near = sorted({number for at in bits(self.left[one].members) for number in homes[at]} - {one})
        some = [number for number in near if self._alike(one, number)] or [number for number in self.left if number != one and self._alike(one, number)]
        return min(some[:_FEW], key=lambda number: self._entry(one, number), default=None)

    def _alike(self, one: int, other: int) -> bool:
        return self.left[one].internal is self.left[other].internal

    def _entry(self, one: int, other: int) -> tuple[int, int, int, int]:
        first, second = self.left[one].members, self.left[other].members
        return self._cost(first, second), (first | second).bit_count(), one, other

    def _cost(self, one: int, other: int) -> int:
        """How many pairs would meet anew; an edge service that meets data counts more."""
        cost = 0
        for at in bits(one & ~other):
            new = other & ~one & ~self.meeting[at]
            worse = (self.data if self.edge >> at & 1 else 0) | (self.edge if self.data >> at & 1 else 0)
            cost += new.bit_count() + _WORSE * (new & worse).bit_count()
        return cost

    def _join(self, one: int, other: int) -> None:
        first, second = self.left.pop(one), self.left.pop(other)
        self.left[self.next] = _Group(first.members | second.members, first.internal, first.names + second.names)
        self._meet(self.left[self.next].members)
        self.next += 1

    def _meet(self, members: int) -> None:
        for at in bits(members):
            self.meeting[at] |= members
