"""``batten setup``: a plugin of Docker's own command line, and the shells' completion."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from batten import __version__
from batten.cli import parsing
from tests.cli.calling import ROOT, call


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of Docker's own settings, with a blank in its name."""
    folder = tmp_path / "my docker"
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder


def plugin(folder: Path) -> Path:
    return folder / "cli-plugins" / "docker-batten"


def run(*arguments: str | Path) -> str:
    return subprocess.run(list(map(str, arguments)), cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout


class TestPlugin:
    def test_is_a_program_that_tells_of_itself(self, configuration: Path) -> None:
        assert call("setup", "plugin").code == 0
        assert stat.S_IMODE(plugin(configuration).stat().st_mode) == 0o755
        about = json.loads(run(plugin(configuration), "docker-cli-plugin-metadata"))
        assert about == {"SchemaVersion": "0.1.0", "Vendor": "batten", "Version": __version__, "ShortDescription": "Harden Docker projects"}

    def test_works_behind_docker(self, configuration: Path) -> None:
        docker = shutil.which("docker")
        if docker is None:
            pytest.skip("there is no docker command")
        call("setup", "plugin")
        assert run(docker, "batten", "--version") == f"batten {__version__}\n"
        review = subprocess.run([docker, "batten", "review", "assets/demo/shop"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert review.returncode == 1, "the exit code comes through"
        assert "exposed-database" in review.stdout

    def test_twice_is_once_and_can_be_taken_away(self, configuration: Path) -> None:
        call("setup", "plugin")
        assert call("setup", "plugin").code == 0
        assert call("setup", "plugin", "--remove").code == 0
        assert not plugin(configuration).exists()
        assert call("setup", "plugin", "--remove").err.endswith("is not there.\n")

    def test_leaves_a_strangers_file_alone(self, configuration: Path) -> None:
        plugin(configuration).parent.mkdir(parents=True)
        plugin(configuration).write_text("#!/bin/sh\n")
        result = call("setup", "plugin")
        assert result.code == 2
        assert "batten did not write it. Use --force to replace it." in result.err
        assert call("setup", "plugin", "--remove").code == 0
        assert plugin(configuration).read_text() == "#!/bin/sh\n"
        assert call("setup", "plugin", "--force").code == 0


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_knows_every_command_and_its_options(self, shell: str) -> None:
        text = call("setup", "completion", shell).out
        assert [name for name in parsing.names() if f" {name}" not in text] == []
        assert [word for word in ("--fail-on", "--in-place", "markdown", "ed25519") if word not in text] == []

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_is_understood_by_its_shell(self, shell: str, tmp_path: Path) -> None:
        program = shutil.which(shell)
        if program is None:
            pytest.skip(f"{shell} is not installed")
        script = tmp_path / "script"
        script.write_text(call("setup", "completion", shell).out)
        run(program, "-n", script)

    @pytest.mark.parametrize(
        ("words", "expected"),
        [(["rev"], ["review"]), (["review", "--for"], ["--format"]), (["harden", "--acc"], ["--accept"]), (["setup", "comp"], ["completion"])],
    )
    def test_completes_in_bash(self, words: list[str], expected: list[str], tmp_path: Path) -> None:
        script = tmp_path / "script"
        script.write_text(call("setup", "completion", "bash").out)
        asked = f"source {script}; COMP_WORDS=(batten {' '.join(words)}); COMP_CWORD={len(words)}; _batten; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        found = subprocess.run(["bash", "-c", asked], cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=True, timeout=60).stdout
        assert found.split() == expected
