"""The shop behind a firewall, for the tests of its rules and of its script."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design.host_reading import Allowed
from batten.design.proposal import propose
from batten.design.sections.firewall import Firewall
from batten.hardening import Hardening, harden
from generators import firewall
from tests.generators.host.helping import written
from tests.support import project_of

SHOP = """
services:
  web:
    image: example/web
    ports: ["8080:80", "443:443", "127.0.0.1:9000:90", "192.0.2.1:53:53/udp", "7000-7001:7000-7001"]
    networks: [front]
  db:
    image: postgres:16
    networks: [back]
networks:
  front:
  back: {driver_opts: {com.docker.network.bridge.name: shop0}}
"""
OFFICE = Firewall(
    (Allowed("8080", "tcp", ("198.51.100.0/24", "2001:db8::/32")), Allowed("53", "udp", ("lan",)), Allowed("7000", "tcp", ("198.51.100.0/24",))),
    lan=("10.0.0.0/8", "fd00::/8"),
)
LIMITED = Firewall(
    egress={"back": (Allowed("443"), Allowed("5000-5010", "udp", ("10.0.0.0/8", "fd00::1/128")))}, interfaces=("eth0", "ppp+", "a:b@c-d._", "_0.1")
)
MAY_SKIP = os.environ.get("BATTEN_ENGINE_REQUIRED") != "1"
NEEDS_ROOT = pytest.mark.skipif(
    MAY_SKIP and (os.geteuid() != 0 or not all(map(shutil.which, ("iptables-restore", "nft", "unshare")))),
    reason="needs root, iptables, nft and a network namespace",
)
NEEDS_SYSTEMD = pytest.mark.skipif(MAY_SKIP and not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")


def hardened(wanted: Firewall, folder: Path, text: str = SHOP, name: str = "") -> Hardening:
    """The shop with such a firewall; its networks stay."""
    project = project_of(f"name: {name}\n{text}" if name else text, folder)
    return harden(project, replace(propose(project), firewall=wanted), into=folder / "out")


def script_of(hardening: Hardening) -> Path:
    """The script, in the folder of the hardened project."""
    return written(list(firewall.files(hardening)), hardening.home) / firewall.PATHS[0]
