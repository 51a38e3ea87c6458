"""What is seen in a namespace and asked from inside of it: the kernel's tables, connections, datagrams, lookups, and the pace."""

from __future__ import annotations

import os
import socket
import threading
import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.engine import lookups, netns, sockets, tables
from batten.engine.netns import Namespaces
from batten.engine.vantage import Address, Asked, Heard, Name, Pace, Space
from tests.live.fakes import container

ROOT_ONLY = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may enter a namespace")


class TestNamespaces:
    def test_print_addresses_as_the_kernel_writes_them(self) -> None:
        rows = ("0100007F:1F90 00000000:0000 0A", "00000000000000000000000000000000:0050 0:0 0A", "0000000000000000FFFF0000020014AC:0016 0:0 0A")
        table = "header\n" + "".join(f"   0: {row} 0\n" for row in (*rows, "020014AC:0050 0:0 01"))
        assert tables.listeners({"tcp6": table}, "little") == {Address("::", 80), Address("172.20.0.2", 22)}
        assert tables.listeners({"tcp": "header\n 0: AC140002:0050 0:0 0A 0\n"}, "big") == {Address("172.20.0.2", 80)}

    def test_tell_datagram_listeners_from_clients_by_chance(self) -> None:
        rows = ("00000000:0035 0:0 07", "00000000:C350 0:0 07", "020014AC:0044 030014AC:0043 01")
        table = "header\n" + "".join(f"   0: {row} 0\n" for row in rows)
        assert tables.listeners({"udp": table}, "little") == {Address("0.0.0.0", 53, "udp")}

    def test_are_entered_by_root_and_only_where_the_containers_processes_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stranger = [container("loner", pid=os.getpid())]
        assert not netns.possible(stranger)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert not netns.possible(stranger)

    @ROOT_ONLY
    def test_take_connections_and_leave_the_rest(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            wanted = frozenset(Address("127.0.0.1", one.getsockname()[1]) for one in (server, deaf))
            assert heard(Asked(wanted)).open == {Address("127.0.0.1", server.getsockname()[1])}

    @ROOT_ONLY
    def test_tell_of_datagrams_what_can_be_known(self) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as silent, socket.socket(type=socket.SOCK_DGRAM) as gone:
            for one in (silent, gone):
                one.bind(("127.0.0.1", 0))
            ends = [Address("127.0.0.1", one.getsockname()[1], "udp") for one in (silent, gone)]
            gone.close()
            found = heard(Asked(frozenset(ends)))
            assert not found.open and found.closed == {ends[1]}
            assert silent.recv(10) == b"", "an empty datagram is all that is sent"

    def test_that_have_ended_reach_nothing(self) -> None:
        gone = Space(2**22 + 1, 0)
        assert heard(Asked(frozenset({Address("127.0.0.1", 1)})), gone) == Heard()


def heard(asked: Asked, space: Space | None = None) -> Heard:
    """What is heard from inside a namespace, our own if no other."""
    own = Space(os.getpid(), os.stat("/proc/self/ns/net").st_ino)
    with Namespaces(Pace(1000)) as vantage:
        ((_, found),) = vantage.ask({space or own: asked})
    return found


class TestThePace:
    def test_keeps_no_connection_open_while_others_wait_for_their_turn(self) -> None:
        held: list[float] = []

        def serve(server: socket.socket) -> None:
            made, _ = server.accept()
            begun = time.monotonic()
            assert made.recv(10) == b""
            held.append(time.monotonic() - begun)
            made.close()

        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))
            thread = threading.Thread(target=serve, args=(server,))
            thread.start()
            others = (Address("127.0.0.2", deaf.getsockname()[1]), Address("127.0.0.3", deaf.getsockname()[1]))
            sockets.ask(Asked(frozenset({Address("127.0.0.1", server.getsockname()[1]), *others})), Pace(2))
            thread.join(5)
        assert len(held) == 1
        assert held[0] < 0.4, "half a second lies between two turns"

    def test_is_kept_whoever_asks(self) -> None:
        pace, begun = Pace(100), time.monotonic()
        assert all(pace.wait() for _ in range(11))
        assert time.monotonic() - begun >= 0.1

    def test_ends_for_all(self) -> None:
        pace = Pace(0.001)
        pace.wait()
        threading.Timer(0.05, pace.stop).start()
        assert not pace.wait()


class TestLookups:
    ASKED = Name("db", 4)

    def test_are_written_as_the_standard_has_it(self) -> None:
        assert lookups.question(Name("a.db"), 7) == bytes.fromhex("000701000001000000000000 0161 026462 00 0001 0001")
        assert lookups.question(Name("db", 6), 7) == bytes.fromhex("000701000001000000000000 026462 00 001c 0001")
        assert lookups.question(Name("a..b"), 7) is None
        assert lookups.question(Name("x" * 64), 7) is None

    def test_give_the_addresses_of_the_answer(self) -> None:
        head, asked = "0007 8180 0001 0002 0000 0000", "026462 00 0001 0001"
        records = "c00c 0001 0001 00000258 0004 ac140002" + "c00c 0001 0001 00000258 0004 ac140003"
        assert lookups.answer(bytes.fromhex(head + asked + records), self.ASKED) == frozenset({"172.20.0.2", "172.20.0.3"})
        assert (lookups.number(bytes.fromhex(head)), lookups.number(b"")) == (7, -1)
        assert lookups.answer(bytes.fromhex("0007 8183 0001 0000 0000 0000" + asked), self.ASKED) == frozenset()

    @pytest.mark.parametrize("datagram", ["", "0007", "0007 8180 0002 0000 0000 0000", "0007 0100 0001 0000 0000 0000", "0007 8180 0001 0005 0000 0000 026462"])
    def test_take_nothing_else_for_an_answer(self, datagram: str) -> None:
        assert lookups.answer(bytes.fromhex(datagram), self.ASKED) is None

    @given(st.binary(max_size=80))
    def test_survive_any_datagram(self, rest: bytes) -> None:
        found = lookups.answer(b"\x00\x07\x81\x80\x00\x01" + rest, self.ASKED)
        assert found is None or all(ip_address(one) for one in found)
