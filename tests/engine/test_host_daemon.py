"""dockerd with the daemon.json and the certificates that are written for a host: it does what they say, and lets in whom it should."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from batten.design.host import Daemon, HostDesign, Setting, propose, proposed_settings
from batten.design.host_existing import read_existing
from batten.files import write_all
from batten.session.host import HostSession
from generators import host_daemon, host_tls
from generators.host_merging import merged
from generators.hosting import everything
from tests.engine.conftest import go_without
from tests.engine.hosting import HOST, IMAGE, Machine
from tests.generators.host.helping import make_expired
from wizards.plain import run_plain_host

pytestmark = pytest.mark.engine

SLEEP = ("/bin/busybox", "sleep", "100000")


def entries(wanted: HostDesign, before: dict[str, Any]) -> dict[str, Any]:
    """What daemon.json says in the end."""
    return dict(merged(wanted, read_existing(json.dumps(before).encode(), "daemon.json")).entries)


class TestTheSettings:
    def test_are_taken_and_do_what_they_say(self, machine: Machine) -> None:
        limits = Setting("default-ulimits", {"nofile": {"Name": "nofile", "Soft": 1000, "Hard": 2000}})
        wanted = replace(propose(), daemon=Daemon((*proposed_settings(), limits)))
        machine.start(entries(wanted, {"hosts": [machine.socket], "labels": ["mine=1"]}))
        assert machine.says("info", "--format", "{{.LiveRestoreEnabled}} {{.Labels}}") == "true [mine=1]"
        machine.make_image()
        machine.docker("run", "-d", "--name", "one", IMAGE, "/bin/busybox", "sh", "-c", "/bin/busybox httpd -p 80 -h /www; exec /bin/busybox sleep 100000")
        machine.docker("run", "-d", "--name", "two", IMAGE, *SLEEP)
        assert "NoNewPrivs:\t1" in machine.says("exec", "two", "/bin/busybox", "cat", "/proc/self/status")
        # Of the container's first process: what `docker exec` started was once seen with the hard limit as its soft one, why is not known.
        limits_of_it = machine.says("exec", "two", "/bin/busybox", "grep", "Max open files", "/proc/1/limits").split()
        assert limits_of_it[3:5] == ["1000", "2000"]
        log = json.loads(machine.says("inspect", "--format", "{{json .HostConfig.LogConfig}}", "two"))
        assert log == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
        address = machine.says("inspect", "--format", "{{.NetworkSettings.IPAddress}}", "one")
        ask = ("exec", "two", "/bin/busybox", "timeout", "2", "/bin/busybox", "wget", "-q", "-O", "-", f"http://{address}/")
        assert machine.reaches(machine.host, f"http://{address}/")
        assert machine.docker(*ask, check=False).returncode != 0

    def test_of_a_swarm_are_taken_by_one(self, machine: Machine) -> None:
        machine.start(entries(replace(propose(), daemon=Daemon(proposed_settings(swarm=True))), {"hosts": [machine.socket]}))
        assert machine.docker("swarm", "init", "--advertise-addr", HOST, check=False).returncode == 0

    def test_for_a_lone_host_would_stop_a_swarm(self, machine: Machine) -> None:
        machine.start({"live-restore": True})
        refused = machine.docker("swarm", "init", "--advertise-addr", HOST, check=False)
        assert refused.returncode != 0
        assert b"live-restore" in refused.stderr

    def test_without_iptables_would_stop_dockerd_with_icc_off(self, machine: Machine) -> None:
        with pytest.raises(RuntimeError, match="did not start"):
            machine.start({"iptables": False, "icc": False})
        machine.stop()
        machine.start(entries(propose(), {"hosts": [machine.socket], "iptables": False}))


@pytest.fixture
def validated(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Asks ``dockerd --validate`` about the daemon.json in this test's folder; skips where the engine is too old for it."""
    root = os.environ.get("BATTEN_ENGINE_ROOT", "")
    dockerd = [*(["chroot", root] if root else []), "dockerd"]
    helped = subprocess.run((*dockerd, "--help"), capture_output=True, text=True, check=False) if root or shutil.which("dockerd") else None
    if helped is None or "--validate" not in helped.stdout:
        pytest.skip("dockerd here is older than 23.0 and has no --validate")
    seen = Path(root) / str(tmp_path).lstrip("/") if root else tmp_path

    def validate() -> str:
        if root:
            shutil.copytree(tmp_path, seen)
        done = subprocess.run((*dockerd, "--validate", "--config-file", str(tmp_path / "daemon.json")), capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    yield validate
    if root:
        shutil.rmtree(seen, ignore_errors=True)


class TestValidation:
    @pytest.mark.parametrize("before", [{}, {"data-root": "/srv"}, {"log-driver": "journald"}, {"iptables": False}, {"hosts": ["unix:///run/x.sock"]}], ids=str)
    @pytest.mark.parametrize("tls", [False, True])
    def test_finds_nothing_wrong(self, validated: Callable[[], str], tmp_path: Path, before: dict[str, Any], tls: bool) -> None:
        wanted = propose()
        if tls:
            wanted = replace(wanted, tls=replace(wanted.tls, wanted=True, names=("localhost",), passphrase=False, folder=str(tmp_path / "tls/issued/server")))
            write_all(host_tls.files(wanted), tmp_path, force=True)
            subprocess.run(("sh", str(tmp_path / "tls/make-certs.sh"), "--ca", str(tmp_path / "ca"), "all"), check=True, capture_output=True)
        there = read_existing(json.dumps(before).encode(), "daemon.json")
        write_all(host_daemon.files(wanted, there), tmp_path, force=True)
        assert validated().strip() == "configuration OK"

    def test_finds_nothing_wrong_with_what_the_walk_writes(self, validated: Callable[[], str], tmp_path: Path) -> None:
        folder = str(tmp_path / "tls/issued/server")
        given = {"tls.wanted": "yes", "tls.names": "127.0.0.1", "tls.passphrase": "no", "tls.folder": folder, "daemon.userland-proxy": "set"}
        session = HostSession(tmp_path, propose(("lo",)))
        walked = run_plain_host(session, ask=lambda question: given.get(question.id, question.default), say=lambda _: None)
        write_all(list(everything(walked.design, walked.existing)), tmp_path)
        subprocess.run(("sh", str(tmp_path / "tls/make-certs.sh"), "--ca", str(tmp_path / "ca"), "all"), check=True, capture_output=True)
        assert "userland-proxy" in (tmp_path / "daemon.json").read_text()
        assert validated().strip() == "configuration OK"


class Remote(NamedTuple):
    """A host whose API is open over TLS, and the folder with what was issued."""

    machine: Machine
    tls: Path

    @property
    def issued(self) -> Path:
        """Where the certificates are."""
        return self.tls / "issued"

    def version(self, folder: Path, *, certificate: str = "cert.pem", key: str = "key.pem", host: str = HOST, local: bool = False) -> int:
        """What ``docker version`` over TCP comes to, with the certificate of a folder."""
        files = ("--tlscacert", str(self.issued / "server/ca.pem"), "--tlscert", str(folder / certificate), "--tlskey", str(folder / key))
        space = self.machine.host if local else self.machine.client
        return self.machine.run(space, "docker", "-H", f"tcp://{host}:2376", "--tlsverify", *files, "version").returncode


@pytest.fixture(scope="module", params=["ec", "rsa", "ed25519"])
def remote(request: pytest.FixtureRequest) -> Iterator[Remote]:
    """A host for each kind of key."""
    try:
        made = Machine()
    except RuntimeError as error:
        go_without(str(error))
    try:
        wanted = propose()
        folder = made.folder / "host"
        tls = replace(wanted.tls, wanted=True, names=(HOST, "localhost"), key=request.param, passphrase=False, folder=str(folder / "tls/issued/server"))
        wanted = replace(wanted, tls=tls)
        write_all(host_tls.files(wanted), folder)
        certs(folder / "tls", made.folder / "ca", "all")
        made.start(entries(wanted, {"hosts": [made.socket]}))
        yield Remote(made, folder / "tls")
    finally:
        made.close()


def certs(tls: Path, ca: Path, *arguments: str) -> None:
    """Run make-certs.sh."""
    subprocess.run(("sh", str(tls / "make-certs.sh"), "--ca", str(ca), *arguments), check=True, capture_output=True)


class TestTheRemoteApi:
    def test_lets_a_client_in(self, remote: Remote) -> None:
        assert remote.version(remote.issued / "client-admin") == 0

    def test_answers_by_name_too(self, remote: Remote) -> None:
        assert remote.version(remote.issued / "client-admin", host="localhost", local=True) == 0

    def test_refuses_whoever_has_no_certificate(self, remote: Remote) -> None:
        ca = str(remote.issued / "server/ca.pem")
        request = '{ printf \'GET /version HTTP/1.0\\r\\n\\r\\n\'; sleep 2; } | openssl s_client -quiet -CAfile "$1" -connect "$2"'
        done = remote.machine.run(remote.machine.client, "sh", "-c", request, "sh", ca, f"{HOST}:2376")
        assert "alert" in done.stderr
        assert "HTTP/1" not in done.stdout

    def test_refuses_a_servers_certificate(self, remote: Remote) -> None:
        assert remote.version(remote.issued / "server", certificate="server-cert.pem", key="server-key.pem") != 0

    def test_refuses_a_certificate_of_another_ca(self, remote: Remote) -> None:
        folder = remote.machine.folder
        other = folder / "other-tls"
        shutil.copytree(remote.tls, other, ignore=shutil.ignore_patterns("issued"), dirs_exist_ok=True)
        certs(other, folder / "other-ca", "all")
        assert remote.version(other / "issued/client-admin") != 0

    def test_refuses_an_expired_certificate(self, remote: Remote) -> None:
        late = remote.machine.folder / "late"
        if not late.exists():
            late.mkdir()
            make_expired(late, remote.machine.folder / "ca")
        assert remote.version(late) != 0

    def test_passes_the_check(self, remote: Remote) -> None:
        done = remote.machine.run(remote.machine.client, "sh", str(remote.tls / "check-tls.sh"), "api", HOST, "admin")
        assert done.returncode == 0, done.stdout
        assert "refuses whoever has no certificate" in done.stdout

    def test_is_used_through_a_context(self, remote: Remote) -> None:
        script, folder = str(remote.tls / "connect.sh"), str(remote.issued / "client-admin")
        environment = {"HOME": str(remote.machine.folder / "home of a user")}
        Path(environment["HOME"]).mkdir(exist_ok=True)

        def client(*command: str) -> subprocess.CompletedProcess[str]:
            return remote.machine.run(remote.machine.client, "env", "-u", "DOCKER_HOST", *command, environment=environment)

        for _ in range(2):
            assert client("sh", script, folder, "there").returncode == 0
        assert client("docker", "--context", "there", "version").returncode == 0
        assert client("sh", script, "undo", "there").returncode == 0
        assert client("docker", "--context", "there", "version").returncode != 0
        assert client("sh", script, "undo", "there").returncode == 0

    def test_is_used_through_the_environment(self, remote: Remote) -> None:
        script, folder = str(remote.tls / "connect.sh"), str(remote.issued / "client-admin")
        line = remote.machine.run(remote.machine.client, "sh", script, "environment", folder).stdout
        done = remote.machine.run(remote.machine.client, "sh", "-c", f"{line}\ndocker version")
        assert done.returncode == 0, done.stderr

    def test_is_used_by_the_sdk(self, remote: Remote) -> None:
        code = (
            "import sys, docker\n"
            "ca, cert, key = sys.argv[2:]\n"
            "tls = docker.tls.TLSConfig(client_cert=(cert, key), ca_cert=ca, verify=True)\n"
            "print(docker.DockerClient(base_url=sys.argv[1], tls=tls).ping())\n"
        )
        files = [str(remote.issued / "client-admin" / name) for name in ("ca.pem", "cert.pem", "key.pem")]
        done = remote.machine.run(remote.machine.client, sys.executable, "-c", code, f"tcp://{HOST}:2376", *files)
        assert done.stdout.strip() == "True", done.stderr
