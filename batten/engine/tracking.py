"""The host's tracked connections, asked of the kernel over netlink: for kernels that are built without the file ``/proc/net/nf_conntrack``.

Numbers and layout are those of Linux: include/uapi/linux/netlink.h and include/uapi/linux/netfilter/nfnetlink_conntrack.h.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from typing import Final

from batten.engine.connections import Track
from batten.engine.vantage import TCP, UDP, Address

_NETLINK_NETFILTER, _GET, _REQUEST_DUMP = 12, 0x0101, 0x0301
_ERROR, _DONE = 2, 3
_ORIGINAL, _REPLY, _STATUS, _INFO = 1, 2, 3, 4
_SEEN_REPLY = 2
_TRIED: Final = frozenset({1, 2, 9})
"""SYN_SENT, SYN_RECV and SYN_SENT2 (include/uapi/linux/netfilter/nf_conntrack_tcp.h)."""
_PROTOCOLS: Final = {socket.IPPROTO_TCP: TCP, socket.IPPROTO_UDP: UDP}
_SECONDS = 2.0
_SIZE = 1 << 18


def tracked() -> Iterator[Track]:
    """Every tracked TCP and UDP connection of the namespace that we are in; none where the kernel tracks nothing or does not tell us."""
    with suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as asking:
        asking.settimeout(_SECONDS)
        asking.send(struct.pack("=IHHIIBBH", 20, _GET, _REQUEST_DUMP, 1, 0, 0, 0, 0))
        while True:
            data = asking.recv(_SIZE)
            for kind, body in _messages(data):
                if kind in (_DONE, _ERROR):
                    return
                yield from of_message(body)


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from("=IH", data, at)
        yield kind, data[at + 16 : at + length]
        at += max((length + 3) & ~3, 16)


def of_message(body: bytes) -> Iterator[Track]:
    """The connection that a message is about, if it is one of ours."""
    found = _attributes(body[4:])
    if _ORIGINAL not in found or _REPLY not in found:
        return
    original, reply = _ends(found[_ORIGINAL]), _ends(found[_REPLY])
    state = _attributes(_attributes(found.get(_INFO, b"")).get(1, b"")).get(1, b"\0")
    if original and reply and state[0] not in _TRIED:
        answered = bool(int.from_bytes(found.get(_STATUS, b""), "big") & _SEEN_REPLY)
        yield Track(*original, *reply, answered)


def _ends(data: bytes) -> tuple[Address, Address] | None:
    """Source and target of a tuple; None for other protocols."""
    parts = _attributes(data)
    addresses, ports = _attributes(parts.get(1, b"")), _attributes(parts.get(2, b""))
    protocol = _PROTOCOLS.get(ports.get(1, b"\0")[0])
    source, target = (addresses.get(four) or addresses.get(six) for four, six in ((1, 3), (2, 4)))
    if protocol is None or source is None or target is None or not {2, 3} <= ports.keys():
        return None
    return _address(source, ports[2], protocol), _address(target, ports[3], protocol)


def _address(host: bytes, port: bytes, protocol: str) -> Address:
    return Address(str(ip_address(host)), int.from_bytes(port, "big"), protocol)


def _attributes(data: bytes) -> Mapping[int, bytes]:
    """The attributes in a piece of a message by their number, without the flags of nested ones and of the order of bytes."""
    found, at = {}, 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if length < 4:
            break
        found[kind & 0x3FFF] = data[at + 4 : at + length]
        at += (length + 3) & ~3
    return found
