"""Connections and lookups from the network namespace in which the calling thread is. A connection is closed as soon as it is open, and nothing is sent.

For UDP, which knows no connection, one empty datagram is sent: who has no way there or finds the port closed is told so by the kernel (udp(7), ECONNREFUSED),
and silence says nothing.
"""

from __future__ import annotations

import errno
import math
import secrets
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from batten.engine import lookups
from batten.engine.vantage import LOOKUP, SERVER, UDP, Address, Asked, Heard, Name, Pace

TIMEOUT = 2.0
"""Seconds that a connection may take: Linux asks a second time after one (tcp_syn_retries in ip-sysctl.rst)."""
_TICK = 0.05
_WINDOW = 16
"""Connections that are under way at a time from one namespace."""
_LOOKUP, _TRIES = 1.5, 2
"""Seconds that lookups may take after the last was sent, and how often they are tried."""
_PORT = 53
_NO_WAY = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH})


class _Under(NamedTuple):
    """A connection that is under way."""

    address: Address
    until: float


def ask(asked: Asked, pace: Pace) -> Heard:
    """Open every connection and look up every name, no faster than the pace."""
    outcomes = dict(_tried(sorted(asked.addresses), pace))
    names = _looked_up(sorted(asked.names), pace) if asked.names else {}
    return Heard(_those(outcomes, True), _those(outcomes, False), names)


def _those(outcomes: dict[Address, bool], wanted: bool) -> frozenset[Address]:
    return frozenset(one for one, is_open in outcomes.items() if is_open is wanted and (wanted or one.protocol == UDP))


def _tried(addresses: Iterable[Address], pace: Pace) -> Iterator[tuple[Address, bool]]:
    """Each address of which something is known, a few at a time: whether it is open."""
    waiting = deque(addresses)
    with selectors.DefaultSelector() as selector:
        try:
            turn = pace.turn() if waiting else math.inf
            while (waiting and not pace.stopped) or selector.get_map():
                room = len(selector.get_map()) < _WINDOW
                if room and time.monotonic() >= turn:
                    yield from _begun(waiting.popleft(), selector)
                    turn = pace.turn() if waiting else math.inf
                yield from _finished(selector, turn if room else math.inf)
        finally:
            for key in list(selector.get_map().values()):
                _close(selector, key)


def _begun(one: Address, selector: selectors.BaseSelector) -> Iterator[tuple[Address, bool]]:
    """Begin; tells what is known at once. What cannot even begin, such as without a route, is not reached."""
    kind = socket.SOCK_DGRAM if one.protocol == UDP else socket.SOCK_STREAM
    made = socket.socket(socket.AF_INET6 if ":" in one.host else socket.AF_INET, kind)
    made.setblocking(False)
    code = made.connect_ex((one.host, one.port))
    if kind == socket.SOCK_DGRAM and code == 0:
        code = _sent(made)
    if code == errno.EINPROGRESS:
        events = selectors.EVENT_READ if one.protocol == UDP else selectors.EVENT_WRITE
        selector.register(made, events, _Under(one, time.monotonic() + TIMEOUT))
        return
    made.close()
    if code == 0 or code in _NO_WAY:
        yield one, code == 0


def _sent(made: socket.socket) -> int:
    """Send the empty datagram; EINPROGRESS where an answer is to be waited for."""
    try:
        made.send(b"")
    except OSError as error:
        return error.errno or errno.EIO
    return errno.EINPROGRESS


def _finished(selector: selectors.BaseSelector, turn: float) -> Iterator[tuple[Address, bool]]:
    """Wait for one to end, or for the next one's turn; close what has ended or takes too long."""
    ready = {key.fd for key, _ in selector.select(min(_TICK, max(0.0, turn - time.monotonic())))}
    for key in list(selector.get_map().values()):
        under = key.data
        if key.fd in ready:
            code = _socket(key).getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0 or code in _NO_WAY:
                yield under.address, code == 0
        if key.fd in ready or time.monotonic() > under.until:
            _close(selector, key)


def _socket(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj


def _close(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    selector.unregister(key.fileobj)
    _socket(key).close()


def _looked_up(names: Sequence[Name], pace: Pace) -> Mapping[Name, frozenset[str]]:
    """The addresses that the engine's name server gives for each; none where it knows no such name or does not answer."""
    found: dict[Name, frozenset[str]] = {}
    for _ in range(_TRIES):
        found |= _answers([name for name in names if name not in found], pace)
    return {name: found.get(name, frozenset()) for name in names}


def _answers(names: Sequence[Name], pace: Pace) -> Mapping[Name, frozenset[str]]:
    """What is answered in time to questions that are all sent at once."""
    first = secrets.randbelow(1 << 15)
    asked, found = dict(enumerate(names, first)), dict[Name, frozenset[str]]()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made, suppress(OSError):  # nobody answers there: the names are unknown
        made.connect((SERVER, _PORT))
        for number, name in asked.items():
            if pace.wait(LOOKUP) and (wanted := lookups.question(name, number)) is not None:
                made.send(wanted)
        until = time.monotonic() + _LOOKUP
        while len(found) < len(names) and (left := until - time.monotonic()) > 0:
            made.settimeout(left)
            said = made.recv(4096)
            about = asked.get(lookups.number(said))
            addresses = lookups.answer(said, about) if about is not None else None
            if about is not None and addresses is not None:
                found[about] = addresses
    return found
