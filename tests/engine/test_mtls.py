"""Mutual TLS on a real engine, with Debian's nginx for sidecars: who gets through the pair, and who does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.design.proposal import propose
from batten.design.sections.mtls import Link, MutualTls
from batten.hardening import harden
from batten.model import EvidenceKind
from generators import export
from tests.engine import nginx_image, tls_client
from tests.engine.bench import busybox
from tests.engine.conftest import go_without
from tests.engine.dockerd import Engine, compose_program
from tests.engine.images import INSIDE, make_stand_ins, service_answer, stand_in_command
from wizards.cutting import cut

pytestmark = pytest.mark.engine

NGINX = "batten-test/nginx:1"
STAND_IN = "batten-test/stand-in:1"
LINKS = (Link("api", "db", (80, 5432)), Link("web", "api", (8080,)))
"""A chain, so that one service is called and calls; 80 is a port that only root may open elsewhere."""
PUBLISHED = 15432


def compose_text() -> str:
    """A flat project; every program listens on all addresses."""
    services: dict[str, Any] = {
        "web": {"environment": {"API": "http://api:8080"}},
        "api": {"environment": {"DB": "postgres://db:5432/x", "ADMIN": "http://db"}},
        "report": {"environment": {"DB": "postgres://db:5432/x"}},
        "db": {"ports": [f"127.0.0.1:{PUBLISHED}:5432"]},
    }
    ports = {"web": [80], "api": [8080], "report": [4999], "db": [80, 5432]}
    for name, service in services.items():
        service.update(image=STAND_IN, entrypoint=stand_in_command(name, ports[name]))
        service["entrypoint"][3] = service["entrypoint"][3].replace("$", "$$")
    return json.dumps({"name": "vault", "services": services})


@dataclass
class Vault:
    """The hardened project, running."""

    engine: Engine
    folder: Path
    intruder: str
    """A container that somebody has put on the network where the sidecars meet."""

    def compose(self, *arguments: str) -> str:
        """``docker-compose ARGUMENTS`` in the project's folder."""
        call = (compose_program() or "docker-compose", "-f", str(self.folder / "compose.yaml"), *arguments)
        done = subprocess.run(call, capture_output=True, text=True, env=self.engine.environment, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"docker-compose {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def container(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's container."""
        identity = self.intruder if service == "intruder" else self.compose("ps", "--all", "--quiet", service).strip()
        entry: dict[str, Any] = json.loads(self.engine.docker("inspect", identity))[0]
        return entry

    def address(self, service: str, network: str) -> str:
        """Its address on a network of the project."""
        found: str = self.container(service)["NetworkSettings"]["Networks"][f"vault_{network}"]["IPAddress"]
        return found

    def ask(self, service: str, url: str) -> str:
        """What a program in a container gets, or an empty text."""
        call = ("docker", "exec", self.container(service)["Id"], INSIDE, "timeout", "5", INSIDE, "wget", "-q", "-Y", "off", "-O", "-", url)
        return subprocess.run(call, capture_output=True, text=True, env=self.engine.environment, timeout=30, check=False).stdout.strip()

    def dial(self, service: str, address: str, port: int, identity: str = "") -> str:
        """What a client in a container's network gets at an address: in plain text, without a certificate (``-``), or with one of a folder."""
        pid = self.container(service)["State"]["Pid"]
        call = self.engine.inside(pid, sys.executable, tls_client.__file__, str(self.folder), address, str(port), identity)
        return subprocess.run(call, capture_output=True, text=True, timeout=30, check=True).stdout.strip()

    def certs(self, *arguments: str) -> str:
        """Run the project's own script."""
        call = ("sh", str(self.folder / "mtls/make-certs.sh"), "--ca", str(self.folder.parent / "ca"), "--no-passphrase", *arguments)
        return subprocess.run(call, capture_output=True, text=True, timeout=60, check=True).stdout

    def impostor(self) -> str:
        """A server in the name of the sidecar of ``db``, with the certificate of ``api``; its container's id."""
        config = self.folder.parent / "impostor.conf"
        config.write_text(_IMPOSTOR)
        held = {config: "impostor.conf", **{self.folder / f"mtls/certs/api/{name}": name for name in ("cert.pem", "key.pem")}}
        mounts = [argument for path, name in held.items() for argument in ("--volume", f"{path}:/{name}:ro")]
        where = ("--network", "vault_db-mtls", "--network-alias", "db-mtls", "--user", "101:101")
        return self.engine.docker("run", "--detach", *where, *mounts, "--entrypoint", "nginx", NGINX, "-e", "stderr", "-c", "/impostor.conf").strip()


_IMPOSTOR = """include /etc/nginx/modules-enabled/*.conf;
daemon off; pid /dev/shm/nginx.pid; events { }
stream { server { listen 5432 ssl; ssl_certificate /cert.pem; ssl_certificate_key /key.pem; return impostor; } }
"""


@pytest.fixture(scope="module")
def vault(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """Hardened, certificates made, up."""
    if reason := nginx_image.obstacle():
        go_without(reason)
    folder = tmp_path_factory.mktemp("vault")
    original = folder / "vault" / "compose.yaml"
    original.parent.mkdir()
    original.write_text(compose_text())
    project = load_project([original], environ={})
    proposed = propose(project)
    known = tuple(one for one in proposed.connections if one.evidence[0].kind is not EvidenceKind.ASSUMED)
    design = replace(cut(project, replace(proposed, connections=known)), mtls=MutualTls(LINKS, image=NGINX))
    hardened = harden(project, design, into=folder / "out")
    assert (hardened.refusals, hardened.declined) == ((), ())
    export(hardened)
    engine.docker("import", "-", NGINX, given=nginx_image.archive_of_nginx())
    make_stand_ins(engine, ("web", "api", "report", "db", "intruder"), [STAND_IN])
    running = Vault(engine, folder / "out", "")
    running.certs("all")
    try:
        running.compose("up", "--detach", "--pull", "never")
        running.intruder = engine.docker("run", "--detach", "--network", "vault_db-mtls", "--entrypoint", INSIDE, STAND_IN, "sleep", "1000000").strip()
        wait_for(running)
        yield running
    finally:
        if running.intruder:
            engine.docker("rm", "--force", running.intruder)
        running.compose("down", "--volumes", "--timeout", "0")


def wait_for(vault: Vault) -> None:
    """Until the pair answers; if it never does, the tests say so."""
    eventually(lambda: vault.ask("api", "http://db:5432/"))


def eventually(ask: Callable[[], str]) -> str:
    """The first answer that is not empty, within half a minute."""
    until = time.monotonic() + 30
    while not (answer := ask()) and time.monotonic() < until:
        time.sleep(0.3)
    return answer


class TestThroughThePair:
    @pytest.mark.parametrize(
        ("caller", "url", "answer"),
        [("api", "http://db:5432/", "db"), ("api", "http://db/", "db"), ("web", "http://api:8080/", "api")],
    )
    def test_a_request_by_the_old_name_is_answered(self, vault: Vault, caller: str, url: str, answer: str) -> None:
        assert vault.ask(caller, url) == service_answer(answer)

    def test_what_is_between_the_sidecars_is_tls(self, vault: Vault) -> None:
        assert vault.dial("intruder", vault.address("db-mtls", "db-mtls"), 5432, "mtls/certs/api") == service_answer("db")

    def test_a_caller_without_tls_that_is_needed_still_gets_through(self, vault: Vault) -> None:
        assert vault.ask("report", "http://db:5432/") == service_answer("db")

    def test_the_published_port_still_answers(self, vault: Vault) -> None:
        assert vault.engine.bench is not None
        assert vault.engine.bench.host.run(busybox(), "wget", "-q", "-Y", "off", "-O", "-", f"http://127.0.0.1:{PUBLISHED}/").strip() == service_answer("db")

    @pytest.mark.parametrize("sidecar", ["db-mtls", "api-mtls", "api-to-db-mtls", "web-to-api-mtls"])
    def test_every_sidecar_is_well_by_its_own_test(self, vault: Vault, sidecar: str) -> None:
        entry = vault.container(sidecar)
        test = entry["Config"]["Healthcheck"]["Test"]
        assert test[0] == "CMD-SHELL"
        vault.engine.docker("exec", entry["Id"], "/bin/sh", "-c", test[1])

    @pytest.mark.parametrize("sidecar", ["db-mtls", "api-to-db-mtls"])
    def test_a_sidecar_has_no_privileges(self, vault: Vault, sidecar: str) -> None:
        told = vault.engine.docker("exec", vault.container(sidecar)["Id"], INSIDE, "cat", "/proc/1/status")
        status = dict(line.split(":\t", 1) for line in told.splitlines())
        assert status["Uid"].split() == ["101"] * 4
        assert int(status["CapBnd"], 16) == 0


class TestRefused:
    def test_without_a_certificate(self, vault: Vault) -> None:
        assert vault.dial("intruder", vault.address("db-mtls", "db-mtls"), 5432, "-") == ""

    @pytest.mark.parametrize("identity", ["web", "db"])
    def test_with_the_certificate_of_another_service(self, vault: Vault, identity: str) -> None:
        """``web`` is a client of the same CA, for another service; ``db`` is what it calls itself, a server."""
        assert vault.dial("intruder", vault.address("db-mtls", "db-mtls"), 5432, f"mtls/certs/{identity}") == ""

    def test_with_a_certificate_of_another_ca_in_the_right_name(self, vault: Vault) -> None:
        other = vault.folder.parent / "other-ca"
        call = ("sh", str(vault.folder / "mtls/make-certs.sh"), "--ca", str(other), "--out", str(vault.folder / "forged"), "--no-passphrase", "all")
        subprocess.run(call, check=True, capture_output=True, timeout=60)
        assert vault.dial("intruder", vault.address("db-mtls", "db-mtls"), 5432, "forged/api") == ""

    def test_in_plain_text_at_the_sidecar(self, vault: Vault) -> None:
        assert vault.dial("intruder", vault.address("db-mtls", "db-mtls"), 5432) == ""

    @pytest.mark.parametrize("source", ["api", "web", "intruder", "api-to-db-mtls"])
    def test_in_plain_text_past_the_sidecar(self, vault: Vault, source: str) -> None:
        """The application listens on all addresses: its own sidecar gets it there, nobody else does."""
        address = vault.address("db", "db-private")
        assert vault.dial("db-mtls", address, 5432) == service_answer("db"), "it listens there, or this test shows nothing"
        assert vault.dial(source, address, 5432) == ""

    def test_a_server_that_cannot_prove_its_name_gets_nothing(self, vault: Vault) -> None:
        """The sidecar of ``db`` is gone, and somebody who holds the certificate of ``api`` takes its place and its name."""
        vault.compose("stop", "--timeout", "1", "db-mtls")
        impostor = vault.impostor()
        try:
            address = json.loads(vault.engine.docker("inspect", impostor))[0]["NetworkSettings"]["Networks"]["vault_db-mtls"]["IPAddress"]
            assert eventually(lambda: vault.dial("intruder", address, 5432, "?")) == "impostor", "it answers those who do not ask who it is"
            assert vault.ask("api", "http://db:5432/") == ""
        finally:
            vault.engine.docker("rm", "--force", impostor)
            vault.compose("start", "db-mtls")
            wait_for(vault)


class TestRotation:
    def test_a_renewed_certificate_is_shown_after_a_restart(self, vault: Vault) -> None:
        before = served_serial(vault)
        assert "docker compose restart db-mtls" in vault.certs("renew", "db")
        assert served_serial(vault) == before
        vault.compose("restart", "--timeout", "1", "db-mtls")
        wait_for(vault)
        assert vault.ask("api", "http://db:5432/") == service_answer("db")
        assert served_serial(vault) != before


def served_serial(vault: Vault) -> str:
    """The serial of the certificate that the sidecar of ``db`` shows."""
    pid = vault.container("intruder")["State"]["Pid"]
    client = ("openssl", "s_client", "-connect", f"{vault.address('db-mtls', 'db-mtls')}:5432", "-CAfile", str(vault.folder / "mtls/certs/db/ca.pem"))
    shown = subprocess.run(vault.engine.inside(pid, *client), stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False).stdout
    return subprocess.run(("openssl", "x509", "-noout", "-serial"), input=shown, capture_output=True, timeout=30, check=True).stdout.decode()
