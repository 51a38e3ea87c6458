"""The networks, secrets and configs of a stack as plain docker commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from batten.design.proposal import propose
from batten.errors import BattenError
from batten.hardening import harden
from generators import export
from tests.support import project_of

TEXT = """
name: shop
services: {a: {image: x, networks: [back, front], secrets: [one, theirs], configs: [c, d]}}
networks:
  back: {internal: true, driver_opts: {encrypted: ""}, labels: {note: "it's $$(id) `id` \\"x\\""}}
  front: {name: HOSTILE, attachable: true, ipam: {config: [{subnet: 10.77.0.0/24}]}}
secrets: {one: {file: ./one}, gone: {environment: G}, theirs: {external: true}}
configs: {c: {file: "./c onf"}, d: {content: "a$$b"}}
"""
HOSTILE = "-q '\"$(touch pwned)`touch pwned` ünï; touch pwned"
_FAKE = """#!{python}
import json, os, sys
with open(os.environ["CALLS"], "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[2:4] == ["inspect", "--format"]:
    print(os.environ.get("THERE") if os.environ.get("OTHER") else {{"shop_c_v1": "content", "shop_d_v1": "a$b"}}[sys.argv[-1]])
sys.exit(1 if sys.argv[2] == "inspect" and not os.environ.get("THERE") else 0)
"""


class Script:
    """The script in its folder, with a docker that notes how it is called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.front = yaml.safe_load((folder / "stack.yaml").read_text())["networks"]["front"]["name"]
        """What the network of the hostile name is called: a name that a swarm takes."""
        (folder / "bin").mkdir()
        docker = folder / "bin/docker"
        docker.write_text(_FAKE.format(python=sys.executable))
        docker.chmod(0o755)

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Call it from elsewhere."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        env = {"PATH": path, "CALLS": str(self.folder / "calls"), **environment}
        return subprocess.run(
            ["sh", str(self.folder / "docker-objects.sh"), *arguments], cwd="/", env=env, capture_output=True, text=True, check=False, timeout=30
        )

    def calls(self) -> list[list[str]]:
        """How docker was called, but for the questions whether something is there."""
        log = self.folder / "calls"
        lines = log.read_text().splitlines() if log.exists() else []
        return [call for call in map(json.loads, lines) if call[1] != "inspect"]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """That of a project whose words are hostile."""
    project = project_of(TEXT.replace("HOSTILE", json.dumps(HOSTILE.replace("$", "$$"))), tmp_path, one="secret value", **{"c onf": "content"})
    design = propose(project)
    export(harden(project, replace(design, target=design.target.towards("stack")), into=tmp_path / "out"))
    return Script(tmp_path / "out")


class TestTheScript:
    def test_makes_networks_as_the_stack_would(self, script: Script) -> None:
        done = script.run("networks")
        assert done.returncode == 0, done.stderr
        label = 'note=it\'s $(id) `id` "x"'
        assert script.calls() == [
            ["network", "create", "--driver", "overlay", "--internal", "--opt", "encrypted", "--label", label, "--", "shop_back"],
            ["network", "create", "--driver", "overlay", "--attachable", "--subnet", "10.77.0.0/24", "--", script.front],
        ]

    def test_makes_secrets_and_configs_from_files(self, script: Script) -> None:
        assert "the project has no file for the secret shop_gone_v1" in script.run("secrets").stderr
        assert script.run("configs").returncode == 0
        made = {(call[0], call[3]): call[4] for call in script.calls()}
        assert set(made) == {("secret", "shop_one_v1"), ("config", "shop_c_v1"), ("config", "shop_d_v1")}
        assert Path(made["secret", "shop_one_v1"]).read_text() == "secret value"
        assert Path(made["config", "shop_c_v1"]).read_text() == "content"
        assert (script.folder / made["config", "shop_d_v1"]).read_text() == "a$b"
        assert "secret value" not in (script.folder / "calls").read_text()

    def test_leaves_alone_what_is_there(self, script: Script) -> None:
        done = script.run("networks", "secrets", "configs", THERE="1")
        assert (done.returncode, script.calls()) == (0, [])

    def test_does_not_pass_over_a_config_that_holds_something_else(self, script: Script) -> None:
        done = script.run("configs", THERE="1", OTHER="1")
        assert done.returncode == 1
        assert "the config shop_c_v1 holds something else than" in done.stderr
        assert "Give it a name with the next version" in done.stderr

    def test_takes_away_only_its_own(self, script: Script) -> None:
        assert script.run("remove", THERE="1").returncode == 0
        assert {call[-1] for call in script.calls()} == {"shop_c_v1", "shop_d_v1", "shop_one_v1", "shop_gone_v1", "shop_back", script.front}

    def test_can_be_asked_first(self, script: Script) -> None:
        done = script.run("--dry-run", "networks", "configs")
        assert "would run: docker network create --driver overlay" in done.stdout
        assert script.calls() == []

    def test_executes_nothing_of_a_name(self, script: Script) -> None:
        for command in ("networks", "configs", "secrets", "remove"):
            script.run(command)
            script.run(command, THERE="1")
        assert not list(script.folder.rglob("pwned"))
        assert not Path("/pwned").exists()

    @pytest.mark.parametrize("arguments", [(), ("nonsense",), ("--force",)])
    def test_says_how_it_is_called(self, script: Script, arguments: tuple[str, ...]) -> None:
        done = script.run(*arguments)
        assert (done.returncode, script.calls()) == (2, [])
        assert "usage: docker-objects.sh" in done.stderr

    def test_is_good_shell(self, script: Script) -> None:
        checker = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        assert checker is not None, "the tests' requirements bring it"
        done = subprocess.run([checker, str(script.folder / "docker-objects.sh")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


class TestTheStackFile:
    def test_of_hostile_words_is_read_by_docker(self, script: Script) -> None:
        from bench.stacks import StackReader

        if shutil.which("docker") is None:
            pytest.skip("no docker program here")
        assert StackReader().complaint(script.folder / "stack.yaml", {}) == ""

    @pytest.mark.parametrize("key", ["a$(id)", "ä", "a b", "a'b"])
    def test_a_key_that_no_file_takes_is_refused(self, tmp_path: Path, key: str) -> None:
        text = f"services: {{a: {{image: x}}}}\nsecrets: {{{json.dumps(key)}: {{file: ./one}}}}"
        with pytest.raises(BattenError):
            project = project_of(text, tmp_path)
            harden(project, replace(propose(project), target=propose(project).target.towards("stack")))
