"""The base firewall's rules: what is in them, and that iptables takes them. What they do is seen on a real host, with the engine."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batten.design.host import HostDesign
from batten.design.host_reading import Allowed
from batten.errors import DesignError
from generators import host_firewall
from generators.host_firewall import rules
from tests.engine.bench import Space
from tests.generators.firewalled import NEEDS_ROOT, NEEDS_SYSTEMD
from tests.generators.host.helping import Ran, design, lint, run, written

EVERYTHING: dict[str, Any] = {
    "interfaces": ("eth0", "wg0", "ppp+"),
    "published": (Allowed("443"), Allowed("8000-8010", "tcp", ("10.0.0.0/8", "2001:db8::/32")), Allowed("53", "udp"), Allowed("9", "sctp")),
    "host": (Allowed("22", "tcp", ("10.0.0.0/8", "fd00::/8")), Allowed("60000-61000", "udp")),
}


def full() -> HostDesign:
    """A design that uses all there is."""
    wanted = design("firewall", **EVERYTHING)
    swarm = replace(wanted.swarm, wanted=True, peers=("10.0.0.2", "fd00::2"))
    return replace(wanted, swarm=swarm, tls=replace(wanted.tls, wanted=True, sources=("10.0.0.5/32", "fd00::/64")))


def lines(wanted: HostDesign, chain: str, family: int = 4) -> list[str]:
    """The rules of one chain."""
    return [line.removeprefix(f"-A {chain} ") for line in rules(wanted, family).splitlines() if line.startswith(f"-A {chain} ")]


class TestTheRules:
    @pytest.mark.parametrize("chain", ["BATTEN-HOST", "BATTEN-INPUT"])
    def test_let_answers_pass_first(self, chain: str) -> None:
        assert lines(full(), chain)[0] == "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN"

    @pytest.mark.parametrize("chain", ["BATTEN-HOST", "BATTEN-INPUT"])
    def test_touch_only_what_comes_in_from_outside(self, chain: str) -> None:
        assert lines(full(), chain)[1:] == [f"-i {name} -j {chain}-IN" for name in ("eth0", "wg0", "ppp+")]

    @pytest.mark.parametrize("chain", ["BATTEN-HOST-IN", "BATTEN-INPUT-IN"])
    @pytest.mark.parametrize("family", [4, 6])
    def test_end_with_a_drop_and_accept_nothing(self, chain: str, family: int) -> None:
        found = lines(full(), chain, family)
        assert found[-1].endswith("-j DROP")
        assert all(line.endswith("-j RETURN") for line in found[:-1])

    def test_match_published_ports_by_their_number_on_the_host(self) -> None:
        found = lines(design("firewall", published=(Allowed("8080"),)), "BATTEN-HOST-IN")
        assert found[0] == "-p tcp -m conntrack --ctstate DNAT --ctorigdstport 8080 --ctdir ORIGINAL -j RETURN"
        assert len(found) == 2

    def test_keep_the_families_apart(self) -> None:
        wanted = design("firewall", published=(Allowed("443", "tcp", ("192.0.2.0/24",)),))
        assert [line for line in lines(wanted, "BATTEN-HOST-IN", 4) if "443" in line] != []
        assert [line for line in lines(wanted, "BATTEN-HOST-IN", 6) if "443" in line] == []
        assert "192.0.2" not in rules(wanted, 6)

    def test_let_neighbours_be_found(self) -> None:
        assert "-p ipv6-icmp -j RETURN" in lines(design("firewall"), "BATTEN-INPUT-IN", 6)
        assert "-p icmp -j RETURN" in lines(design("firewall"), "BATTEN-INPUT-IN", 4)

    def test_let_published_ports_into_docker_proxy(self) -> None:
        assert "-p tcp --dport 443 -j RETURN" in lines(full(), "BATTEN-INPUT-IN", 6)


class TestTheRemoteApi:
    def test_is_open_to_those_who_are_named(self) -> None:
        assert [line for line in lines(full(), "BATTEN-INPUT-IN") if "2376" in line] == ["-s 10.0.0.5/32 -p tcp --dport 2376 -j RETURN"]

    @pytest.mark.parametrize("fields", [{"sources": ()}, {"sources": ("10.0.0.0/8",), "wanted": False}])
    def test_is_never_open_to_everyone(self, fields: dict[str, Any]) -> None:
        wanted = design(**{"wanted": True, **fields})
        assert "2376" not in rules(wanted, 4) + rules(wanted, 6)


class TestASwarm:
    def test_is_open_to_its_nodes(self) -> None:
        found = [line for line in lines(full(), "BATTEN-INPUT-IN") if "10.0.0.2" in line]
        assert [line.split("-p ")[1] for line in found] == [
            "tcp --dport 2377 -j RETURN",
            "tcp --dport 7946 -j RETURN",
            "udp --dport 7946 -j RETURN",
            "udp --dport 4789 -j RETURN",
            "esp -j RETURN",
        ]

    @pytest.mark.parametrize("fields", [{"wanted": True}, {"wanted": False, "peers": ("10.0.0.2",)}])
    def test_is_open_to_nobody_else(self, fields: dict[str, Any]) -> None:
        text = rules(design("swarm", **fields), 4)
        assert not any(word in text for word in ("2377", "7946", "4789", "esp"))


def saved(space: Space) -> str:
    """All rules of both families."""
    return "\n".join(line for tool in ("iptables-save", "ip6tables-save") for line in space.run(tool).splitlines() if not line.startswith("#"))


@NEEDS_ROOT
class TestIptables:
    @pytest.mark.parametrize("family", [4, 6])
    @pytest.mark.parametrize("wanted", [design("firewall"), full()], ids=["plain", "full"])
    def test_takes_them(self, space: Space, wanted: HostDesign, family: int) -> None:
        tool = {4: "iptables-restore", 6: "ip6tables-restore"}[family]
        space.run(tool, "--noflush", "--test", given=rules(wanted, family) + "\n")

    def test_has_them_and_then_no_longer(self, space: Space, tmp_path: Path) -> None:
        script = script_of(full(), tmp_path)
        space.run("iptables", "-S")
        space.run("ip6tables", "-S")
        before = saved(space)
        space.run("sh", str(script), "apply")
        once = saved(space)
        assert "-A INPUT -j BATTEN-INPUT" in once
        space.run("sh", str(script), "apply")
        assert saved(space) == once
        space.run("sh", str(script), "remove")
        assert "BATTEN" not in saved(space)
        assert "DOCKER-USER" not in saved(space)
        assert before in saved(space) or before == ""

    def test_can_be_left_to_ipv4(self, space: Space, tmp_path: Path) -> None:
        script = script_of(design("firewall", ipv6=False), tmp_path)
        space.run("sh", str(script), "apply")
        assert "BATTEN" not in space.run("ip6tables-save")
        space.run("sh", str(script), "remove")


def script_of(wanted: HostDesign, folder: Path) -> Path:
    """The script for a design."""
    return written(host_firewall.files(wanted), folder) / "firewall/batten-firewall.sh"


@NEEDS_ROOT
class TestSsh:
    def came(self, space: Space, script: Path, port: int, *arguments: str) -> Ran:
        """Apply the rules as somebody who came by ssh on a port."""
        command = space.inside("env", f"SSH_CONNECTION=192.0.2.9 50000 192.0.2.1 {port}", "sh", str(script), *arguments)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    def test_is_not_locked_out(self, space: Space, tmp_path: Path) -> None:
        script = script_of(design("firewall", host=(Allowed("22"), Allowed("2200-2210"))), tmp_path)
        assert self.came(space, script, 22, "apply").code == 0
        assert self.came(space, script, 2205, "apply").code == 0
        run_out = self.came(space, script, 2222, "apply")
        assert run_out.code == 1
        assert "by ssh on port 2222" in run_out.err
        assert self.came(space, script, 2222, "--force", "apply").code == 0
        assert self.came(space, script, 22, "remove").code == 0


@NEEDS_ROOT
class TestWhatIsClosed:
    @pytest.mark.parametrize(
        ("ports", "closed"),
        [
            ("0.0.0.0:443->443/tcp, [::]:443->443/tcp", []),
            ("0.0.0.0:8005->80/tcp", []),
            ("0.0.0.0:8000-8010->8000-8010/tcp", []),
            ("0.0.0.0:8009-8011->8009-8011/tcp, [::]:8009-8011->8009-8011/tcp", ["8009-8011/tcp"]),
            ("0.0.0.0:53->53/udp, 0.0.0.0:53->53/tcp, :::53->53/tcp", ["53/tcp"]),
            ("127.0.0.1:5432->5432/tcp, [::1]:5432->5432/tcp, 9000/tcp", []),
            ("192.0.2.1:5432->5432/tcp, 0.0.0.0:8443->443/tcp", ["5432/tcp", "8443/tcp"]),
            ("", []),
        ],
    )
    def test_is_read_from_what_docker_says(self, space: Space, tmp_path: Path, ports: str, closed: list[str]) -> None:
        docker = tmp_path / "bin/docker"
        docker.parent.mkdir()
        docker.write_text(f"#!/bin/sh\necho 'web {ports}'\n")
        docker.chmod(0o755)
        done = space.run("env", f"PATH={docker.parent}:{os.environ['PATH']}", "sh", str(script_of(full(), tmp_path)), "--dry-run", "apply")
        assert [line.strip().removesuffix(" of web") for line in done.splitlines() if line.endswith(" of web")] == closed


@NEEDS_ROOT
class TestTheNftablesBackend:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Path:
        """A root folder whose ``daemon.json`` asks for it."""
        config = tmp_path / "root/etc/docker/daemon.json"
        config.parent.mkdir(parents=True)
        config.write_text('{"firewall-backend":\t"nftables"}')
        return tmp_path / "root"

    def says(self, space: Space, script: Path, config: Path, *arguments: str) -> str:
        """What the script prints in a namespace of its own."""
        return space.run("env", f"DESTDIR={config}", "sh", str(script), *arguments)

    @pytest.mark.parametrize("wanted", [design("firewall"), full()], ids=["plain", "full"])
    def test_has_them_as_tables_of_their_own(self, space: Space, tmp_path: Path, config: Path, wanted: HostDesign) -> None:
        script = script_of(wanted, tmp_path / "out")
        assert "table ip6 batten-host" in self.says(space, script, config, "--dry-run", "apply")
        assert space.run("nft", "list", "tables") == ""
        self.says(space, script, config, "apply")
        once = space.run("nft", "list", "ruleset")
        assert "hook forward priority filter - 10" in once
        self.says(space, script, config, "apply")
        assert space.run("nft", "list", "ruleset") == once
        assert self.says(space, script, config, "status") == "the rules are in place\n"
        self.says(space, script, config, "remove")
        assert space.run("nft", "list", "tables").strip() == ""


class TestInstalling:
    @pytest.fixture
    def installed(self, tmp_path: Path) -> Path:
        """A root folder with the script and its units in it."""
        result = self.put(tmp_path, "install")
        assert result.code == 0, result.err
        return tmp_path / "root"

    def put(self, folder: Path, *arguments: str) -> Ran:
        """Run the script with a root folder of its own."""
        return run(script_of(full(), folder / "out"), *arguments, environment={"DESTDIR": str(folder / "root")})

    def test_puts_the_script_and_its_units_in_place(self, installed: Path, tmp_path: Path) -> None:
        copied = installed / "usr/local/sbin/batten-firewall"
        assert copied.read_text() == (tmp_path / "out/firewall/batten-firewall.sh").read_text()
        assert copied.stat().st_mode & 0o777 == 0o755
        assert "Before=network-pre.target docker.service" in (installed / "etc/systemd/system/batten-firewall.service").read_text()

    def test_again_changes_nothing(self, installed: Path, tmp_path: Path) -> None:
        before = {path: path.read_bytes() for path in installed.rglob("*") if path.is_file()}
        assert self.put(tmp_path, "install").code == 0
        assert {path: path.read_bytes() for path in installed.rglob("*") if path.is_file()} == before

    def test_is_undone(self, installed: Path, tmp_path: Path) -> None:
        assert self.put(tmp_path, "uninstall").code == 0
        assert [path for path in installed.rglob("*") if path.is_file()] == []
        assert self.put(tmp_path, "uninstall").code == 0

    def test_can_be_asked_about_first(self, tmp_path: Path) -> None:
        assert "would install" in self.put(tmp_path, "--dry-run", "install").out
        assert not (tmp_path / "root").exists()

    @NEEDS_SYSTEMD
    def test_writes_units_that_systemd_takes(self, installed: Path, tmp_path: Path) -> None:
        folder = tmp_path / "units"
        folder.mkdir()
        for path in (installed / "etc/systemd/system").iterdir():
            (folder / path.name).write_text(path.read_text().replace("/usr/local/sbin/batten-firewall", "/bin/true"))
        done = subprocess.run(("systemd-analyze", "verify", "--man=no", *map(str, folder.iterdir())), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "batten" not in done.stderr


class TestTheFiles:
    def test_please_shellcheck(self, tmp_path: Path) -> None:
        scripts = [script_of(wanted, tmp_path / str(number)) for number, wanted in enumerate((design("firewall"), full(), design("firewall", host=())))]
        assert lint(scripts) == ""

    def test_need_an_interface(self) -> None:
        with pytest.raises(DesignError) as caught:
            host_firewall.files(design("firewall", interfaces=()))
        assert "--interface" in caught.value.hint

    def test_say_the_rules_in_words(self) -> None:
        page = next(file for file in host_firewall.files(full()) if file.path == "firewall/README.md").content.decode()
        for words in (
            "`443/tcp` (the port of the host), from everyone",
            "`8000-8010/tcp from 10.0.0.0/8, 2001:db8::/32`",
            "`eth0`, `wg0`, `ppp+`",
            "from `10.0.0.2`, `fd00::2`",
        ):
            assert words in page

    def test_warn_where_no_published_port_is_let_in(self) -> None:
        page = next(file for file in host_firewall.files(design("firewall")) if file.path == "firewall/README.md").content.decode()
        assert "**to no container's published port.**" in page
