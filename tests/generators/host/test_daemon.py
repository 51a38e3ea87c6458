"""daemon.json: hardened settings beside the user's own keys, and the script that installs it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batten.design.host import Daemon, HostDesign, Setting, propose, setting_facts, with_swarm
from batten.design.host_existing import Existing, read_existing
from batten.errors import InputError
from generators import host_daemon
from generators.host_merging import merged
from tests.generators.host.helping import Ran, design, lint, run, written

PACKAGED = "ExecStart=/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock"
UNIT = f"[Unit]\nDescription=Docker\n\n[Service]\nType=notify\n{PACKAGED}\nRestart=always\n"
TLS: dict[str, Any] = {"wanted": True, "names": ("docker.example.org",)}


def existing(entries: Mapping[str, Any]) -> Existing:
    """A file that is there already."""
    return read_existing(json.dumps(entries).encode(), "daemon.json")


def new(before: Mapping[str, Any] | None = None, wanted: HostDesign | None = None) -> dict[str, Any]:
    """What the new file says."""
    return dict(merged(wanted or propose(), existing(before) if before is not None else Existing()).entries)


class TestTheNewFile:
    def test_is_hardened(self) -> None:
        entries = new()
        assert (entries["icc"], entries["no-new-privileges"], entries["live-restore"]) == (False, True, True)
        assert entries["log-opts"] == {"max-size": "10m", "max-file": "3"}

    def test_leaves_to_the_user_what_changes_much(self) -> None:
        assert not {"userns-remap", "userland-proxy", "iptables", "ip6tables", "default-ulimits"} & set(new())

    def test_keeps_every_key_that_was_there(self) -> None:
        before = {"data-root": "/srv/docker", "proxies": {"http-proxy": "http://u:p@proxy"}, "labels": ["a=b"], "x-unknown": [1, {"y": None}]}
        entries = new(before)
        assert {key: entries[key] for key in before} == before
        assert list(entries)[: len(before)] == list(before)

    def test_keeps_what_is_in_a_map(self) -> None:
        limits = Setting("default-ulimits", setting_facts()["default-ulimits"].value)
        wanted = replace(propose(), daemon=Daemon((*propose().daemon.settings, limits)))
        before = {"log-opts": {"max-size": "50m", "tag": "{{.Name}}"}, "default-ulimits": {"memlock": {"Name": "memlock", "Soft": 1, "Hard": 1}}}
        entries = new(before, wanted)
        assert entries["log-opts"] == {"max-size": "50m", "max-file": "3", "tag": "{{.Name}}"}
        assert set(entries["default-ulimits"]) == {"nofile", "memlock"}

    def test_says_what_it_changed(self) -> None:
        result = merged(propose(), existing({"icc": True, "live-restore": True}))
        assert result.entries["icc"] is False
        assert result.changed == {"icc": True}

    @pytest.mark.parametrize("driver", ["journald", "fluentd", "splunk", "none"])
    def test_leaves_another_log_driver_alone(self, driver: str) -> None:
        result = merged(propose(), existing({"log-driver": driver}))
        assert result.entries["log-driver"] == driver
        assert "log-opts" not in result.entries
        assert set(result.left) == {"log-driver", "log-opts"}

    def test_does_not_ask_for_icc_where_iptables_is_off(self) -> None:
        result = merged(propose(), existing({"iptables": False}))
        assert "icc" not in result.entries
        assert result.entries["iptables"] is False
        assert any("iptables is false" in remark for remark in result.remarks)

    def test_has_no_live_restore_in_a_swarm(self) -> None:
        assert "live-restore" not in new(wanted=propose(running=True))
        assert "live-restore" not in new(wanted=with_swarm(propose()))

    def test_is_the_same_the_second_time(self) -> None:
        first = new({"icc": True, "hosts": ["unix:///var/run/docker.sock"]}, design(**TLS))
        assert new(first, design(**TLS)) == first

    def test_is_not_written_where_nothing_is_wanted(self) -> None:
        assert host_daemon.files(HostDesign()) == ()


class TestTls:
    def test_is_asked_for_from_clients(self) -> None:
        entries = new(wanted=design(**TLS))
        assert entries["tlsverify"] is True
        assert entries["hosts"] == ["fd://", "tcp://0.0.0.0:2376"]
        assert entries["tlskey"] == "/etc/docker/tls/server-key.pem"

    def test_listens_where_it_is_told(self) -> None:
        assert new(wanted=design(**TLS, address="fd00::1", port=12376))["hosts"][1] == "tcp://[fd00::1]:12376"

    def test_listens_where_the_design_says_besides(self) -> None:
        wanted = replace(design(**TLS), daemon=Daemon((Setting("hosts", ["unix:///run/mine.sock"]),)))
        assert new(wanted=wanted)["hosts"] == ["unix:///run/mine.sock", "tcp://0.0.0.0:2376"]

    def test_keeps_the_socket_that_the_user_named(self) -> None:
        assert new({"hosts": ["unix:///run/docker.sock"]}, design(**TLS))["hosts"] == ["unix:///run/docker.sock", "tcp://0.0.0.0:2376"]


class TestReadingTheOldFile:
    @pytest.mark.parametrize(
        ("text", "place"),
        [("{", "1:2"), ('{"icc": false,\n  "a" 1}', "2:7"), ("", "1:1")],
    )
    def test_names_the_place_of_what_is_no_json(self, text: str, place: str) -> None:
        with pytest.raises(InputError) as caught:
            read_existing(text.encode(), "/etc/docker/daemon.json")
        assert str(caught.value).startswith(f"/etc/docker/daemon.json:{place}: ")

    @pytest.mark.parametrize("text", ["[]", "1", "null", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a":' * 100_000, b"\xff\xfe", '{"a": {"b": 1, "b": 1}}'])
    def test_refuses_what_it_could_not_give_back_whole(self, text: str | bytes) -> None:
        with pytest.raises(InputError):
            read_existing(text if isinstance(text, bytes) else text.encode(), "daemon.json")

    def test_shows_no_value_of_it(self) -> None:
        there = existing({"proxies": {"http-proxy": "http://user:hunter2@proxy"}, "log-opts": {"splunk-token": "canary"}})
        assert "hunter2" not in repr(there) + repr(merged(propose(), there))
        text = next(file for file in host_daemon.files(propose(), there) if file.path == "daemon.md").content.decode()
        assert "hunter2" not in text
        assert "canary" not in text

    def test_makes_the_new_one_private(self) -> None:
        modes = {file.path: file.mode for file in host_daemon.files(propose(), existing({"labels": []}))}
        assert modes["daemon.json"] == 0o600
        assert {file.path: file.mode for file in host_daemon.files(propose())}["daemon.json"] == 0o644


class TestTheKnowledge:
    def test_says_why_and_what_breaks_and_where_from(self) -> None:
        for row in setting_facts().values():
            assert row.why.endswith(".")
            assert row.breaks.endswith(".")
            assert row.source

    def test_reaches_the_page(self) -> None:
        text = next(file for file in host_daemon.files(propose()) if file.path == "daemon.md").content.decode()
        for row in setting_facts().values():
            assert f"`{row.key}`" in text

    def test_of_the_user_reaches_it_harmlessly(self) -> None:
        wanted = replace(propose(), daemon=Daemon((Setting("a`b|c", "</td><script>", "x | y\n# Heading"),)))
        text = next(file for file in host_daemon.files(wanted) if file.path == "daemon.md").content.decode()
        assert "\n# Heading" not in text
        assert "x \\| y" in text


class Host:
    """A folder that stands for a host's file system, with the packaged unit in it."""

    def __init__(self, folder: Path, wanted: HostDesign, before: Mapping[str, Any] | None = None, unit: str = UNIT) -> None:
        self.root = folder / "root"
        self.target = self.root / "etc/docker/daemon.json"
        self.drop_in = self.root / "etc/systemd/system/docker.service.d/zz-batten.conf"
        for path, text in {"usr/lib/systemd/system/docker.service": unit, **{f"etc/docker/tls/{name}": "" for name in TLS_FILES}}.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        if before is not None:
            self.target.write_text(json.dumps(before))
        there = read_existing(self.target.read_bytes(), str(self.target)) if before is not None else None
        self.script = written(host_daemon.files(wanted, there), folder / "out") / "install-daemon.sh"

    def run(self, *arguments: str) -> Ran:
        """Run the script on this host."""
        return run(self.script, *arguments, environment={"DESTDIR": str(self.root)})

    def files(self) -> dict[str, bytes]:
        """All that there is."""
        return {str(path.relative_to(self.root)): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


TLS_FILES = ("ca.pem", "server-cert.pem", "server-key.pem")


class TestInstalling:
    def test_puts_it_in_place_and_takes_it_back(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS), {"labels": ["mine"]})
        before = host.files()
        result = host.run("apply")
        assert result.code == 0, result.err
        assert json.loads(host.target.read_text())["labels"] == ["mine"]
        assert host.run("status").code == 0
        assert host.run("undo").code == 0
        assert host.files() == before
        assert host.run("status").code == 1

    def test_leaves_nothing_behind_where_there_was_nothing(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS))
        before = host.files()
        assert host.run("apply").code == 0
        assert stat.S_IMODE(host.target.stat().st_mode) == 0o644
        assert host.run("undo").code == 0
        assert host.files() == before

    def test_changes_nothing_the_second_time(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS), {"labels": ["mine"]})
        host.run("apply")
        once = host.files()
        again = host.run("apply")
        assert again.code == 0
        assert "restart Docker" not in again.out
        assert host.files() == once
        assert host.run("undo").code == 0
        assert json.loads(host.target.read_text()) == {"labels": ["mine"]}

    def test_says_what_it_would_do(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS), {"labels": ["mine"]})
        before = host.files()
        result = host.run("--dry-run", "apply")
        assert result.code == 0
        assert f"would install {host.target}" in result.out
        assert host.files() == before
        host.run("apply")
        applied = host.files()
        assert host.run("--dry-run", "undo").code == 0
        assert host.files() == applied

    def test_refuses_to_replace_a_file_that_it_does_not_know(self, tmp_path: Path) -> None:
        host = Host(tmp_path, propose(), {"labels": ["mine"]})
        host.target.write_text('{"labels": ["mine", "edited since"]}')
        result = host.run("apply")
        assert result.code == 1
        assert "not the file that was merged" in result.err
        assert "edited since" in host.target.read_text()

    def test_refuses_where_the_certificates_are_missing(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS))
        (host.root / "etc/docker/tls/server-key.pem").unlink()
        before = host.files()
        assert host.run("apply").code == 1
        assert host.files() == before

    def test_keeps_the_mode_of_the_old_file(self, tmp_path: Path) -> None:
        host = Host(tmp_path, propose(), {"labels": []})
        host.target.chmod(0o640)
        host.run("apply")
        assert stat.S_IMODE(host.target.stat().st_mode) == 0o640


class TestTheUnit:
    @pytest.mark.parametrize(
        ("command", "plain"),
        [
            ("/usr/bin/dockerd -H fd:// --containerd=/run/c.sock", "/usr/bin/dockerd --containerd=/run/c.sock"),
            ("/usr/sbin/dockerd -H fd:// --containerd=/run/c.sock $DOCKER_OPTS", "/usr/sbin/dockerd --containerd=/run/c.sock $DOCKER_OPTS"),
            ("/usr/bin/dockerd --host=fd://", "/usr/bin/dockerd"),
            ("/usr/bin/dockerd --host fd:// --debug", "/usr/bin/dockerd --debug"),
        ],
    )
    def test_loses_its_host_and_nothing_else(self, tmp_path: Path, command: str, plain: str) -> None:
        host = Host(tmp_path, design(**TLS), unit=f"[Service]\nExecStart={command}\n")
        assert host.run("apply").code == 0
        assert host.drop_in.read_text().splitlines()[1:] == ["[Service]", "ExecStart=", f"ExecStart={plain}"]

    def test_is_left_alone_where_it_names_no_host(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS), unit="[Service]\nExecStart=/usr/bin/dockerd\n")
        assert host.run("apply").code == 0
        assert not host.drop_in.exists()

    def test_is_left_alone_where_the_file_names_no_host(self, tmp_path: Path) -> None:
        host = Host(tmp_path, propose())
        assert host.run("apply").code == 0
        assert not host.drop_in.exists()

    def test_may_have_drop_ins_of_others(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS))
        other = host.drop_in.with_name("override.conf")
        other.parent.mkdir(parents=True)
        other.write_text("[Service]\nExecStart=\nExecStart=/opt/dockerd -H fd:// --debug\n")
        assert host.run("apply").code == 0
        assert "ExecStart=/opt/dockerd --debug\n" in host.drop_in.read_text()
        assert host.run("undo").code == 0
        assert other.exists()

    @pytest.mark.parametrize("command", ["/usr/bin/dockerd -H fd:// -H tcp://0.0.0.0:2375", "/usr/bin/dockerd -H unix:///x", "/usr/bin/dockerd \\"])
    def test_is_not_guessed_at(self, tmp_path: Path, command: str) -> None:
        host = Host(tmp_path, design(**TLS), unit=f"[Service]\nExecStart={command}\n")
        before = host.files()
        assert host.run("apply").code == 1
        assert host.files() == before

    @pytest.mark.skipif(not os.path.exists("/usr/bin/systemd-analyze"), reason="systemd-analyze is not installed")
    def test_with_its_drop_in_is_one_that_systemd_takes(self, tmp_path: Path) -> None:
        host = Host(tmp_path, design(**TLS), unit=UNIT.replace("/usr/bin/dockerd", "/bin/true"))
        host.run("apply")
        unit = tmp_path / "units/docker.service"
        unit.parent.mkdir()
        unit.write_text((host.root / "usr/lib/systemd/system/docker.service").read_text())
        (tmp_path / "units/docker.service.d").mkdir()
        (tmp_path / "units/docker.service.d/zz-batten.conf").write_text(host.drop_in.read_text())
        done = subprocess.run(("systemd-analyze", "verify", "--man=no", str(unit)), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "docker.service" not in done.stderr


class TestOnANodeOfASwarm:
    @pytest.mark.parametrize(("state", "code"), [("active", 1), ("locked", 1), ("inactive", 0)])
    def test_live_restore_is_not_installed(self, tmp_path: Path, state: str, code: int) -> None:
        host = Host(tmp_path, propose())
        docker = tmp_path / "bin/docker"
        docker.parent.mkdir()
        docker.write_text(f"#!/bin/sh\necho {state}\n")
        docker.chmod(0o755)
        before = host.files()
        result = run(host.script, "apply", environment={"DESTDIR": str(host.root), "PATH": f"{docker.parent}:{os.environ['PATH']}"})
        assert result.code == code
        assert (host.files() == before) is (code == 1)
        assert ("live-restore" in result.err) is (code == 1)


class TestTheScript:
    @pytest.mark.parametrize("wanted", [propose(), design(**TLS), design(**TLS, folder="/etc/it's $(touch pwned)")], ids=["plain", "tls", "hostile"])
    def test_pleases_shellcheck(self, tmp_path: Path, wanted: HostDesign) -> None:
        assert lint([written(host_daemon.files(wanted), tmp_path) / "install-daemon.sh"]) == ""

    @given(
        st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from("'\"`$();&|<>*?~#!{}[] ")).map(lambda text: f"/{text}").filter(str.isprintable)
    )
    def test_names_any_folder_as_it_is(self, folder: str) -> None:
        script = next(file for file in host_daemon.files(design(**TLS, folder=folder)) if file.path == "install-daemon.sh").content.decode()
        line = next(line for line in script.split("\n") if line.startswith("tls_files()"))
        done = subprocess.run(("sh", "-c", f"{line}\ntls_files"), capture_output=True, check=True)
        assert done.stdout.decode() == "".join(f"{folder}/{name}\n" for name in TLS_FILES)
        assert subprocess.run(("sh", "-n"), input=script.encode(), capture_output=True, check=False).returncode == 0

    def test_executes_nothing_of_a_hostile_folder(self, tmp_path: Path) -> None:
        folder = "/etc/it's $(touch pwned) `touch pwned` \";touch pwned;"
        host = Host(tmp_path, design(**TLS, folder=folder))
        assert host.run("apply").code == 1
        assert not list(tmp_path.rglob("pwned"))
        for name in TLS_FILES:
            path = host.root / folder.strip("/") / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        assert host.run("apply").code == 0
        assert not list(tmp_path.rglob("pwned"))
