"""The script of a project's firewall: that its readers take what it holds, and that it keeps to itself. What it does is seen on a real host."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from generators import firewall, host_firewall
from tests.engine.bench import Space
from tests.generators.firewalled import LIMITED, NEEDS_ROOT, NEEDS_SYSTEMD, OFFICE, hardened, script_of
from tests.generators.host.helping import design, lint, run, written


def saved(space: Space) -> str:
    """All rules of both families."""
    return "\n".join(line for tool in ("iptables-save", "ip6tables-save") for line in space.run(tool).splitlines() if not line.startswith("#"))


@NEEDS_ROOT
class TestItsReaders:
    @pytest.fixture(params=["office", "limited", "both"])
    def script(self, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
        """The script of a firewall."""
        wanted = {"office": OFFICE, "limited": LIMITED, "both": replace(OFFICE, egress=LIMITED.egress)}[request.param]
        return script_of(hardened(wanted, tmp_path))

    def test_iptables_has_the_rules_and_then_no_longer(self, space: Space, script: Path) -> None:
        for tool in ("iptables", "ip6tables"):
            space.run(tool, "-S")
        before = saved(space)
        space.run("sh", str(script), "--dry-run", "apply")
        assert saved(space) == before
        space.run("sh", str(script), "apply")
        once = saved(space)
        assert once.count("-A DOCKER-USER -j BATTEN-shop") == 2
        space.run("sh", str(script), "apply")
        assert saved(space) == once
        assert space.run("sh", str(script), "status") == "the rules are in place\n"
        space.run("sh", str(script), "remove")
        assert "BATTEN" not in saved(space)
        assert "DOCKER-USER" not in saved(space)

    def test_nft_has_them_and_then_no_longer(self, space: Space, script: Path) -> None:
        nft = ("sh", str(script), "--backend", "nftables")
        space.run("sh", str(script), "--dry-run", "--backend", "nftables", "apply")
        assert space.run("nft", "list", "tables") == ""
        space.run(*nft, "apply")
        once = space.run("nft", "list", "ruleset")
        assert once.count("hook forward") == once.count("hook input") == 2
        space.run(*nft, "apply")
        assert space.run("nft", "list", "ruleset") == once
        assert space.run(*nft, "status") == "the rules are in place\n"
        space.run("sh", str(script), "remove")
        assert space.run("nft", "list", "tables").strip() == ""

    def test_shellcheck_finds_nothing(self, script: Path) -> None:
        assert lint([script]) == ""


@NEEDS_ROOT
class TestKeeping:
    @pytest.fixture
    def script(self, space: Space, tmp_path: Path) -> Iterator[str]:
        """A script whose rules are in place."""
        found = str(script_of(hardened(OFFICE, tmp_path)))
        space.run("sh", found, "apply")
        yield found
        space.run("sh", found, "remove")

    @pytest.mark.parametrize(
        "harm",
        ["iptables -F DOCKER-USER", "iptables -D INPUT 1", "ip6tables -F", "ip6tables -I FORWARD 1 -i br-1 -j ACCEPT", "iptables -F BATTEN-shop-8d9001-HOST"],
    )
    def test_puts_back_what_somebody_took_away_or_went_past(self, space: Space, script: str, harm: str) -> None:
        space.run(*harm.split())
        with pytest.raises(RuntimeError):
            space.run("sh", script, "status")
        space.run("sh", script, "--backend", "iptables", "keep")
        assert space.run("sh", script, "status") == "the rules are in place\n"
        assert saved(space).count("-j BATTEN-shop-8d9001\n") == 3

    def test_does_nothing_where_docker_asks_first(self, space: Space, script: str) -> None:
        space.run("sh", "-c", "ip6tables -I FORWARD 1 -j ACCEPT; ip6tables -I FORWARD 1 -j DOCKER-USER")
        before = saved(space)
        assert space.run("sh", script, "status") == "the rules are in place\n"
        space.run("sh", script, "keep")
        assert saved(space) == before


@NEEDS_ROOT
class TestTwoProjects:
    def test_stand_side_by_side_and_go_alone(self, space: Space, tmp_path: Path) -> None:
        scripts = []
        for name in ("shop", "shop-two"):
            (tmp_path / name).mkdir()
            scripts.append(script_of(hardened(OFFICE, tmp_path / name, name=name)))
        space.run("sh", str(scripts[0]), "apply")
        alone = saved(space)
        space.run("sh", str(scripts[1]), "apply")
        assert saved(space) != alone
        space.run("sh", str(scripts[1]), "remove")
        assert saved(space) == alone
        space.run("sh", str(scripts[0]), "remove")
        assert "BATTEN" not in saved(space)


class TestInstalling:
    @pytest.fixture
    def installed(self, tmp_path: Path) -> Path:
        """A root folder with the script and its units in it."""
        result = run(script_of(hardened(OFFICE, tmp_path)), "install", environment={"DESTDIR": str(tmp_path / "root")})
        assert result.code == 0, result.err
        return tmp_path / "root"

    def files(self, root: Path) -> Mapping[str, str]:
        """Every file below a folder."""
        return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}

    def test_has_names_of_the_projects_own(self, installed: Path) -> None:
        program = f"batten-firewall-{firewall.identity('shop')}"
        units = [f"etc/systemd/system/{program}{end}" for end in (".service", "-keep.service", "-keep.timer")]
        assert sorted(self.files(installed)) == sorted([*units, f"usr/local/sbin/{program}"])

    def test_comes_before_docker_and_asks_it_nothing(self, installed: Path, tmp_path: Path) -> None:
        (unit,) = (text for name, text in self.files(installed).items() if name.endswith(f"{firewall.identity('shop')}.service"))
        assert "Before=network-pre.target docker.service" in unit
        commands = re.findall(r"^Exec(?:Start|Reload)=(.*)$", unit, re.MULTILINE)
        assert commands == [f"/usr/local/sbin/batten-firewall-{firewall.identity('shop')} --backend iptables apply"] * 2

    @NEEDS_ROOT
    @pytest.mark.parametrize("kind", ["project", "host"])
    def test_its_units_ask_docker_nothing_which_waits_for_them(self, tmp_path: Path, space: Space, kind: str) -> None:
        host = written(host_firewall.files(design("firewall")), tmp_path / "host") / firewall.PATHS[0]
        script = host if kind == "host" else script_of(hardened(OFFICE, tmp_path))
        run(script, "install", environment={"DESTDIR": str(tmp_path / "root")})
        docker = tmp_path / "bin/docker"
        docker.parent.mkdir()
        docker.write_text(f"#!/bin/sh\necho asked >>{tmp_path}/asked\n")
        docker.chmod(0o755)
        units = [text for name, text in self.files(tmp_path / "root").items() if name.endswith(".service")]
        commands = [command for unit in units for command in re.findall(r"^Exec(?:Start|Reload)=(.*)$", unit, re.MULTILINE)]
        for command in commands:
            program, *arguments = command.split()
            space.run("env", f"PATH={docker.parent}:{os.environ['PATH']}", f"{tmp_path}/root{program}", *arguments)
        assert len(commands) == 3
        assert not (tmp_path / "asked").exists()
        space.run("env", f"PATH={docker.parent}:{os.environ['PATH']}", "sh", str(script), "status")
        assert (tmp_path / "asked").exists()

    @NEEDS_SYSTEMD
    def test_writes_units_that_systemd_takes(self, installed: Path, tmp_path: Path) -> None:
        folder = tmp_path / "units"
        folder.mkdir()
        for name, text in self.files(installed / "etc").items():
            (folder / Path(name).name).write_text(re.sub(r"/usr/local/sbin/\S+", "/bin/true", text))
        done = subprocess.run(("systemd-analyze", "verify", "--man=no", *map(str, folder.iterdir())), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "batten" not in done.stderr

    def test_is_undone(self, installed: Path, tmp_path: Path) -> None:
        result = run(tmp_path / "out" / firewall.PATHS[0], "uninstall", environment={"DESTDIR": str(installed)})
        assert result.code == 0, result.err
        assert self.files(installed) == {}
