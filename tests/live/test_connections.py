"""The kernel's tables of sockets and tracked connections, printed as it prints them and read back."""

from __future__ import annotations

import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.engine.connections import Socket, State, Track, own_addresses, sockets, tracks
from batten.engine.vantage import TCP, UDP, Address

FOUR = st.ip_addresses(v=4).map(str)
SIX = st.ip_addresses(v=6).map(str).filter(lambda one: IPv6Address(one).ipv4_mapped is None)
PORTS = st.integers(0, 65535)
HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def kernel_word(address: str, order: str = "little", *, mapped: bool = False) -> str:
    """An address as ``%08X`` of each of its 32-bit words prints it on a machine of that byte order."""
    found = ip_address(address)
    raw = IPv6Address(f"::ffff:{address}").packed if mapped and found.version == 4 else found.packed
    groups = (raw[at : at + 4] for at in range(0, len(raw), 4))
    return b"".join(group[::-1] if order == "little" else group for group in groups).hex().upper()


def row(local: str, remote: str, state: str, inode: int = 7) -> str:
    """A line of a table."""
    return f"   0: {local} {remote} {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 1 0000000000000000 20 4 30 10 -1\n"


def end(address: str, port: int, *, mapped: bool = False, order: str = "little") -> str:
    """Address and port as a table has them."""
    return f"{kernel_word(address, order, mapped=mapped)}:{port:04X}"


class TestSockets:
    @given(st.lists(st.tuples(FOUR, PORTS, FOUR, PORTS), max_size=5), st.sampled_from(["little", "big"]), st.booleans())
    def test_have_their_addresses_be_they_mapped_into_ipv6_or_not(self, ends: list[tuple[str, int, str, int]], order: str, mapped: bool) -> None:
        text = HEADING + "".join(row(end(a, p, mapped=mapped, order=order), end(b, q, mapped=mapped, order=order), "01") for a, p, b, q in ends)
        found = [(one.local, one.remote) for one in sockets(text, TCP, order)]  # type: ignore[arg-type]
        assert found == [(Address(str(IPv4Address(a)), p), Address(str(IPv4Address(b)), q)) for a, p, b, q in ends]

    @given(SIX, PORTS, SIX, PORTS)
    def test_of_ipv6_do_too(self, local: str, port: int, remote: str, other: int) -> None:
        (one,) = sockets(HEADING + row(end(local, port), end(remote, other), "0A"), TCP, "little")
        assert one == Socket(Address(local, port), Address(remote, other), State.WAITING, 7)

    @pytest.mark.parametrize(
        ("code", "inode", "state"),
        [("01", 9, State.OPEN), ("06", 0, State.PAST), ("05", 0, State.PAST), ("05", 9, State.OPEN), ("08", 9, State.OPEN), ("0A", 9, State.WAITING)],
    )
    def test_are_waiting_open_or_past(self, code: str, inode: int, state: State) -> None:
        (one,) = sockets(HEADING + row(end("10.0.0.1", 1), end("10.0.0.2", 2), code, inode), TCP, "little")
        assert one.state is state

    @pytest.mark.parametrize("code", ["02", "03", "0C"])
    def test_that_are_only_tried_count_for_nothing(self, code: str) -> None:
        assert list(sockets(HEADING + row(end("10.0.0.1", 1), end("10.0.0.2", 2), code), TCP)) == []

    def test_of_udp_are_connected_or_take_from_anybody(self) -> None:
        text = HEADING + row(end("10.0.0.1", 1), end("10.0.0.2", 2), "01") + row(end("0.0.0.0", 514), end("0.0.0.0", 0), "07")
        assert [(one.state, one.local.protocol) for one in sockets(text, UDP, "little")] == [(State.OPEN, UDP), (State.WAITING, UDP)]

    def test_that_are_cut_off_count_for_nothing(self) -> None:
        whole = row(end("10.0.0.1", 1), end("10.0.0.2", 2), "01")
        assert list(sockets(HEADING + whole[:60], TCP)) == []
        assert list(sockets("", TCP)) == []

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has such tables")
    def test_of_this_machine_are_read(self) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client, open("/proc/self/net/tcp") as table:
            found = {(one.local[:2], one.remote[:2]): one.state for one in sockets(table.read(), TCP)}
            assert found[client.getsockname(), server.getsockname()] is State.OPEN
            assert found[server.getsockname(), ("0.0.0.0", 0)] is State.WAITING


TRACKED = """\
ipv4     2 tcp      6 431999 ESTABLISHED src=172.18.0.3 dst=172.17.0.1 sport=40000 dport=8080 src=172.19.0.2 dst=172.19.0.1 sport=80 dport=40000 [ASSURED] mark=0 zone=0 use=2
ipv4     2 udp      17 25 src=172.18.0.3 dst=172.18.0.9 sport=5000 dport=514 [UNREPLIED] src=172.18.0.9 dst=172.18.0.3 sport=514 dport=5000 mark=0 zone=0 use=2
ipv4     2 tcp      6 100 SYN_SENT src=172.18.0.3 dst=172.18.0.4 sport=1 dport=2 [UNREPLIED] src=172.18.0.4 dst=172.18.0.3 sport=2 dport=1 mark=0 zone=0 use=2
ipv4     2 unknown  2 591 src=172.17.0.1 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=172.17.0.1 mark=0 zone=0 use=2
ipv6     10 tcp      6 50 TIME_WAIT src=fd00:0000:0000:0000:0000:0000:0000:0003 dst=fd00:0000:0000:0000:0000:0000:0000:0002 sport=9 dport=80 src=fd00:0000:0000:0000:0000:0000:0000:0002 dst=fd00:0000:0000:0000:0000:0000:0000:0003 sport=80 dport=9 [ASSURED] mark=0 zone=0 use=2
"""  # noqa: E501


class TestTrackedConnections:
    def test_say_what_was_asked_and_who_answers(self) -> None:
        through, datagram, six = tracks(TRACKED)
        assert through == Track(
            Address("172.18.0.3", 40000), Address("172.17.0.1", 8080), Address("172.19.0.2", 80), Address("172.19.0.1", 40000), answered=True
        )
        assert (datagram.asked, datagram.answered) == (Address("172.18.0.9", 514, UDP), False)
        assert six.asked == Address("fd00::2", 80)


FIB = """\
Local:
  +-- 0.0.0.0/0 3 0 5
        +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.1
              /32 host LOCAL
     |-- 172.17.0.1
        /32 host LOCAL
     |-- 172.17.255.255
        /32 link BROADCAST
     |-- 192.0.2.0
        /24 link UNICAST
"""
SIX_ADDRESSES = "fd00000000000000000000000000000a 04 40 00 82     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n"


class TestOwnAddresses:
    def test_are_all_but_the_loopback_ones(self) -> None:
        assert own_addresses(FIB, SIX_ADDRESSES) == {"172.17.0.1", "fd00::a"}
        assert own_addresses("", "") == frozenset()
