"""The design of a host: written, read back, and refused with a place where it does not say what we can do."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from batten.design import host
from batten.design.host import Daemon, Firewall, HostDesign, Setting, Swarm, Tls
from batten.design.host_reading import Allowed, allowed
from batten.errors import DesignError, InputError

FULL = HostDesign(
    tls=Tls(
        True, ("docker.example.org", "*.example.org", "192.0.2.7", "fd00::7"), ("ci", "admin"), "192.0.2.7", 12376, ("10.0.0.0/8",), "rsa", False, 10, 20, 30
    ),
    daemon=Daemon((Setting("icc", False, "why"), Setting("log-opts", {"max-size": "1m"}, ""), Setting("dns", ["192.0.2.1"], ""))),
    firewall=Firewall(
        ("eth0", "ppp+"), (Allowed("443"), Allowed("8000-8010", "udp", ("192.0.2.0/24", "fd00::/8"))), (Allowed("22", "tcp", ("10.0.0.0/8",)),), False
    ),
    swarm=Swarm(True, "10.0.0.1", "10.1.0.1", 5000, False, 7, ("10.0.0.2", "fd00::2"), False),
)


class TestTheFile:
    @pytest.mark.parametrize("design", [HostDesign(), host.propose(), host.propose(["eth0", "wlan0"]), host.propose(running=True), FULL])
    def test_comes_back_as_it_was(self, design: HostDesign) -> None:
        text = host.dump(design)
        assert host.load(text) == design
        assert host.dump(host.load(text)) == text

    def test_has_a_comment_for_every_section(self) -> None:
        text = host.dump(host.propose())
        for comment in host.SECTIONS.values():
            assert f"# {comment}\n" in text

    def test_may_leave_out_what_is_as_usual(self) -> None:
        assert host.load("version: 1\ntls: {wanted: true, names: [a.example]}\n") == HostDesign(tls=Tls(wanted=True, names=("a.example",)))

    def test_takes_networks_in_their_normal_form(self) -> None:
        assert host.load("version: 1\ntls: {sources: [10.1.2.3/8, 2001:DB8::1]}").tls.sources == ("10.0.0.0/8", "2001:db8::1/128")

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            ("tls: {names: ['a b']}", "2:15"),
            ("tls: {names: ['$(x)']}", "2:15"),
            ("tls: {names: [256.1.1.1]}", "2:15"),
            ("tls: {names: [a, -b]}", "2:18"),
            ("tls: {clients: ['../x']}", "2:17"),
            ("tls: {clients: [-x]}", "2:17"),
            ("tls: {key: dsa}", "2:12"),
            ("tls: {port: 0}", "2:13"),
            ("tls: {port: '2376'}", "2:13"),
            ("tls: {port: true}", "2:13"),
            ("tls: {folder: relative}", "2:15"),
            ('tls: {folder: "/a\\nb"}', "2:15"),
            ("tls: {address: localhost}", "2:16"),
            ("tls: {sources: [10.0.0.0/8, 0.0.0.0/0]}", "2:29"),
            ("tls: {sources: ['::/0']}", "2:17"),
            ("tls: {wanted: perhaps}", "2:15"),
            ("tls: {colour: red}", "2:15"),
            ("firewall: {interfaces: ['eth0; reboot']}", "2:25"),
            ("firewall: {interfaces: [-i]}", "2:25"),
            ("firewall: {interfaces: [abcdefghijklmnop]}", "2:25"),
            ("firewall: {published: [{ports: 0}]}", "2:32"),
            ("firewall: {published: [{ports: 9-8}]}", "2:32"),
            ("firewall: {published: [{ports: 80, protocol: icmp}]}", "2:46"),
            ("firewall: {published: [{ports: 80, sources: [everyone]}]}", "2:46"),
            ("firewall: {published: [{protocol: tcp}]}", "2:24"),
            ("firewall: {published: 80}", "2:23"),
            ("swarm: {peers: [node-2]}", "2:17"),
            ("swarm: {data_port: 80}", "2:20"),
            ("daemon: {settings: [{key: icc}]}", "2:21"),
            ("daemon: {settings: [{key: icc, value: [1, {a: .nan}]}]}", "2:47"),
            ("daemon: {settings: [{value: 1}]}", "2:21"),
            ("daemon: {settings: [{key: icc, value: 1}, {key: icc, value: 2}]}", "2:43"),
            ("stairs: {}", "2:9"),
            ("tls: 3", "2:6"),
        ],
    )
    def test_is_refused_with_the_place(self, body: str, place: str) -> None:
        with pytest.raises(DesignError) as caught:
            host.load(f"version: 1\n{body}\n", "host.yaml")
        assert str(caught.value).startswith(f"host.yaml:{place}: ")

    @pytest.mark.parametrize("text", ["", "version: 2\n", "tls: {}\n", "[1]\n", "version: true\n", "a: [\n"])
    def test_that_is_no_design_is_refused(self, text: str) -> None:
        with pytest.raises((DesignError, InputError)):
            host.load(text)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(["ports", "key", "value"]), inner, max_size=3)
)
FIELDS = [(name, field.name) for name in host.PARTS for field in fields(getattr(HostDesign(), name))]


class TestAnyValue:
    @pytest.mark.parametrize(("section", "field"), FIELDS)
    @settings(max_examples=25)
    @given(value=VALUES)
    def test_of_a_field_is_taken_or_refused_in_words(self, section: str, field: str, value: object) -> None:
        text = yaml.safe_dump({"version": 1, section: {field: value}}, allow_unicode=True)
        try:
            design = host.load(text)
        except (DesignError, InputError):
            return
        assert host.load(host.dump(design)) == design
        json.dumps([setting.value for setting in design.daemon.settings], allow_nan=False)


class TestTheProposal:
    def test_opens_no_port_of_the_api(self) -> None:
        assert not host.propose(["eth0"]).tls.wanted

    def test_keeps_ssh_open(self) -> None:
        assert Allowed("22") in host.propose().firewall.host

    def test_gives_a_reason_for_everything(self) -> None:
        design = host.propose(["eth0"])
        assert all((design.tls.reason, design.firewall.reason, design.swarm.reason, *(setting.reason for setting in design.daemon.settings)))
        assert "eth0" in design.firewall.reason

    def test_knows_what_a_swarm_does_not_take(self) -> None:
        keys = {setting.key for setting in host.propose().daemon.settings}
        in_a_swarm = {setting.key for setting in host.with_swarm(host.propose()).daemon.settings}
        assert keys - in_a_swarm == {"live-restore"}

    def test_leaves_a_users_own_settings_in_a_swarm(self) -> None:
        design = replace(host.propose(), daemon=Daemon((Setting("dns", ["192.0.2.1"]),)))
        assert host.with_swarm(design).daemon == design.daemon


class TestAPortOnTheCommandLine:
    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("443", Allowed("443")),
            ("53/udp", Allowed("53", "udp")),
            ("8000-8010/tcp@10.0.0.0/8,fd00::1", Allowed("8000-8010", "tcp", ("10.0.0.0/8", "fd00::1/128"))),
            ("0080", Allowed("80")),
        ],
    )
    def test_is_understood(self, text: str, meant: Allowed) -> None:
        assert allowed(text) == meant

    @pytest.mark.parametrize("text", ["", "http", "80/", "80/icmp", "80@", "70000", "80-70", "80@x", "80/tcp/udp", "-80", "٨٠"])
    def test_is_refused(self, text: str) -> None:
        if text in ("80/", "80@"):
            assert allowed(text) == Allowed("80")
        else:
            with pytest.raises(ValueError, match="must be"):
                allowed(text)
