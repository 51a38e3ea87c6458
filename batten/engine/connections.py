"""The kernel's tables of sockets and of tracked connections as text (proc(5)), read line by line: no engine and no namespace is needed for it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address
from typing import Final, NamedTuple

from batten.engine.tables import Order, decoded
from batten.engine.vantage import TCP, UDP, Address


class State(Enum):
    """What a socket is there for."""

    WAITING = "waiting"
    """It takes connections, or datagrams from anybody."""
    OPEN = "open"
    PAST = "past"
    """The connection has ended; the kernel remembers it for a minute (TIME_WAIT)."""


class Socket(NamedTuple):
    """One line of ``/proc/net/tcp`` and its like."""

    local: Address
    """An IPv4 address that stands in IPv6 form is in its own."""
    remote: Address
    state: State
    inode: int
    """0 where no process holds it any more."""


class Track(NamedTuple):
    """A connection as the kernel's tracking knows it: what was asked for, and who answers after addresses were translated."""

    source: Address
    asked: Address
    answering: Address
    seen_as: Address
    """As whom the one who answers sees the source."""
    answered: bool
    """Whether anything came back."""


TCP_STATES: Final = {
    **dict.fromkeys(("01", "04", "05", "08", "09", "0B"), State.OPEN),
    **dict.fromkeys(("06", "07"), State.PAST),
    "0A": State.WAITING,
}
"""Numbers of include/net/tcp_states.h in Linux; connections that are only tried (SYN_SENT, SYN_RECV) are left out."""
UDP_STATES: Final = {"01": State.OPEN, "07": State.WAITING}
"""A UDP socket is connected or not (net/ipv4/udp.c in Linux uses TCP's numbers)."""
_STATES: Final = {TCP: TCP_STATES, UDP: UDP_STATES}
_TRIED: Final = frozenset({"SYN_SENT", "SYN_RECV", "SYN_SENT2"})


def sockets(text: str, protocol: str, order: Order = sys.byteorder) -> Iterator[Socket]:
    """The sockets of a table for ``tcp`` or ``udp``, of IPv4 or IPv6. A line that is no such line, or is cut off, counts for nothing."""
    states = _STATES[protocol]
    for line in text.splitlines()[1:]:
        words = line.split()
        state = states.get(words[3]) if len(words) > 9 else None
        if state is not None:
            inode = int(words[9])
            past = state is State.OPEN and protocol == TCP and not inode
            yield Socket(_end(words[1], protocol, order), _end(words[2], protocol, order), State.PAST if past else state, inode)


def _end(word: str, protocol: str, order: Order) -> Address:
    """``0100007F:1F90`` as an address and a port."""
    host, _, port = word.partition(":")
    return Address(decoded(host, order), int(port, 16), protocol)


def tracks(text: str) -> Iterator[Track]:
    """The TCP and UDP connections of ``/proc/net/nf_conntrack``: the pairs of addresses as they were asked for, then as they answer."""
    for line in text.splitlines():
        words = line.split()
        if len(words) < 8 or words[2] not in _STATES or not _TRIED.isdisjoint(words[5:6]):
            continue
        pairs = [word.partition("=")[::2] for word in words if word.startswith(("src=", "dst=", "sport=", "dport="))]
        if [name for name, _ in pairs] == ["src", "dst", "sport", "dport"] * 2:
            source, asked, answering, seen_as = (_named(pairs[at][1], pairs[at + 2][1], words[2]) for at in (0, 1, 4, 5))
            yield Track(source, asked, answering, seen_as, "[UNREPLIED]" not in words)


def _named(host: str, port: str, protocol: str) -> Address:
    return Address(_short(host), int(port), protocol)


@lru_cache(maxsize=4096)
def _short(host: str) -> str:
    """The tracking prints IPv6 addresses with all their zeros."""
    return str(ip_address(host)) if ":" in host else host


def own_addresses(fib_trie: str, if_inet6: str) -> frozenset[str]:
    """The addresses of a machine, from ``/proc/net/fib_trie`` and ``/proc/net/if_inet6``; loopback ones are left out."""
    found, last = set(), ""
    for line in fib_trie.splitlines():
        _, mark, rest = line.partition("|-- ")
        if mark:
            last = rest.strip()
        elif "/32 host LOCAL" in line:
            found.add(last)
    six = {str(ip_address(bytes.fromhex(words[0]))) for words in map(str.split, if_inet6.splitlines()) if words}
    return frozenset(one for one in found | six if not ip_address(one).is_loopback)
