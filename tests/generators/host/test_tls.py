"""Certificates for the Docker API: made by the script, judged by openssl and by real handshakes."""

from __future__ import annotations

import shutil
import socket
import ssl
import stat
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from batten.errors import DesignError
from generators import host_tls
from tests.generators.host.helping import Ran, design, lint, make_expired, names_below, run, written

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

NAMES = ("localhost", "docker.example.org", "127.0.0.1", "fd00::1")
HOSTILE = ["$(touch pwned)", "`touch pwned`", "a;touch pwned", "-rf", "a b", "a'b", 'a"b', "../up", "", "a\nb", "é", "a" * 200, "a,b", "a/b"]


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """For each kind of key a folder with the scripts and what they made, to be copied."""
    folders = {kind: tmp_path_factory.mktemp(kind) for kind in ("ec", "rsa", "ed25519")}
    for kind, folder in folders.items():
        made(folder, key=kind)
    return folders


@pytest.fixture(params=["ec", "rsa", "ed25519"])
def tls(request: pytest.FixtureRequest, kinds: Mapping[str, Path], tmp_path: Path) -> Path:
    """The scripts for each kind of key, and what they made."""
    return shutil.copytree(kinds[request.param], tmp_path, dirs_exist_ok=True) / "host/tls"


@pytest.fixture
def quick(kinds: Mapping[str, Path], tmp_path: Path) -> Path:
    """The scripts and what they made, with the quickest kind of key."""
    return shutil.copytree(kinds["ec"], tmp_path, dirs_exist_ok=True) / "host/tls"


def scripts(where: Path, **fields: Any) -> Path:
    """The folder ``tls`` for some design."""
    wanted: dict[str, Any] = {"wanted": True, "names": NAMES, "passphrase": False, **fields}
    return written(host_tls.files(design(**wanted)), where / "host") / "tls"


def made(where: Path, **fields: Any) -> Path:
    """The same with a CA in ``where/ca`` and everything issued."""
    tls = scripts(where, **fields)
    result = certs(tls, "all")
    assert result.code == 0, result.err
    return tls


def certs(tls: Path, *arguments: object) -> Ran:
    """Run make-certs.sh with the CA that belongs to a test."""
    return run(tls / "make-certs.sh", "--ca", tls.parent.parent / "ca", *arguments)


def openssl(*arguments: object) -> str:
    """What openssl prints."""
    return subprocess.run(("openssl", *map(str, arguments)), capture_output=True, text=True, check=True).stdout


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


class TestWhatIsMade:
    def test_is_a_ca_a_server_and_the_clients(self, tls: Path) -> None:
        issued = {"server/ca.pem", "server/server-cert.pem", "server/server-key.pem", "client-admin/ca.pem", "client-admin/cert.pem", "client-admin/key.pem"}
        assert names_below(tls / "issued") == issued
        assert names_below(tls.parent.parent / "ca") == {"ca.pem", "ca-key.pem", "issued.txt"}

    def test_verifies_for_its_purpose_and_for_no_other(self, tls: Path) -> None:
        ca, issued = tls.parent.parent / "ca/ca.pem", tls / "issued"
        for certificate, purpose, other in (("server/server-cert.pem", "sslserver", "sslclient"), ("client-admin/cert.pem", "sslclient", "sslserver")):
            assert openssl("verify", "-x509_strict", "-CAfile", ca, "-purpose", purpose, issued / certificate).endswith("OK\n")
            with pytest.raises(subprocess.CalledProcessError):
                openssl("verify", "-CAfile", ca, "-purpose", other, issued / certificate)

    def test_keeps_keys_for_their_owner(self, tls: Path) -> None:
        for key in (*(tls / "issued").rglob("*key.pem"), tls.parent.parent / "ca/ca-key.pem"):
            assert mode(key) == 0o400
        for certificate in (tls / "issued").rglob("*cert.pem"):
            assert mode(certificate) == 0o444
        for folder in (tls / "issued", tls / "issued/server", tls.parent.parent / "ca"):
            assert mode(folder) == 0o700

    @pytest.mark.parametrize(("kind", "words"), [("ec", "ASN1 OID: prime256v1"), ("rsa", "Public-Key: (4096 bit)"), ("ed25519", "ED25519 Public-Key")])
    def test_has_the_kind_of_key_that_was_asked_for(self, kinds: Mapping[str, Path], kind: str, words: str) -> None:
        for certificate in ("ca/ca.pem", "host/tls/issued/server/server-cert.pem"):
            assert words in openssl("x509", "-in", kinds[kind] / certificate, "-noout", "-text")

    def test_names_every_name_and_address(self, quick: Path) -> None:
        text = openssl("x509", "-in", quick / "issued/server/server-cert.pem", "-noout", "-ext", "subjectAltName")
        for name in ("DNS:localhost", "DNS:docker.example.org", "IP Address:127.0.0.1", "IP Address:FD00:0:0:0:0:0:0:1"):
            assert name in text

    def test_passes_its_own_check(self, tls: Path) -> None:
        result = run(tls / "check-tls.sh", "files")
        assert result.code == 0, result.out
        assert "WRONG" not in result.out
        assert "valid for fd00::1" in result.out

    def test_cannot_sign_another_ca(self, quick: Path) -> None:
        text = openssl("x509", "-in", quick.parent.parent / "ca/ca.pem", "-noout", "-ext", "basicConstraints,keyUsage")
        assert "CA:TRUE, pathlen:0" in text
        assert "Certificate Sign, CRL Sign" in text


class Server:
    """A TLS server on loopback that asks for a client certificate, as dockerd does with tlsverify."""

    def __init__(self, folder: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server-cert.pem", folder / "server-key.pem")
        context.load_verify_locations(folder / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self.socket.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")
            except OSError:
                plain.close()


def ask(port: int, ca: Path, name: str, certificate: Path | None = None, key: Path | None = None) -> bytes:
    """What a server says to a ping; raises OSError where it or the client refuses."""
    context = ssl.create_default_context(cafile=ca)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain, context.wrap_socket(plain, server_hostname=name) as connection:
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        answer = connection.recv(1000)
        if not answer:
            raise ConnectionResetError("closed without an answer")
        return answer


class TestAHandshake:
    @pytest.mark.parametrize("name", ["localhost", "docker.example.org", "127.0.0.1"])
    def test_works_by_name_and_by_address(self, tls: Path, name: str) -> None:
        client = tls / "issued/client-admin"
        port = Server(tls / "issued/server").port
        assert b"200 OK" in ask(port, client / "ca.pem", name, client / "cert.pem", client / "key.pem")

    def test_fails_for_a_name_that_is_not_in_the_certificate(self, quick: Path) -> None:
        client = quick / "issued/client-admin"
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(Server(quick / "issued/server").port, client / "ca.pem", "other.example.org", client / "cert.pem", client / "key.pem")

    def test_fails_without_a_certificate(self, quick: Path) -> None:
        with pytest.raises(OSError):
            ask(Server(quick / "issued/server").port, quick / "issued/server/ca.pem", "localhost")

    def test_fails_with_the_servers_own_certificate(self, quick: Path) -> None:
        server = quick / "issued/server"
        with pytest.raises(OSError):
            ask(Server(server).port, server / "ca.pem", "localhost", server / "server-cert.pem", server / "server-key.pem")

    def test_fails_with_a_certificate_of_another_ca(self, quick: Path, tmp_path: Path) -> None:
        other = made(tmp_path / "other") / "issued/client-admin"
        with pytest.raises(OSError):
            ask(Server(quick / "issued/server").port, quick / "issued/server/ca.pem", "localhost", other / "cert.pem", other / "key.pem")

    def test_fails_with_an_expired_certificate(self, quick: Path, tmp_path: Path) -> None:
        late = tmp_path / "late"
        late.mkdir()
        make_expired(late, tmp_path / "ca")
        with pytest.raises(OSError):
            ask(Server(quick / "issued/server").port, quick / "issued/server/ca.pem", "localhost", late / "cert.pem", late / "key.pem")


class TestRunningItAgain:
    def test_changes_nothing(self, quick: Path) -> None:
        before = {path: path.read_bytes() for path in quick.parent.parent.rglob("*.pem")}
        assert certs(quick, "all").code == 0
        assert {path: path.read_bytes() for path in quick.parent.parent.rglob("*.pem")} == before

    def test_never_overwrites_a_ca(self, quick: Path) -> None:
        before = (quick.parent.parent / "ca/ca-key.pem").read_bytes()
        result = certs(quick, "ca")
        assert result.code == 1
        assert "never overwritten" in result.err
        assert (quick.parent.parent / "ca/ca-key.pem").read_bytes() == before

    def test_renews_one_and_keeps_the_rest(self, quick: Path) -> None:
        issued = quick / "issued"
        before = {path: path.read_bytes() for path in quick.parent.parent.rglob("*.pem")}
        assert certs(quick, "renew", "server").code == 0
        changed = {path for path, content in before.items() if path.read_bytes() != content}
        assert changed == {issued / "server/server-cert.pem", issued / "server/server-key.pem"}
        assert (issued / "server.previous/server-cert.pem").read_bytes() == before[issued / "server/server-cert.pem"]
        assert run(quick / "check-tls.sh", "files").code == 0

    def test_takes_a_renewal_back(self, quick: Path) -> None:
        before = (quick / "issued/server/server-cert.pem").read_bytes()
        certs(quick, "renew", "server")
        assert certs(quick, "undo", "server").code == 0
        assert (quick / "issued/server/server-cert.pem").read_bytes() == before
        assert not (quick / "issued/server.previous").exists()

    def test_makes_one_more_client_and_touches_nothing_else(self, quick: Path) -> None:
        before = {path: path.read_bytes() for path in quick.parent.parent.rglob("*.pem")}
        assert certs(quick, "client", "ci.runner-2").code == 0
        after = {path: path.read_bytes() for path in quick.parent.parent.rglob("*.pem")}
        assert {path.name for path in after.keys() - before.keys()} == {"ca.pem", "cert.pem", "key.pem"}
        assert {path: after[path] for path in before} == before
        assert "subject=CN = ci.runner-2" in openssl("x509", "-in", quick / "issued/client-ci.runner-2/cert.pem", "-noout", "-subject")

    def test_gives_every_certificate_a_number_of_its_own(self, quick: Path) -> None:
        certs(quick, "renew", "client", "admin")
        lines = certs(quick, "list").out.splitlines()
        assert len({line.split()[0] for line in lines}) == len(lines) == 3

    def test_undoes_all_but_the_ca(self, quick: Path) -> None:
        assert certs(quick, "undo", "all").code == 0
        assert not (quick / "issued").exists()
        assert (quick.parent.parent / "ca/ca-key.pem").exists()
        assert certs(quick, "undo", "all").code == 0


class TestADryRun:
    @pytest.mark.parametrize("command", [("all",), ("ca",), ("renew", "server"), ("client", "one")])
    def test_makes_nothing(self, tmp_path: Path, command: tuple[str, ...]) -> None:
        tls = scripts(tmp_path)
        before = sorted(tmp_path.rglob("*"))
        result = certs(tls, "--dry-run", *command)
        assert result.code == 0, result.err
        assert "would make" in result.out
        assert sorted(tmp_path.rglob("*")) == before

    def test_removes_nothing(self, quick: Path) -> None:
        before = sorted(quick.rglob("*"))
        assert "would run: rm" in certs(quick, "--dry-run", "undo", "all").out
        assert sorted(quick.rglob("*")) == before


class TestThePassphrase:
    def test_closes_the_ca(self, tmp_path: Path) -> None:
        tls = scripts(tmp_path, passphrase=True)
        (tmp_path / "phrase").write_text("correct horse\n")
        assert certs(tls, "--passphrase-file", tmp_path / "phrase", "all").code == 0
        assert "ENCRYPTED PRIVATE KEY" in (tmp_path / "ca/ca-key.pem").read_text()
        assert "ENCRYPTED" not in (tls / "issued/server/server-key.pem").read_text()

    def test_that_is_wrong_issues_nothing(self, tmp_path: Path) -> None:
        tls = scripts(tmp_path, passphrase=True)
        for phrase in ("right one", "wrong one"):
            (tmp_path / phrase).write_text(f"{phrase}\n")
        certs(tls, "--passphrase-file", tmp_path / "right one", "ca")
        assert certs(tls, "--passphrase-file", tmp_path / "wrong one", "server").code != 0
        assert list((tls / "issued").iterdir()) == []


class TestWhereTheCaMayBe:
    @pytest.mark.parametrize("mark", ["compose.yaml", "docker-compose.yml", ".git"])
    def test_is_not_inside_a_project(self, tmp_path: Path, mark: str) -> None:
        tls = scripts(tmp_path / "elsewhere")
        project = tmp_path / "shop"
        (project / "deep/er").mkdir(parents=True)
        (project / mark).touch()
        result = run(tls / "make-certs.sh", "--ca", project / "deep/er/ca", "all")
        assert result.code == 1
        assert "inside a project" in result.err
        assert names_below(project) == {mark}

    def test_must_be_said_where_nobody_can_be_asked(self, tmp_path: Path) -> None:
        result = run(scripts(tmp_path) / "make-certs.sh", "all")
        assert result.code == 1
        assert "--ca" in result.err

    @pytest.mark.parametrize("name", ["a b", "it's", '$(touch pwned) `touch pwned` "', "-x", "Ünïcode", "a;b|c&d"])
    def test_can_have_any_name(self, tmp_path: Path, name: str) -> None:
        tls = scripts(tmp_path)
        result = run(tls / "make-certs.sh", "--ca", tmp_path / name, "--out", tmp_path / f"{name} out", "all")
        assert result.code == 0, result.err
        assert (tmp_path / name / "ca.pem").exists()
        assert (tmp_path / f"{name} out/server/server-cert.pem").exists()
        assert not [path for path in tmp_path.rglob("pwned")]


class TestHostileNames:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_of_clients_are_refused(self, quick: Path, name: str) -> None:
        before = names_below(quick.parent.parent)
        result = certs(quick, "client", name)
        assert result.code == 1
        assert "a client's name" in result.err
        assert names_below(quick.parent.parent) == before

    def test_of_the_daemons_folder_are_quoted(self, tmp_path: Path) -> None:
        tls = scripts(tmp_path, folder="/etc/it's $(touch pwned)")
        assert "install -d -m 0755 '/etc/it'\"'\"'s $(touch pwned)'\n" in (tls / "README.md").read_text()


class TestTheCheck:
    def test_sees_a_key_that_others_can_read(self, quick: Path) -> None:
        (quick / "issued/client-admin/key.pem").chmod(0o644)
        result = run(quick / "check-tls.sh", "files")
        assert (result.code, result.out.count("WRONG")) == (1, 1)

    def test_sees_a_certificate_that_ends_soon(self, tmp_path: Path) -> None:
        result = run(made(tmp_path, client_days=10) / "check-tls.sh", "files")
        assert result.code == 1
        assert "WRONG not so: the certificate lasts for another 14 days" in result.out

    def test_sees_a_foreign_certificate(self, quick: Path, tmp_path: Path) -> None:
        other = made(tmp_path / "other") / "issued/client-admin"
        target = quick / "issued/client-admin/cert.pem"
        target.unlink()
        shutil.copy(other / "cert.pem", target)
        assert run(quick / "check-tls.sh", "files").out.count("WRONG") == 2

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
    def test_asks_the_api_itself(self, tmp_path: Path, host: str) -> None:
        first = made(tmp_path)
        server = Server(first / "issued/server")
        tls = scripts(tmp_path, port=server.port)
        result = run(tls / "check-tls.sh", "api", host, "admin")
        assert result.code == 0, result.out
        assert "lets admin in" in result.out
        assert "refuses whoever has no certificate" in result.out

    def test_sees_an_api_that_asks_for_no_certificate(self, tmp_path: Path) -> None:
        server = Server(made(tmp_path) / "issued/server")
        server.context.verify_mode = ssl.CERT_NONE
        result = run(scripts(tmp_path, port=server.port) / "check-tls.sh", "api", "localhost", "admin")
        assert result.code == 1
        assert "ANSWERS WITHOUT A CERTIFICATE" in result.out


class TestTheScripts:
    @pytest.mark.parametrize("names", [NAMES, ("docker.example.org",), ("192.0.2.1",), ("*.example.org",)])
    @pytest.mark.parametrize("passphrase", [True, False])
    def test_please_shellcheck(self, tmp_path: Path, names: tuple[str, ...], passphrase: bool) -> None:
        tls = scripts(tmp_path, names=names, passphrase=passphrase)
        assert lint(sorted(tls.glob("*.sh"))) == ""

    def test_work_with_one_name_alone(self, tmp_path: Path) -> None:
        for number, names in enumerate((("docker.example.org",), ("192.0.2.1",))):
            tls = made(tmp_path / str(number), names=names)
            assert run(tls / "check-tls.sh", "files").code == 0

    def test_are_not_made_where_nobody_wants_them(self) -> None:
        assert host_tls.files(design(wanted=False)) == ()

    @pytest.mark.parametrize("fields", [{"names": ()}, {"clients": ()}])
    def test_need_a_name_and_a_client(self, fields: dict[str, Any]) -> None:
        with pytest.raises(DesignError):
            host_tls.files(design(**{"wanted": True, "names": NAMES, **fields}))
