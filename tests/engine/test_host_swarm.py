"""The swarm's control plane on a real one-node swarm."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from batten.design.host import propose
from batten.files import write_all
from generators import host_swarm
from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, Machine

pytestmark = pytest.mark.engine


class Manager(NamedTuple):
    """A host and the script."""

    machine: Machine
    script: str

    def script_says(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script on the host."""
        return self.machine.run(self.machine.host, "sh", self.script, *arguments)

    def key_file(self, name: str) -> Path:
        """A place for an unlock key."""
        return self.machine.folder / name

    def settings(self) -> str:
        """What the swarm says of itself."""
        return self.machine.says(
            "info", "--format", "{{.Swarm.Cluster.Spec.EncryptionConfig.AutoLockManagers}} {{.Swarm.Cluster.Spec.CAConfig.NodeCertExpiry}}"
        )


@pytest.fixture
def manager() -> Iterator[Manager]:
    """A host that is in no swarm yet."""
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        wanted = propose(running=True)
        write_all(host_swarm.files(replace(wanted, swarm=replace(wanted.swarm, advertise=HOST, data_path=HOST, data_port=4790))), machine.folder / "out")
        machine.start({})
        yield Manager(machine, str(machine.folder / "out/swarm/control-plane.sh"))
    finally:
        machine.close()


@pytest.fixture
def plain(manager: Manager) -> Manager:
    """A manager of a swarm as Docker makes it."""
    manager.machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4790")
    return manager


class TestBeginning:
    def test_makes_a_swarm_that_is_as_it_should_be(self, manager: Manager) -> None:
        done = manager.script_says("--key-file", str(manager.key_file("key")), "init")
        assert done.returncode == 0, done.stderr
        assert manager.settings() == "true 720h0m0s"
        assert manager.script_says("status").returncode == 0
        assert manager.script_says("apply").stdout == "the swarm is as it should be\n"

    def test_hands_over_the_key_that_opens_it_after_a_restart(self, manager: Manager) -> None:
        key = manager.key_file("key")
        done = manager.script_says("--key-file", str(key), "init")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert "SWMKEY" not in done.stdout + done.stderr
        manager.machine.stop()
        manager.machine.start()
        assert manager.machine.says("info", "--format", "{{.Swarm.LocalNodeState}}") == "locked"
        assert "locked" in manager.script_says("status").stderr
        manager.machine.docker("swarm", "unlock", given=key.read_bytes())
        assert manager.script_says("status").returncode == 0

    def test_needs_a_place_for_the_key(self, manager: Manager) -> None:
        done = manager.script_says("init")
        assert done.returncode == 1
        assert "--key-file" in done.stderr
        assert manager.machine.says("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive"

    def test_is_not_done_twice(self, plain: Manager) -> None:
        assert plain.script_says("--key-file", str(plain.key_file("key")), "init").returncode == 1


class TestApplying:
    def test_is_undone(self, plain: Manager) -> None:
        assert plain.settings() == "false 2160h0m0s"
        assert plain.script_says("status").returncode == 1
        assert plain.script_says("--key-file", str(plain.key_file("key")), "apply").returncode == 0
        assert plain.settings() == "true 720h0m0s"
        assert plain.key_file("key").read_text().startswith("SWMKEY-")
        assert plain.script_says("undo").returncode == 0
        assert plain.settings() == "false 2160h0m0s"
        assert plain.script_says("undo").returncode == 0

    def test_twice_changes_nothing_and_can_still_be_undone(self, plain: Manager) -> None:
        for name in ("one", "two"):
            assert plain.script_says("--key-file", str(plain.key_file(name)), "apply").returncode == 0
        assert not plain.key_file("two").exists()
        assert plain.script_says("undo").returncode == 0
        assert plain.settings() == "false 2160h0m0s"

    def test_never_writes_over_a_key(self, plain: Manager) -> None:
        plain.key_file("key").write_text("mine")
        assert plain.script_says("--key-file", str(plain.key_file("key")), "apply").returncode == 1
        assert plain.key_file("key").read_text() == "mine"
        assert plain.settings() == "false 2160h0m0s"

    def test_can_be_asked_about_first(self, plain: Manager) -> None:
        done = plain.script_says("--dry-run", "apply")
        assert "would run: docker swarm update --autolock=true --cert-expiry 720h0m0s" in done.stdout
        assert plain.settings() == "false 2160h0m0s"


class TestRotating:
    def test_tokens_closes_the_old_ones(self, plain: Manager) -> None:
        tokens = {role: plain.machine.says("swarm", "join-token", "-q", role) for role in ("worker", "manager")}
        done = plain.script_says("rotate-tokens")
        assert done.returncode == 0, done.stderr
        for role, before in tokens.items():
            now = plain.machine.says("swarm", "join-token", "-q", role)
            assert now != before
            assert now not in done.stdout + done.stderr

    def test_the_ca_makes_another_one(self, plain: Manager) -> None:
        plain.script_says("--key-file", str(plain.key_file("key")), "apply")
        before, token = plain.machine.says("swarm", "ca"), plain.machine.says("swarm", "join-token", "-q", "worker")
        assert plain.script_says("rotate-ca").returncode == 0
        assert plain.machine.says("swarm", "ca") != before
        assert plain.machine.says("swarm", "join-token", "-q", "worker") != token
        assert plain.settings() == "true 720h0m0s"

    def test_the_unlock_key_makes_another_one(self, plain: Manager) -> None:
        plain.script_says("--key-file", str(plain.key_file("old")), "apply")
        done = plain.script_says("--key-file", str(plain.key_file("new")), "rotate-unlock-key")
        assert done.returncode == 0, done.stderr
        assert plain.key_file("new").read_text() != plain.key_file("old").read_text()
        assert "SWMKEY" not in done.stdout + done.stderr

    @pytest.mark.parametrize("what", ["rotate-tokens", "rotate-ca"])
    def test_can_be_asked_about_first(self, plain: Manager, what: str) -> None:
        before = plain.machine.says("swarm", "ca") + plain.machine.says("swarm", "join-token", "-q", "worker")
        assert "would run: docker swarm" in plain.script_says("--dry-run", what).stdout
        assert plain.machine.says("swarm", "ca") + plain.machine.says("swarm", "join-token", "-q", "worker") == before


class TestOutsideOfASwarm:
    @pytest.mark.parametrize("what", ["status", "apply", "rotate-ca", "rotate-tokens", "rotate-unlock-key"])
    def test_nothing_can_be_done(self, manager: Manager, what: str) -> None:
        done = manager.script_says("--key-file", str(manager.key_file("key")), what)
        assert done.returncode == 1
        assert "in no swarm" in done.stderr
