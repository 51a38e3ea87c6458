"""From sockets to named connections: who asked whom, from whichever end it is seen, and what cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from batten.engine.connections import Socket, State, Track
from batten.engine.flows import Flow, Inside, Reading, Tracking
from batten.engine.protocol import Binding, Membership, Workload
from batten.engine.vantage import TCP, UDP, Address
from batten.engine.whereabouts import Whereabouts
from tests.live.fakes import composed, network

WEB, DB, HOST = 10, 20, 1
GATEWAY = "172.20.0.1"


def member(service: str, home: int, *addresses: str, ports: Sequence[Binding] = (), number: int = 1) -> tuple[str, Workload, int]:
    """A container of the shop in a namespace."""
    networks = (Membership("shop_default", addresses=addresses),) if addresses else ()
    return service, composed("shop", service, number, networks=networks, ports=tuple(ports)), home


def street(*members: tuple[str, Workload, int]) -> Whereabouts:
    """The shop's containers, a stranger, and the host."""
    nets = [network("shop", subnets=("172.20.0.0/16",))]
    return Whereabouts.of(members, {"172.20.0.99": "stranger"}, nets, HOST, frozenset({GATEWAY, "10.9.8.7"}))


TWO = street(member("web", WEB, "172.20.0.2"), member("db", DB, "172.20.0.3", ports=[Binding(5432, "tcp", "15432", "0.0.0.0")]))


def at(text: str, protocol: str = TCP) -> Address:
    """``172.20.0.2:80`` as an address."""
    host, _, port = text.rpartition(":")
    return Address(host, int(port), protocol)


def connected(local: str, remote: str, state: State = State.OPEN, inode: int = 5, protocol: str = TCP) -> Socket:
    """A socket with somebody at its other end."""
    return Socket(at(local, protocol), at(remote, protocol), state, inode)


def read(places: Whereabouts, inside: Mapping[int, Inside], tracked: Iterable[Track] = (), owned: Mapping[int, str] | None = None) -> list[Flow]:
    """The flows of a moment."""
    some = frozenset(tracked)
    tracking = Tracking(some, {one.seen_as: one.source for one in some if one.seen_as != one.source})
    return list(Reading(places, inside, tracking, lambda _, inode: (owned or {}).get(inode)).flows())


def sides(flows: Iterable[Flow]) -> set[tuple[tuple[str, ...], tuple[str, ...], int]]:
    """Who asked whom, at which port."""
    return {(flow.sources, flow.targets, flow.port) for flow in flows}


def inside(*sockets: Socket, waiting: Mapping[tuple[str, int], int] | None = None) -> Inside:
    """A namespace."""
    return Inside(sockets, waiting or {})


WAITS = {(TCP, 5432): 9}


class TestDirection:
    def test_is_from_the_one_who_does_not_listen(self) -> None:
        caller = {WEB: inside(connected("172.20.0.2:40000", "172.20.0.3:5432")), DB: inside(waiting=WAITS)}
        called = {WEB: inside(), DB: inside(connected("172.20.0.3:5432", "172.20.0.2:40000"), waiting=WAITS)}
        assert sides(read(TWO, caller)) == sides(read(TWO, called)) == {(("web",), ("db",), 5432)}

    def test_is_the_same_connection_from_both_ends(self) -> None:
        both = {
            WEB: inside(connected("172.20.0.2:40000", "172.20.0.3:5432")),
            DB: inside(connected("172.20.0.3:5432", "172.20.0.2:40000"), waiting=WAITS),
        }
        first, second = read(TWO, both)
        assert first.key == second.key and first.same == second.same

    def test_is_told_by_the_lower_port_where_the_listener_is_gone(self) -> None:
        called = {DB: inside(connected("172.20.0.3:5432", "172.20.0.2:40000")), WEB: inside(connected("172.20.0.2:40000", "172.20.0.3:5432"))}
        assert sides(read(TWO, called)) == {(("web",), ("db",), 5432)}

    def test_is_not_fooled_by_a_source_port_on_which_something_listens(self) -> None:
        odd = {WEB: inside(connected("172.20.0.2:40000", "172.20.0.3:5432"), waiting={(TCP, 40000): 1}), DB: inside(waiting=WAITS)}
        assert sides(read(TWO, odd)) == {(("web",), ("db",), 5432)}


class TestOtherEnds:
    def test_outside_are_the_internet_and_the_lan(self) -> None:
        out = {WEB: inside(connected("172.20.0.2:40000", "9.9.9.9:443"), connected("172.20.0.2:40001", "192.168.7.7:25"))}
        assert sides(read(TWO, out)) == {(("web",), ("internet",), 443), (("web",), ("lan",), 25)}

    def test_of_somebody_else_bear_his_name(self) -> None:
        assert sides(read(TWO, {WEB: inside(connected("172.20.0.2:40000", "172.20.0.99:80"))})) == {(("web",), ("stranger",), 80)}

    def test_in_a_container_network_that_nobody_has_are_left_for_later(self) -> None:
        assert read(TWO, {WEB: inside(connected("172.20.0.2:40000", "172.20.0.77:80"))}) == []

    def test_that_are_name_servers_count_for_nothing(self) -> None:
        asked = inside(connected("127.0.0.1:40000", "127.0.0.11:40123"), connected("172.20.0.2:40000", "8.8.8.8:53"))
        assert read(TWO, {WEB: asked}) == []

    def test_of_the_container_itself_count_for_nothing(self) -> None:
        own = inside(connected("127.0.0.1:40000", "127.0.0.1:80"), connected("172.20.0.2:40001", "172.20.0.2:80"), waiting={(TCP, 80): 3})
        assert read(TWO, {WEB: own}) == []

    def test_come_in_from_outside(self) -> None:
        called = inside(connected("172.20.0.3:5432", "192.168.7.7:50000"), waiting=WAITS)
        assert sides(read(TWO, {DB: called})) == {(("lan",), ("db",), 5432)}


class TestThroughTheHost:
    ASKING = connected("172.20.0.2:40000", f"{GATEWAY}:15432")

    def test_a_published_port_is_the_service_behind_it(self) -> None:
        (flow,) = read(TWO, {WEB: inside(self.ASKING), DB: inside(waiting=WAITS)})
        assert (flow.sources, flow.targets, flow.port, flow.through_host) == (("web",), ("db",), 5432, True)

    def test_one_that_is_bound_elsewhere_is_not(self) -> None:
        places = street(member("web", WEB, "172.20.0.2"), member("db", DB, "172.20.0.3", ports=[Binding(5432, "tcp", "15432", "10.9.8.7")]))
        assert sides(read(places, {WEB: inside(self.ASKING), DB: inside(waiting=WAITS)})) == {(("web",), ("host",), 15432)}

    def test_the_caller_is_known_behind_a_translated_address(self) -> None:
        track = Track(at("172.20.0.2:40000"), at(f"{GATEWAY}:15432"), at("172.20.0.3:5432"), at(f"{GATEWAY}:40000"), answered=True)
        called = inside(connected("172.20.0.3:5432", f"{GATEWAY}:40000"), waiting=WAITS)
        assert sides(read(TWO, {WEB: inside(), DB: called}, [track])) == {(("web",), ("db",), 5432)}

    def test_services_on_the_hosts_network_are_told_from_the_host_by_their_sockets(self) -> None:
        places = street(member("web", WEB, "172.20.0.2"), member("agent", HOST))
        there = {WEB: inside(connected("172.20.0.2:40000", f"{GATEWAY}:9100")), HOST: inside(waiting={(TCP, 9100): 71, (TCP, 22): 72})}
        assert sides(read(places, there, owned={71: "agent"})) == {(("web",), ("agent",), 9100)}
        assert sides(read(places, there, owned={71: "host"})) == {(("web",), ("host",), 9100)}

    def test_a_service_there_reaches_a_port_that_is_published_on_the_loopback(self) -> None:
        places = street(member("agent", HOST), member("db", DB, "172.20.0.3", ports=[Binding(5432, "tcp", "15432", "127.0.0.1")]))
        there = {HOST: inside(connected("127.0.0.1:40000", "127.0.0.1:15432", inode=71), waiting={(TCP, 15432): 72}), DB: inside(waiting=WAITS)}
        assert sides(read(places, there, owned={71: "agent", 72: "host"})) == {(("agent",), ("db",), 5432)}


class TestTracking:
    def test_shows_what_no_socket_shows_any_more(self) -> None:
        track = Track(at("172.20.0.2:40000"), at("172.20.0.3:5432"), at("172.20.0.3:5432"), at("172.20.0.2:40000"), answered=True)
        (flow,) = read(TWO, {WEB: inside(), DB: inside(waiting=WAITS)}, [track])
        assert (flow.sources, flow.targets, flow.over) == (("web",), ("db",), True)
        assert read(TWO, {WEB: inside(), DB: inside()}, [track]) == [], "nobody listens there: it may have been turned round"

    def test_shows_datagrams_to_where_somebody_waits(self) -> None:
        log = Track(at("172.20.0.2:40000", UDP), at("172.20.0.3:514", UDP), at("172.20.0.3:514", UDP), at("172.20.0.2:40000", UDP), answered=False)
        assert sides(read(TWO, {WEB: inside(), DB: inside(waiting={(UDP, 514): 3})}, [log])) == {(("web",), ("db",), 514)}
        assert read(TWO, {WEB: inside(), DB: inside()}, [log]) == []

    def test_of_others_is_nobodys_business(self) -> None:
        other = Track(at("172.20.0.99:40000"), at("9.9.9.9:443"), at("9.9.9.9:443"), at("172.20.0.99:40000"), answered=True)
        assert read(TWO, {WEB: inside(), DB: inside()}, [other]) == []


class TestASharedNamespace:
    PLACES = street(member("web", WEB, "172.20.0.2"), member("sidecar", WEB), member("db", DB, "172.20.0.3"))
    WAITING: Mapping[tuple[str, int], int] = {(TCP, 80): 100, (TCP, 9000): 200}
    OWNED: Mapping[int, str] = {100: "web", 200: "sidecar", 101: "web", 201: "sidecar"}

    def test_names_who_holds_the_socket(self) -> None:
        asking = inside(connected("172.20.0.2:40000", "172.20.0.3:5432", inode=201), waiting=self.WAITING)
        assert sides(read(self.PLACES, {WEB: asking, DB: inside(waiting=WAITS)}, owned=self.OWNED)) == {(("sidecar",), ("db",), 5432)}

    def test_names_who_listens(self) -> None:
        asking = inside(connected("172.20.0.3:40000", "172.20.0.2:9000"))
        assert sides(read(self.PLACES, {WEB: inside(waiting=self.WAITING), DB: asking}, owned=self.OWNED)) == {(("db",), ("sidecar",), 9000)}

    def test_names_both_over_the_loopback(self) -> None:
        both = inside(
            connected("127.0.0.1:40000", "127.0.0.1:9000", inode=101), connected("127.0.0.1:9000", "127.0.0.1:40000", inode=201), waiting=self.WAITING
        )
        certain = [flow for flow in read(self.PLACES, {WEB: both}, owned=self.OWNED) if flow.certain]
        assert sides(certain) == {(("web",), ("sidecar",), 9000)}

    def test_says_both_where_nobody_can_tell(self) -> None:
        past = inside(connected("172.20.0.2:40000", "172.20.0.3:5432", State.PAST, inode=0), waiting=self.WAITING)
        (flow,) = read(self.PLACES, {WEB: past, DB: inside(waiting=WAITS)}, owned=self.OWNED)
        assert (flow.sources, flow.targets, flow.certain) == (("sidecar", "web"), ("db",), False)


class TestReplicas:
    def test_are_one_service_and_do_not_talk_to_themselves(self) -> None:
        places = street(member("web", WEB, "172.20.0.2"), member("web", 11, "172.20.0.4", number=2), member("db", DB, "172.20.0.3"))
        there = {
            WEB: inside(connected("172.20.0.2:40000", "172.20.0.4:7000")),
            11: inside(connected("172.20.0.4:40000", "172.20.0.3:5432"), waiting={(TCP, 7000): 1}),
            DB: inside(waiting=WAITS),
        }
        assert sides(read(places, there)) == {(("web",), ("db",), 5432)}
