"""What batten knows of capabilities."""

from __future__ import annotations

from batten.knowledge.capabilities import DEFAULT, describe


class TestDefaults:
    def test_there_are_fourteen(self) -> None:
        assert len(DEFAULT) == 14

    def test_net_raw_is_among_them_and_net_admin_is_not(self) -> None:
        assert describe("NET_RAW").default
        assert not describe("NET_ADMIN").default


class TestDanger:
    def test_names_are_taken_as_docker_takes_them(self) -> None:
        assert describe("cap_sys_admin") == describe("SYS_ADMIN")

    def test_sys_admin_is_the_way_out(self) -> None:
        assert describe("SYS_ADMIN").danger == "critical"

    def test_binding_low_ports_is_harmless(self) -> None:
        assert describe("NET_BIND_SERVICE").danger == "none"

    def test_every_default_capability_is_described(self) -> None:
        assert all("default set" in describe(name).why for name in DEFAULT)

    def test_an_unknown_one_is_neither_harmless_nor_an_error(self) -> None:
        assert describe("FLY").danger == "medium"
