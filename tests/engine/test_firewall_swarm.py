"""The firewall of a stack on a swarm of one node: ports that its tasks publish on their host, through the bridge that all stacks share."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from batten.compose import load_project
from batten.design.host_reading import Allowed
from batten.design.proposal import propose
from batten.design.sections.firewall import Firewall
from batten.design.sections.networks import Networks
from batten.files import write_all
from batten.hardening import harden
from generators import firewall
from tests.engine.conftest import go_without
from tests.engine.hosting import CLIENT, HOST, IMAGE, Machine
from tests.engine.street import OTHER, SERVE, Street, Way, ways

pytestmark = [pytest.mark.engine, pytest.mark.skipif(os.environ.get("BATTEN_ENGINE_SHAPES") != "all", reason="BATTEN_ENGINE_SHAPES is not 'all'")]

STACK: Final = f"""
version: "3.8"
services:
  web:
    image: {IMAGE}
    command: [/bin/busybox, sh, -c, '{SERVE}']
    ports:
      - {{target: 80, published: 8080, mode: host}}
      - {{target: 81, published: 8443, mode: host}}
    deploy: {{endpoint_mode: dnsrr, placement: {{constraints: [node.role == manager]}}}}
"""
EVERY: Final = ways((CLIENT, OTHER), HOST, (8080, 8443))


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    """The node with the stack on it, and two machines beside it."""
    try:
        machine = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        machine.client.run("ip", "address", "add", f"{OTHER}/24", "dev", "eth0")
        machine.start({})
        machine.make_image()
        machine.docker("swarm", "init", "--advertise-addr", HOST)
        folder = machine.folder / "stack"
        folder.mkdir()
        (folder / "compose.yaml").write_text(STACK)
        machine.docker("stack", "deploy", "--resolve-image", "never", "-c", str(folder / "compose.yaml"), "stack")
        project = load_project([folder / "compose.yaml"], environ={})
        rules = Firewall((Allowed("8080", "tcp", (f"{CLIENT}/32",)),))
        design = replace(propose(project), firewall=rules, networks=Networks(), privileges={}, connections=())
        write_all(list(firewall.files(harden(project, design, into=folder / "out"))), folder / "out")
        yield Street(machine, {"stack": folder / "out"})
    finally:
        machine.close()


def test_answers_to_those_who_may(street: Street) -> None:
    until = time.monotonic() + 30
    while street.open(EVERY, EVERY) != EVERY:
        assert time.monotonic() < until, "the task does not answer"
    before = street.rules()
    street.must("stack", "apply")
    expected = EVERY - {Way(OTHER, HOST, 8080)}
    assert street.open(EVERY, expected) == expected
    street.must("stack", "remove")
    assert street.rules() == before
