"""Tracked connections as the kernel tells them over netlink: messages built as it builds them, and its own where it may be asked."""

from __future__ import annotations

import os
import socket
import struct
from ipaddress import ip_address

import pytest

from batten.engine import tracking
from batten.engine.connections import Track
from batten.engine.vantage import TCP, UDP, Address


def attribute(kind: int, content: bytes) -> bytes:
    """One attribute, filled up to four bytes."""
    return struct.pack("=HH", len(content) + 4, kind) + content + b"\0" * (-len(content) % 4)


def ends(source: str, from_: int, target: str, to: int, protocol: int) -> bytes:
    """Addresses and ports of one direction."""
    first, second = (1, 2) if ":" not in source else (3, 4)
    hosts = attribute(first, ip_address(source).packed) + attribute(second, ip_address(target).packed)
    ports = attribute(1, bytes([protocol])) + attribute(2, struct.pack(">H", from_)) + attribute(3, struct.pack(">H", to))
    return attribute(0x8001, hosts) + attribute(0x8002, ports)


def message(there: bytes, back: bytes, *, status: int = 2, state: int = 3) -> bytes:
    """What the kernel says of a connection, behind the header."""
    info = attribute(0x8001, attribute(1, bytes([state])))
    return b"\2\0\0\0" + attribute(0x8001, there) + attribute(0x8002, back) + attribute(3, struct.pack(">I", status)) + attribute(0x8004, info)


THERE = ends("172.18.0.3", 40000, "172.17.0.1", 8080, socket.IPPROTO_TCP)
BACK = ends("172.19.0.2", 80, "172.19.0.1", 40000, socket.IPPROTO_TCP)


class TestMessages:
    def test_say_what_was_asked_and_who_answers(self) -> None:
        (one,) = tracking.of_message(message(THERE, BACK))
        assert one == Track(Address("172.18.0.3", 40000), Address("172.17.0.1", 8080), Address("172.19.0.2", 80), Address("172.19.0.1", 40000), answered=True)

    def test_of_ipv6_datagrams_are_read_too(self) -> None:
        there, back = ends("fd00::3", 9, "fd00::2", 514, socket.IPPROTO_UDP), ends("fd00::2", 514, "fd00::3", 9, socket.IPPROTO_UDP)
        (one,) = tracking.of_message(message(there, back, status=0, state=0))
        assert (one.asked, one.answered, one.source.protocol) == (Address("fd00::2", 514, UDP), False, UDP)

    @pytest.mark.parametrize("state", [1, 2, 9])
    def test_of_connections_that_are_only_tried_count_for_nothing(self, state: int) -> None:
        assert list(tracking.of_message(message(THERE, BACK, state=state))) == []

    @pytest.mark.parametrize("length", range(0, len(message(THERE, BACK)) - 60, 5))
    def test_that_are_cut_off_count_for_nothing(self, length: int) -> None:
        assert list(tracking.of_message(message(THERE, BACK)[:length])) == []

    def test_of_other_protocols_count_for_nothing(self) -> None:
        ping = ends("10.0.0.1", 0, "10.0.0.2", 0, socket.IPPROTO_ICMP)
        assert list(tracking.of_message(message(ping, ping))) == []


@pytest.mark.skipif(not hasattr(socket, "AF_NETLINK") or os.geteuid() != 0, reason="only Linux has netlink, and only root may ask")
def test_the_kernel_is_asked_and_answers_or_not() -> None:
    before = set(os.listdir("/proc/self/fd"))
    assert all(one.source.protocol in (TCP, UDP) for one in tracking.tracked())
    assert set(os.listdir("/proc/self/fd")) == before
