"""Ways to an engine that is not on this machine, as fixtures: over TLS with the certificates that batten itself makes, and over ssh."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from batten.design.host import propose
from batten.design.host_existing import read_existing
from batten.files import write_all
from generators import host_tls
from generators.host_merging import merged
from tests.engine.hosting import HOST, Machine
from tests.engine.without import go_without
from tests.generators.host.helping import make_expired


@pytest.fixture(scope="module")
def remote() -> Iterator[Machine]:
    """A host whose API is open over TLS, with certificates in ``host/tls/issued`` and three contexts of a user on the client."""
    try:
        made = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        folder = made.folder / "host"
        issued = folder / "tls/issued"
        tls = replace(propose().tls, wanted=True, names=(HOST,), passphrase=False, folder=str(issued / "server"))
        wanted = replace(propose(), tls=tls)
        write_all(host_tls.files(wanted), folder)
        subprocess.run(("sh", str(folder / "tls/make-certs.sh"), "--ca", str(made.folder / "ca"), "all"), check=True, capture_output=True)
        made.start(dict(merged(wanted, read_existing(json.dumps({"hosts": [made.socket]}).encode(), "daemon.json")).entries))
        late = made.folder / "late"
        late.mkdir()
        make_expired(late, made.folder / "ca")
        context(made, "far", issued / "client-admin", issued / "server/ca.pem")
        context(made, "late", late, issued / "server/ca.pem")
        context(made, "stranger", issued / "client-admin", late / "cert.pem")
        yield made
    finally:
        made.close()


def context(machine: Machine, name: str, folder: Path, ca: Path) -> None:
    """A docker context, made by the docker command itself."""
    host = f"host=tcp://{HOST}:2376,ca={ca},cert={folder}/cert.pem,key={folder}/key.pem"
    done = machine.run(machine.client, "docker", "context", "create", name, "--docker", host)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def ssh(machine: Machine) -> Iterator[Path]:
    """A host with a running engine and sshd, and a folder whose ``ssh`` knows the key for it."""
    server = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if server is None:
        go_without("not installed: sshd")
    machine.start({})
    folder = machine.folder / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)), check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    (folder / "known").write_text(f"[{HOST}]:2222 " + (folder / "host.pub").read_text())
    options = {
        **{"ListenAddress": f"{HOST}:2222", "HostKey": folder / "host", "AuthorizedKeysFile": folder / "authorized"},
        **{"PermitRootLogin": "yes", "StrictModes": "no", "UsePAM": "yes", "PidFile": "none"},
    }
    (folder / "server").write_text("".join(f"{name} {value}\n" for name, value in options.items()))
    (folder / "client").write_text(f"IdentityFile {folder / 'user'}\nUserKnownHostsFile {folder / 'known'}\nStrictHostKeyChecking yes\nBatchMode yes\n")
    (folder / "bin").mkdir()
    (folder / "bin/ssh").write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder / "client"} "$@"\n')
    (folder / "bin/ssh").chmod(0o755)
    start = "mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec " + server + " -D -e -f " + str(folder / "server")
    machine.host.start("unshare", "--mount", "--propagation", "private", "sh", "-c", start)
    until = time.monotonic() + 10
    while machine.run(machine.client, "bash", "-c", f"exec 3<>/dev/tcp/{HOST}/2222").returncode and time.monotonic() < until:
        time.sleep(0.1)
    yield folder


def by_ssh(machine: Machine, port: int = 2222) -> str:
    """The engine's socket by ssh."""
    return f"ssh://root@{HOST}:{port}{machine.socket.removeprefix('unix://')}"
