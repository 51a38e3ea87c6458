"""``batten apply`` and ``batten undo`` on a swarm of one node, where the project's own files are a stack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.calling import ROOT, Result
from tests.engine.hosting import HOST, IMAGE, Machine
from tests.engine.shapes import CHOICE

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason=f"takes a minute; {CHOICE}=all runs it")]

_PROGRAM = ["/bin/busybox", "sh", "-c", "/bin/busybox httpd -p 7000 -h /www && exec /bin/busybox sleep 1000000"]


def stack() -> str:
    """Three services on one network; names lead to the tasks themselves, since the kernel may have no virtual addresses."""
    usual = {"image": IMAGE, "entrypoint": _PROGRAM, "stop_grace_period": "1s", "deploy": {"endpoint_mode": "dnsrr"}}
    services = {
        "web": {**usual, "environment": {"API_URL": "http://api:7000"}},
        "api": {**usual, "environment": {"DB_URL": "postgres://db:7000/shop"}, "deploy": {"endpoint_mode": "dnsrr", "replicas": 2}},
        "db": {**usual, "environment": {"ROLE": "database"}},
    }
    return "# a stack\n" + yaml.safe_dump({"services": services}, sort_keys=False)


@pytest.fixture
def swarm(machine: Machine) -> Iterator[Machine]:
    """A manager with the stack's image."""
    machine.start({})
    machine.make_image()
    machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4790")
    yield machine


def batten(machine: Machine, *arguments: object) -> Result:
    """Run batten beside the engine."""
    env = {**os.environ, **machine.environment(PYTHONPATH=str(ROOT))}
    done = subprocess.run((sys.executable, "-m", "batten", *map(str, arguments)), env=env, capture_output=True, text=True, timeout=180, check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def networks_of(machine: Machine) -> dict[str, set[str]]:
    """Service of the stack → names of its networks."""
    found = json.loads(machine.says("service", "inspect", *machine.says("service", "ls", "-q").split()))
    names = {one["Id"]: one["Name"] for one in json.loads(machine.says("network", "inspect", *machine.says("network", "ls", "-q", "--no-trunc").split()))}
    return {one["Spec"]["Name"]: {names[each["Target"]] for each in one["Spec"]["TaskTemplate"]["Networks"]} for one in found}


class TestAStack:
    def test_is_applied_and_taken_back(self, swarm: Machine, tmp_path: Path) -> None:
        folder = tmp_path / "fleet"
        folder.mkdir()
        file = folder / "docker-stack.yml"
        file.write_text(stack())
        swarm.docker("stack", "deploy", "--resolve-image", "never", "-c", str(file), "fleet")
        before = networks_of(swarm)
        named = ("-f", file, "--project-name", "fleet", "--yes", "--wait", 90, "--format", "json")
        result = batten(swarm, "apply", *named, "--no-connect")
        assert result.code == 0, result.out + result.err
        assert result.json["outcome"] == "applied"
        assert {one["state"] for one in result.json["containers"]} == {"1 of 1 task runs", "2 of 2 tasks run"}
        after = networks_of(swarm)
        assert after["fleet_api"] == after["fleet_web"] | after["fleet_db"]
        assert not after["fleet_web"] & after["fleet_db"]
        back = batten(swarm, "undo", *named)
        assert back.code == 0, back.out + back.err
        assert file.read_text() == stack()
        assert networks_of(swarm) == before
