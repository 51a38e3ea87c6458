"""Mutual TLS in a stack on a real one-node swarm: certificates as the swarm's secrets, private networks encrypted between nodes.

As in the other stack tests names lead to the tasks themselves (``dnsrr``), since the kernel of a test machine may lack IPVS.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from batten.compose import load_project
from batten.design.proposal import propose
from batten.design.sections.mtls import Link, MutualTls
from batten.hardening import harden
from batten.model import EvidenceKind
from generators import export
from tests.engine import nginx_image
from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, IMAGE, Machine
from tests.engine.shapes import CHOICE
from wizards.cutting import cut

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.environ.get(CHOICE) != "all", reason=f"takes half a minute; {CHOICE}=all runs it"),
]

NGINX, BUSYBOX, PORT = "batten-test/nginx:1", "/bin/busybox", 7000
PROGRAM = [BUSYBOX, "sh", "-c", f"{BUSYBOX} httpd -p {PORT} -h /www && exec {BUSYBOX} sleep 1000000"]
PROJECT = {
    "name": "vault",
    "services": {
        "api": {"image": IMAGE, "entrypoint": PROGRAM, "environment": {"DB": f"http://db:{PORT}"}},
        "db": {"image": IMAGE, "entrypoint": PROGRAM, "expose": [PORT]},
    },
}


@dataclass
class Deployed:
    """The stack, running."""

    machine: Machine
    folder: Path

    def container(self, service: str) -> str:
        """The id of a service's container; empty where none runs."""
        return self.machine.says("ps", "--quiet", "--filter", f"label=com.docker.swarm.service.name=vault_{service}")

    def ask(self, service: str, host: str) -> str:
        """What a program in a service's container gets from a host, or an empty text."""
        call = ("exec", self.container(service), BUSYBOX, "timeout", "3", BUSYBOX, "wget", "-q", "-Y", "off", "-O", "-", f"http://{host}:{PORT}/")
        return self.machine.docker(*call, check=False).stdout.decode().strip() if call[1] else ""

    def address(self, service: str, network: str) -> str:
        """Its container's address on a network of the stack."""
        entry: dict[str, Any] = json.loads(self.machine.says("inspect", self.container(service)))[0]
        found: str = entry["NetworkSettings"]["Networks"][f"vault_{network}"]["IPAddress"]
        return found


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Hardened for a swarm, its certificates made, its secrets and configs made, deployed."""
    if reason := nginx_image.obstacle():
        go_without(reason)
    folder = tmp_path_factory.mktemp("vault")
    written(folder)
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        machine.start({})
        machine.make_image()
        machine.docker("import", "-", NGINX, given=nginx_image.archive_of_nginx())
        machine.docker("swarm", "init", "--advertise-addr", HOST, "--data-path-port", "4790")
        for command in ("sh docker-objects.sh secrets configs", "docker stack deploy --resolve-image never -c trial.yaml vault"):
            done = machine.run(machine.host, "sh", "-c", f"cd '{folder}/out' && {command}")
            assert done.returncode == 0, done.stderr
        running = Deployed(machine, folder / "out")
        until = time.monotonic() + 60
        while time.monotonic() < until and not running.ask("api", "db"):
            time.sleep(0.5)
        yield running
    finally:
        machine.close()


def written(folder: Path) -> None:
    """The export in ``out``, with its certificates, and the stack file as this machine can run it."""
    original = folder / "vault" / "compose.yaml"
    original.parent.mkdir()
    original.write_text(json.dumps(PROJECT))
    project = load_project([original], environ={})
    proposed = propose(project)
    known = tuple(one for one in proposed.connections if one.evidence[0].kind is not EvidenceKind.ASSUMED)
    design = replace(cut(project, replace(proposed, connections=known)), target=proposed.target.towards("stack"))
    export(harden(project, replace(design, mtls=MutualTls((Link("api", "db", (PORT,)),), image=NGINX)), into=folder / "out"))
    subprocess.run(("sh", str(folder / "out/mtls/make-certs.sh"), "--ca", str(folder / "ca"), "--no-passphrase", "all"), check=True, capture_output=True)
    model = yaml.safe_load((folder / "out/stack.yaml").read_text())
    for service in model["services"].values():
        service["deploy"] = {**service.get("deploy", {}), "endpoint_mode": "dnsrr"}
    (folder / "out/trial.yaml").write_text(yaml.safe_dump(model))


class TestStack:
    def test_a_request_goes_through_the_pair(self, deployed: Deployed) -> None:
        assert deployed.ask("api", "db") == "container"

    def test_nobody_gets_past_the_sidecar(self, deployed: Deployed) -> None:
        address = deployed.address("db", "db-private")
        assert deployed.ask("db-mtls", address) == "container", "it listens there, or this test shows nothing"
        assert deployed.ask("api", address) == ""

    def test_the_leg_in_plain_text_is_encrypted_between_nodes(self, deployed: Deployed) -> None:
        for network, encrypted in (("db-private", True), ("api-private", True), ("db-mtls", False)):
            options = json.loads(deployed.machine.says("network", "inspect", "--format", "{{json .Options}}", f"vault_{network}"))
            assert ("encrypted" in options) is encrypted

    def test_keys_are_the_swarms_secrets(self, deployed: Deployed) -> None:
        entry = json.loads(deployed.machine.says("inspect", deployed.container("db-mtls")))[0]
        assert "PRIVATE KEY" not in json.dumps(entry)
        key = deployed.machine.docker("exec", deployed.container("db-mtls"), BUSYBOX, "cat", "/run/secrets/mtls_db_key").stdout
        assert key == (deployed.folder / "mtls/certs/db/key.pem").read_bytes()
