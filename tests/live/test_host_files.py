"""What can be read on the daemon's own host: its command line, its certificates, its files."""

from __future__ import annotations

import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batten.engine.certificates import expiry
from batten.engine.endpoint import Endpoint, Tls
from batten.engine.hostfiles import flags, look


class TestTheCommandLine:
    def test_is_read_as_the_keys_of_daemon_json(self) -> None:
        words = ["-H", "fd://", "--host", "tcp://0.0.0.0:2376", "-H=unix:///x", "--tlsverify", "--tlscert", "/a.pem"]
        assert flags([*words, "--icc=false", "--userland-proxy", "--config-file=/etc/d.json"]) == {
            "hosts": ["fd://", "tcp://0.0.0.0:2376", "unix:///x"],
            "tlsverify": True,
            "tlscert": "/a.pem",
            "icc": False,
            "userland-proxy": True,
            "config-file": "/etc/d.json",
        }

    def test_may_say_nothing(self) -> None:
        assert flags([]) == {}


def certificate(folder: Path, days: int, *options: str) -> Path:
    """A certificate that ends in so many days."""
    command = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x", "-days", str(days), *options)
    subprocess.run((*command, "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")), check=True, capture_output=True)
    return folder / "cert.pem"


class TestCertificates:
    @pytest.mark.parametrize("days", [1, 400, 20000])
    def test_end_when_openssl_says_so(self, tmp_path: Path, days: int) -> None:
        """From 2050 on the year has four digits in it."""
        found = expiry(str(certificate(tmp_path, days)))
        assert found is not None
        assert abs(found - datetime.now(UTC) - timedelta(days=days)) < timedelta(minutes=5)

    def test_that_are_none_say_nothing(self, tmp_path: Path) -> None:
        whole = certificate(tmp_path, 10).read_text()
        begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
        for text in ("", "hello", whole[:200], begin, f"{begin}AAAA\n{end}", f"{begin}MIIB!\n{end}", begin + end):
            (tmp_path / "broken.pem").write_text(text)
            assert expiry(str(tmp_path / "broken.pem")) is None
        assert expiry(str(tmp_path / "missing.pem")) is None


class TestLooking:
    def test_from_afar_finds_only_the_clients_own_files(self, tmp_path: Path) -> None:
        cert = certificate(tmp_path, 20)
        found = look(Endpoint("tcp://far.example:2376", Tls(str(cert), str(cert), str(tmp_path / "key.pem"))), "far")
        assert found.settings is None
        assert {(Path(one.path).name, one.kind, one.ours) for one in found.files} == {("cert.pem", "certificate", True), ("key.pem", "key", True)}
        assert {Path(one.path).name for one in found.certificates} == {"cert.pem"}

    def test_of_another_host_concludes_nothing_from_this_one(self) -> None:
        found = look(Endpoint("unix:///var/run/docker.sock"), f"not-{socket.gethostname()}")
        assert (found.settings, found.files, found.certificates) == (None, (), ())

    def test_behind_a_socket_that_is_no_daemons_concludes_nothing(self, tmp_path: Path) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(tmp_path / "docker.sock"))
            listening.listen()
            found = look(Endpoint(f"unix://{tmp_path}/docker.sock"), socket.gethostname())
        assert found.settings is None
