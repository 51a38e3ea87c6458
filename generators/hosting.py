"""What ``batten host`` writes: every part that a host's design wants, or one of them alone; and what is run with it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from batten.design import host
from batten.design.host import Daemon, HostDesign
from batten.design.host_existing import Existing
from batten.files import write_all
from batten.model import GeneratedFile
from generators import host_daemon, host_firewall, host_swarm, host_tls


def everything(design: HostDesign, existing: Existing) -> Iterator[GeneratedFile]:
    """Every part that the design wants, and the design itself: a firewall where an interface is named. Raises DesignError where a part is not complete."""
    yield GeneratedFile(host.NAME, host.dump(design).encode(), purpose="the design of the host")
    yield from host_tls.files(design)
    yield from host_daemon.files(design, existing)
    if design.firewall.interfaces:
        yield from host_firewall.files(design)
    yield from host_swarm.files(design)


def _tls(design: HostDesign, existing: Existing) -> Iterator[GeneratedFile]:
    """The certificates, and what the daemon needs to listen with them."""
    yield from host_tls.files(design)
    yield from host_daemon.files(replace(design, daemon=Daemon()), existing)


def _daemon(design: HostDesign, existing: Existing) -> Iterator[GeneratedFile]:
    yield from host_daemon.files(design, existing)


def _firewall(design: HostDesign, existing: Existing) -> Iterator[GeneratedFile]:
    yield from host_firewall.files(design)


def _swarm(design: HostDesign, existing: Existing) -> Iterator[GeneratedFile]:
    yield from host_swarm.files(design)


PARTS: Mapping[str, Callable[[HostDesign, Existing], Iterator[GeneratedFile]]] = {"tls": _tls, "daemon": _daemon, "firewall": _firewall, "swarm": _swarm}
"""By name, each with what it needs of the others; raises DesignError where the design is not complete."""


_RUN: Mapping[str, tuple[str, ...]] = {
    "tls/make-certs.sh": ("tls/make-certs.sh --ca ~/docker-ca all", "tls/check-tls.sh files"),
    "install-daemon.sh": ("sudo ./install-daemon.sh --dry-run apply",),
    "firewall/batten-firewall.sh": ("sudo firewall/batten-firewall.sh --dry-run apply",),
    "swarm/control-plane.sh": ("swarm/control-plane.sh status",),
}
"""What is run first with a script; each of them changes nothing on the host yet."""


def commands(files: tuple[GeneratedFile, ...], folder: Path) -> tuple[str, ...]:
    """What is run next with the files of a host, in their order; empty where there is nothing to run."""
    run = [command for file in files for command in _RUN.get(file.path, ())]
    return (shlex.join(["cd", str(folder)]), *run) if run else ()


def write_new(files: tuple[GeneratedFile, ...], folder: Path, *, force: bool = False) -> tuple[GeneratedFile, ...]:
    """Write those files that differ from what is there, all or none, and give them; raises WriteError."""
    home = folder.absolute()
    wanted = tuple(file for file in files if not (home / file.path).is_file() or (home / file.path).read_bytes() != file.content)
    if wanted:
        write_all(wanted, home, force=force)
    return wanted
