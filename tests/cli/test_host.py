"""What belongs to a host, from the command line."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from batten.design import host
from batten.session import host as sessions
from tests.cli.calling import call, snapshot


@pytest.fixture(autouse=True)
def another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and a host without a daemon.json of its own."""
    monkeypatch.setattr(sessions, "DAEMON_JSON", str(tmp_path / "nowhere/daemon.json"))
    monkeypatch.setattr(sessions, "ways_out", lambda: ("lan0",))
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


class TestTheDesign:
    def test_is_printed(self) -> None:
        result = call("host")
        assert result.code == 0
        assert host.load(result.out).daemon == host.propose().daemon

    def test_takes_what_the_options_say(self) -> None:
        result = call("host", "--name", "a.example", "--name", "192.0.2.1", "--client", "ci", "--key", "rsa", "--no-passphrase", "--source", "10.0.0.0/8")
        tls = host.load(result.out).tls
        assert (tls.wanted, tls.names, tls.clients, tls.key, tls.passphrase) == (True, ("a.example", "192.0.2.1"), ("ci",), "rsa", False)
        assert tls.sources == ("10.0.0.0/8",)

    def test_is_found_in_the_current_folder(self, another_host: Path) -> None:
        (another_host / "host.yaml").write_text("version: 1\ntls: {clients: [saved]}\n")
        assert host.load(call("host").out).tls.clients == ("saved",)

    def test_can_be_named(self, another_host: Path) -> None:
        (another_host / "other.yaml").write_text("version: 1\ntls: {clients: [other]}\n")
        assert host.load(call("host", "--design", "other.yaml").out).tls.clients == ("other",)

    def test_that_is_wrong_is_named_with_its_place(self, another_host: Path) -> None:
        (another_host / "host.yaml").write_text("version: 1\ntls: {port: many}\n")
        result = call("host", "-o", "out")
        assert result.code == 2
        assert result.err.startswith("host.yaml:2:13: ")
        assert not (another_host / "out").exists()


class TestEverything:
    def test_is_what_the_design_wants(self, another_host: Path) -> None:
        assert call("host", "-o", "out").code == 0
        assert {"host.yaml", "daemon.json", "install-daemon.sh", "daemon.md"} <= set(snapshot(another_host / "out"))
        assert not (another_host / "out/tls").exists()

    def test_has_tls_once_there_is_a_name(self, another_host: Path) -> None:
        assert call("host", "-o", "out", "--name", "a.example").code == 0
        assert (another_host / "out/tls/make-certs.sh").exists()
        entries = json.loads((another_host / "out/daemon.json").read_text())
        assert (entries["icc"], entries["tlsverify"]) == (False, True)

    def test_written_again_changes_nothing(self, another_host: Path) -> None:
        call("host", "-o", "out", "--name", "a.example")
        before = snapshot(another_host / "out")
        result = call("host", "-o", "out", "--design", "out/host.yaml")
        assert result.code == 0
        assert "as it should be" in result.err
        assert snapshot(another_host / "out") == before

    def test_is_never_overwritten_unless_told(self, another_host: Path) -> None:
        call("host", "-o", "out", "--name", "a.example")
        before = snapshot(another_host / "out")
        result = call("host", "-o", "out", "--name", "b.example")
        assert result.code == 2
        assert "--force" in result.err
        assert snapshot(another_host / "out") == before
        assert call("host", "-o", "out", "--name", "b.example", "--force").code == 0


class TestOnePart:
    def test_is_written_alone(self, another_host: Path) -> None:
        assert call("host", "daemon", "-o", "out").code == 0
        assert set(snapshot(another_host / "out")) == {"daemon.json", "install-daemon.sh", "daemon.md"}

    def test_of_tls_brings_what_the_daemon_needs_for_it(self, another_host: Path) -> None:
        assert call("host", "tls", "-o", "out", "--name", "a.example").code == 0
        entries = json.loads((another_host / "out/daemon.json").read_text())
        assert set(entries) == {"tlsverify", "tlscacert", "tlscert", "tlskey", "hosts"}
        assert stat.S_IMODE((another_host / "out/tls/make-certs.sh").stat().st_mode) == 0o755

    def test_of_tls_needs_a_name(self, another_host: Path) -> None:
        result = call("host", "tls", "-o", "out")
        assert result.code == 2
        assert "--name" in result.err
        assert not (another_host / "out").exists()

    def test_that_is_not_there_is_no_part(self) -> None:
        assert call("host", "kitchen", "-o", "out").code == 2


class TestTheFirewall:
    def test_is_written_with_what_the_options_say(self, another_host: Path) -> None:
        assert call("host", "firewall", "-o", "out", "--interface", "wan0", "--allow", "443", "--allow", "53/udp@10.0.0.0/8", "--allow-host", "2222").code == 0
        script = (another_host / "out/firewall/batten-firewall.sh").read_text()
        for rule in ("-i wan0 -j BATTEN-INPUT-IN", "--ctorigdstport 443", "-s 10.0.0.0/8 -p udp", "-p tcp --dport 2222"):
            assert rule in script
        assert "lan0" not in script
        assert "--dport 22 " not in script

    def test_goes_by_the_default_route(self, another_host: Path) -> None:
        call("host", "firewall", "-o", "out")
        assert "-i lan0 -j" in (another_host / "out/firewall/batten-firewall.sh").read_text()

    def test_needs_an_interface(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sessions, "ways_out", tuple)
        result = call("host", "firewall", "-o", "out")
        assert result.code == 2
        assert "--interface" in result.err


class TestTheRemoteApi:
    @pytest.mark.parametrize("everyone", ["0.0.0.0/0", "::/0"])
    def test_is_not_for_everyone(self, everyone: str) -> None:
        result = call("host", "--source", everyone)
        assert result.code == 2
        assert "must not be everyone" in result.err


class TestTheWayOut:
    def test_is_read_from_the_default_routes(self) -> None:
        four = ["eth0 00000000 0102A8C0 0003 0 0 0 00000000 0 0 0", "eth0 0002A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0", "Iface Destination Gateway"]
        assert [sessions.default_v4(line.split()) for line in four] == [True, False, False]
        zero = "0" * 32
        six = [f"{zero} 00 {zero} 00 fe80 1 1 0 0 eth0", f"fd00{zero[4:]} 40 {zero} 00 {zero} 1 1 0 0 eth0", f"{zero} 80 {zero} 00 {zero} 1 1 0 0 lo"]
        assert [sessions.default_v6(line.split()) for line in six] == [True, False, False]


class TestASwarm:
    def test_is_written_with_what_the_options_say(self, another_host: Path) -> None:
        assert call("host", "swarm", "-o", "out", "--advertise", "10.0.0.1", "--data-path", "10.1.0.1").code == 0
        script = (another_host / "out/swarm/control-plane.sh").read_text()
        assert "advertise=10.0.0.1\ndata_path=10.1.0.1\n" in script

    def test_reaches_the_firewall_and_the_daemon(self, another_host: Path) -> None:
        assert call("host", "-o", "out", "--peer", "10.0.0.2").code == 0
        assert "-s 10.0.0.2 -p tcp --dport 2377" in (another_host / "out/firewall/batten-firewall.sh").read_text()
        assert "live-restore" not in json.loads((another_host / "out/daemon.json").read_text())
        assert host.load((another_host / "out/host.yaml").read_text()).swarm.wanted

    def test_can_be_said_to_be_there(self, another_host: Path) -> None:
        assert call("host", "daemon", "--swarm", "-o", "out").code == 0
        assert "live-restore" not in json.loads((another_host / "out/daemon.json").read_text())

    def test_is_not_written_where_there_is_none(self, another_host: Path) -> None:
        call("host", "-o", "out")
        assert not (another_host / "out/swarm").exists()


class TestTheHostsOwnFile:
    def test_is_merged(self, another_host: Path) -> None:
        (another_host / "daemon.json").write_text('{"data-root": "/srv", "proxies": {"http-proxy": "http://u:hunter2@proxy"}}')
        result = call("host", "daemon", "--daemon-json", "daemon.json", "-o", "out")
        assert result.code == 0
        entries = json.loads((another_host / "out/daemon.json").read_text())
        assert (entries["data-root"], entries["icc"]) == ("/srv", False)
        assert stat.S_IMODE((another_host / "out/daemon.json").stat().st_mode) == 0o600
        assert "hunter2" not in result.out + result.err

    def test_is_found(self, another_host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (another_host / "daemon.json").write_text('{"data-root": "/srv"}')
        monkeypatch.setattr(sessions, "DAEMON_JSON", str(another_host / "daemon.json"))
        result = call("host", "daemon", "-o", "out")
        assert "Merging" in result.err
        assert json.loads((another_host / "out/daemon.json").read_text())["data-root"] == "/srv"

    @pytest.mark.parametrize("text", ["{", "[]", '{"a": 1, "a": 2}'])
    def test_that_cannot_be_read_stops_everything(self, another_host: Path, text: str) -> None:
        (another_host / "daemon.json").write_text(text)
        result = call("host", "daemon", "--daemon-json", "daemon.json", "-o", "out")
        assert result.code == 2
        assert "daemon.json" in result.err
        assert not (another_host / "out").exists()

    def test_that_is_missing_stops_everything(self) -> None:
        assert call("host", "daemon", "--daemon-json", "missing.json", "-o", "out").code == 2


class TestHostileWords:
    @pytest.mark.parametrize("option", ["--name", "--client", "--source", "--listen", "--interface", "--allow", "--allow-host", "--peer", "--advertise"])
    @pytest.mark.parametrize("word", ["$(reboot)", "`reboot`", "a b", "a'b", 'a"b', "a\nb", "-x y", "é" * 200, "../..", "\x1b[31m"])
    def test_are_refused(self, option: str, word: str) -> None:
        result = call("host", f"{option}={word}")
        assert (result.code, result.out) == (2, "")
        assert "must" in result.err
