"""AppArmor's own parser takes every profile, the loader does what it says, and hostile names stay names."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import confining
from batten.design.proposal import propose
from batten.design.sections.privileges import Privilege
from batten.errors import BattenError
from batten.hardening import Hardening, harden
from batten.knowledge.capabilities import DEFAULT, all_names
from batten.model import GeneratedFile, Project
from batten.plan.privileges import profile_name
from generators import apparmor, readme
from tests.generators.host.helping import lint
from tests.support import project_of

PARSER = "apparmor_parser"
FOLDERS = ["/a b", '/quo"te', "/br{a,ce}", "/st*r?[x]", "/@{HOME}", "/back\\slash", "/ünïcode", "/" + "x" * 200, "/a,b", "/#c", "/$(touch x)", "/`x`", "/-r"]
SERVERS = """
name: shop
services:
  web: {image: "nginx:1.27"}
  cache: {image: "redis:7", volumes: ["cached:/data"]}
  db: {image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"]}
  app: {image: "acme/app", volumes: ["./uploads:/srv/uploads", "./site:/srv/site:ro"]}
volumes: {cached: {}, data: {}}
"""


@pytest.fixture
def parser() -> str:
    """AppArmor's parser; without it the test is skipped, or fails where an engine is required."""
    found = shutil.which(PARSER, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None and os.environ.get("BATTEN_ENGINE_REQUIRED") == "1":
        pytest.fail(f"{PARSER} is not installed")
    return found or pytest.skip(f"{PARSER} is not installed")


def hardened(project: Project, mode: str = "complain", **privileges: Privilege) -> Hardening:
    """The project with everything taken that is known, and a profile for each service."""
    design = propose(project)
    levels = {name: confining.levels(project, service, design.target) for name, service in project.services.items()}
    tight = {name: found.get("tight", found["light"]) for name, found in levels.items()} | privileges
    return harden(project, replace(design, privileges={name: one._replace(apparmor=mode) for name, one in tight.items()}), into=project.directory / "out")


def written(hardening: Hardening) -> dict[str, GeneratedFile]:
    return {file.path.removeprefix("apparmor/"): file for file in apparmor.files(hardening)}


def complaints(parser: str, text: str) -> str:
    """What the parser has to say of a profile, but for the kernel here that may have no AppArmor; empty where it compiles it."""
    done = subprocess.run((parser, "--skip-kernel-load", "--skip-cache"), input=text, text=True, capture_output=True, timeout=60, check=False)
    said = [line for line in done.stderr.splitlines() if not line.startswith("Cache read/write disabled")]
    return "\n".join(said) or ("" if done.returncode == 0 else f"exit {done.returncode}")


def names_in(parser: str, text: str) -> list[str]:
    """The names of the profiles in a text, as the parser reads them."""
    return subprocess.run((parser, "--names"), input=text, text=True, capture_output=True, timeout=60, check=True).stdout.split()


class TestTheProfiles:
    def test_only_who_asks_gets_one(self, tmp_path: Path) -> None:
        project = project_of(SERVERS, tmp_path)
        assert list(apparmor.files(harden(project, propose(project)))) == []

    @pytest.mark.parametrize("mode", ["complain", "enforce"])
    def test_the_parser_takes_them(self, tmp_path: Path, parser: str, mode: str) -> None:
        files = written(hardened(project_of(SERVERS, tmp_path), mode))
        assert set(files) == {"batten.shop.web", "batten.shop.cache", "batten.shop.db", "batten.shop.app", "load.sh"}
        for name in set(files) - {"load.sh"}:
            text = files[name].content.decode()
            assert (complaints(parser, text), names_in(parser, text)) == ("", [name])
            assert ("complain" in text) is (mode == "complain")

    def test_a_profile_says_what_the_compose_file_says(self, tmp_path: Path) -> None:
        files = written(hardened(project_of(SERVERS, tmp_path)))
        web, cache, app = (files[f"batten.shop.{name}"].content.decode() for name in ("web", "cache", "app"))
        assert [line.split()[1] for line in web.splitlines() if line.startswith("  capability ")] == ["chown,", "setgid,", "setuid,"]
        assert '"/var/cache/nginx/**" rwkl' in web and "network packet" not in web and "  file," not in web
        assert "  capability" not in cache and '"/data/**" rwkl' in cache
        assert "  file," in app and "capability net_raw" not in app

    def test_the_container_asks_for_it_by_that_name(self, tmp_path: Path) -> None:
        after = hardened(project_of(SERVERS, tmp_path)).after
        assert f"apparmor={profile_name('shop', 'db')}" in after.services["db"].security_opt

    def test_every_capability_has_a_name_there(self, tmp_path: Path, parser: str) -> None:
        assert len(all_names()) == 41 and set(all_names()) > DEFAULT
        text = f"services: {{a: {{image: acme/a, cap_drop: [ALL], cap_add: [{', '.join(all_names())}]}}}}"
        files = written(hardened(project_of(text, tmp_path)))
        assert complaints(parser, files["batten.shop.a"].content.decode()) == ""

    def test_the_parser_complains_of_others(self, tmp_path: Path, parser: str) -> None:
        text = written(hardened(project_of(SERVERS, tmp_path)))["batten.shop.web"].content.decode()
        assert "Invalid capability flying" in complaints(parser, text.replace("capability chown", "capability flying"))

    @pytest.mark.parametrize("more", ["cap_add: [FLYING]", "privileged: true"])
    def test_what_no_profile_can_say_is_refused(self, tmp_path: Path, more: str) -> None:
        project = project_of(f"services: {{a: {{image: acme/a, {more}}}}}", tmp_path)
        with pytest.raises(BattenError, match="no AppArmor profile can be written for a"):
            written(hardened(project))


class TestHostileNames:
    @pytest.mark.parametrize("folder", FOLDERS)
    def test_a_folder_is_a_folder(self, tmp_path: Path, parser: str, folder: str) -> None:
        words = folder.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
        text = f'services: {{a: {{image: acme/a, read_only: true, volumes: [{{type: volume, source: v, target: "{words}"}}]}}}}\nvolumes: {{v: {{}}}}'
        profile = written(hardened(project_of(text, tmp_path)))["batten.shop.a"].content.decode()
        assert (complaints(parser, profile), names_in(parser, profile)) == ("", ["batten.shop.a"])

    def test_one_that_breaks_the_line_is_refused(self, tmp_path: Path) -> None:
        text = 'services: {a: {image: acme/a, read_only: true, volumes: [{type: volume, source: v, target: "/a\\n capability sys_admin,"}]}}\nvolumes: {v: {}}'
        with pytest.raises(BattenError, match="no AppArmor profile can name the folder"):
            written(hardened(project_of(text, tmp_path)))

    @pytest.mark.parametrize("service", ["-rf", "a.b", "x" * 200, "A__b"])
    def test_a_service_is_a_service(self, tmp_path: Path, parser: str, service: str) -> None:
        files = written(hardened(project_of(f'services: {{"{service}": {{image: acme/a}}}}', tmp_path)))
        (name,) = set(files) - {"load.sh"}
        assert names_in(parser, files[name].content.decode()) == [name]
        assert len(name) < 200 and name.startswith("batten.")

    def test_no_two_share_a_name(self) -> None:
        names = [profile_name(*one) for one in (("a", "b.c"), ("a", "b_c"), ("a.b", "c"), ("a_b", "c"), ("a", "b" * 200), ("a", "b" * 201))]
        assert len(set(names)) == len(names)


class TestTheReadme:
    def page(self, hardening: Hardening) -> str:
        return next(file.content.decode() for file in readme.files(hardening))

    def test_says_what_to_load_and_what_to_hand_over(self, tmp_path: Path) -> None:
        page = self.page(hardened(project_of(SERVERS, tmp_path)))
        assert "apparmor/load.sh --dry-run" in page and "forbid nothing yet" in page
        assert "docker run --rm --user root --entrypoint chown -v shop_data:/var/lib/postgresql/data postgres:16 -R postgres: /var/lib/postgresql/data" in page
        assert "forbid nothing yet" not in self.page(hardened(project_of(SERVERS, tmp_path), "enforce"))

    def test_says_nothing_of_what_nobody_asked_for(self, tmp_path: Path) -> None:
        project = project_of(SERVERS, tmp_path)
        page = self.page(harden(project, propose(project), into=tmp_path / "out"))
        assert "AppArmor" not in page and "read-only." not in page and "chown" not in page

    def test_a_volume_is_one_word_of_the_command(self, tmp_path: Path) -> None:
        text = "services: {db: {image: 'redis:7', volumes: ['data:/data']}}\nvolumes: {data: {name: 'x; touch y $(id)', external: true}}"
        assert "-v 'x; touch y $(id):/data' redis:7" in self.page(hardened(project_of(text, tmp_path)))


class TestTheLoader:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """The generated files, a stand-in for the parser that notes its arguments, and one for root."""
        for name, file in written(hardened(project_of(SERVERS, tmp_path))).items():
            (tmp_path / "apparmor").mkdir(exist_ok=True)
            (tmp_path / "apparmor" / name).write_bytes(file.content)
        for name, text in {"apparmor_parser": f'echo "$@" >>{tmp_path}/calls', "id": "echo 0"}.items():
            (tmp_path / "bin").mkdir(exist_ok=True)
            (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / "bin" / name).chmod(0o755)
        (tmp_path / "home").mkdir()
        return tmp_path

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "APPARMOR_HOME": str(folder / "home")}
        command = ("sh", str(folder / "apparmor" / "load.sh"), *arguments)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)

    def test_loads_each_and_may_be_run_twice(self, folder: Path) -> None:
        first = self.run(folder)
        there = {path.name: path.read_text() for path in (folder / "home").iterdir()}
        assert (first.returncode, first.stderr) == (0, "") and self.run(folder).returncode == 0
        assert {path.name: path.read_text() for path in (folder / "home").iterdir()} == there
        assert set(there) == {f"batten.shop.{name}" for name in ("web", "cache", "db", "app")}
        assert f"--replace --write-cache {folder}/home/batten.shop.db\n" in (folder / "calls").read_text()

    def test_forbids_and_complains_as_it_is_told(self, folder: Path, parser: str) -> None:
        for mode, complains in (("--enforce", False), ("--complain", True), ("", True)):
            assert self.run(folder, *filter(None, [mode])).returncode == 0
            text = (folder / "home" / "batten.shop.db").read_text()
            assert ("complain" in text) is complains
            assert complaints(parser, text) == ""

    def test_takes_them_away_again(self, folder: Path) -> None:
        self.run(folder)
        assert self.run(folder, "--remove").returncode == 0
        assert list((folder / "home").iterdir()) == []
        assert "is not installed" in self.run(folder, "--remove").stdout

    def test_a_dry_run_changes_nothing(self, folder: Path) -> None:
        done = self.run(folder, "--dry-run")
        assert done.returncode == 0 and f"would run: apparmor_parser --replace --write-cache {folder}/home/batten.shop.db" in done.stdout
        assert list((folder / "home").iterdir()) == [] and not (folder / "calls").exists()

    def test_says_what_it_does_not_know(self, folder: Path) -> None:
        assert self.run(folder, "--purge").returncode == 2
        assert self.run(folder, "--status").stdout.splitlines()[0].endswith(": not loaded")

    def test_a_shell_checker_has_nothing_to_say(self, folder: Path) -> None:
        assert lint([folder / "apparmor" / "load.sh"]) == ""
