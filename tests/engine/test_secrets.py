"""A container with a user of its own and no privileges reads the secrets that an export writes."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.compose import Stack
from tests.engine.dockerd import Engine

pytestmark = pytest.mark.engine

PASSWORD = "mackerel-on-tuesdays"
COMPOSE = f"""
name: diary
services:
  db:
    image: postgres:16
    user: "10001:10001"
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    environment:
      POSTGRES_PASSWORD: {PASSWORD}
    tmpfs: [/var/run/postgresql]
    volumes: ["data:/var/lib/postgresql/data"]
volumes:
  data: {{}}
"""


@pytest.fixture(scope="module")
def stack(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The hardened project, running."""
    folder = tmp_path_factory.mktemp("diary")
    (folder / "compose.yaml").write_text(COMPOSE)
    subprocess.run((sys.executable, "-m", "batten", "harden", str(folder), "-o", str(folder / "out")), check=True, timeout=120)
    with Stack(engine, [folder / "out" / "compose.yaml"]) as running:
        yield running


def mount_of(stack: Stack) -> str:
    """Where the container finds its secret."""
    (secret,) = stack.services["db"]["secrets"]
    target: str = secret.get("target") or secret["source"]
    return target if target.startswith("/") else f"/run/secrets/{target}"


def file_of(stack: Stack) -> Path:
    """The file that the export wrote for it."""
    (secret,) = stack.services["db"]["secrets"]
    return Path(stack.config["secrets"][secret["source"]]["file"])


class TestReadingASecret:
    def test_the_export_keeps_others_out_by_the_folder_not_by_the_file(self, stack: Stack) -> None:
        file = file_of(stack)
        assert stat.S_IMODE(file.stat().st_mode) == 0o444
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700

    def test_the_container_has_no_privileges(self, stack: Stack) -> None:
        status = dict(line.split(":\t", 1) for line in stack.execute("db", "cat", "/proc/self/status").stdout.splitlines())
        assert status["Uid"].split() == ["10001"] * 4
        assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
        assert status["NoNewPrivs"] == "1"

    def test_it_reads_its_secret(self, stack: Stack) -> None:
        answer = stack.execute("db", "cat", mount_of(stack))
        assert (answer.returncode, answer.stdout) == (0, PASSWORD)

    def test_the_value_has_left_the_environment(self, stack: Stack) -> None:
        answer = stack.execute("db", "cat", "/proc/1/environ")
        assert "POSTGRES_PASSWORD_FILE=" in answer.stdout
        assert PASSWORD not in answer.stdout

    def test_a_file_for_root_alone_it_could_not_read(self, stack: Stack) -> None:
        file = file_of(stack)
        file.chmod(0o400)
        try:
            answer = stack.execute("db", "cat", mount_of(stack))
        finally:
            file.chmod(0o444)
        assert answer.returncode != 0
        assert "Permission denied" in answer.stderr
