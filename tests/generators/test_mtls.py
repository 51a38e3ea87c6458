"""``mtls/`` as its consumers see it: nginx, openssl, the shell, Docker Compose and Docker."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.mtls import ENVOY, Link, MutualTls
from batten.hardening import Hardening, harden
from batten.model import Project, Risk
from bench.stacks import StackReader, verdict
from generators import export, mtls
from tests.engine.dockerd import compose_program
from tests.generators.host.helping import Ran, lint, names_below, run
from tests.support import project_of

SHOP = """
name: shop
services:
  web:
    image: example.org/web
    ports: ["8080:80"]
    environment: {API: "http://api:8000"}
  api:
    image: example.org/api
    profiles: [full]
    environment: {DATABASE_URL: "postgres://db/x"}
  admin_UI.2:
    image: example.org/admin
    environment: {DATABASE_URL: "postgres://db/x"}
  db:
    image: postgres:16
    networks: {default: {aliases: [store]}}
    environment: {POSTGRES_PASSWORD: swordfish-9917}
"""
LINKS = (Link("api", "db", (5432, 6432)), Link("admin_UI.2", "db", (5432,)), Link("web", "api", (8000,)))
MUTUAL = MutualTls(LINKS)


def chosen(project: Project, mutual: MutualTls = MUTUAL) -> Design:
    """The proposed design with these links, and without the connections that are merely assumed."""
    design = propose(project)
    known = tuple(one for one in design.connections if one.evidence[0].kind.value != "assumed")
    return replace(design, connections=known, mtls=mutual)


def hardened(tmp_path: Path, mutual: MutualTls = MUTUAL, kind: str = "compose") -> Hardening:
    """The shop, hardened into a folder of its own."""
    project = project_of(SHOP, tmp_path)
    design = chosen(project, mutual)
    return harden(project, replace(design, target=design.target.towards(kind)), into=tmp_path / "out")


def needs(program: str) -> None:
    """Skip, or fail where everything has to be there."""
    if shutil.which(program) is None:
        if os.environ.get("BATTEN_ENGINE_REQUIRED") == "1":
            pytest.fail(f"{program} is not installed")
        pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exported shop in ``out`` and its certificates made."""
    folder = tmp_path_factory.mktemp("mtls")
    export(hardened(folder))
    assert certs(folder, "all").code == 0
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return shutil.copytree(made, tmp_path, dirs_exist_ok=True)


def certs(folder: Path, *arguments: object) -> Ran:
    """Run make-certs.sh with a CA beside the export."""
    needs("openssl")
    return run(folder / "out/mtls/make-certs.sh", "--ca", folder / "ca", "--no-passphrase", *arguments)


def openssl(*arguments: object) -> str:
    """What openssl prints."""
    return subprocess.run(("openssl", *map(str, arguments)), capture_output=True, text=True, check=True).stdout


def mode(path: Path) -> int:
    """Permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


class TestFiles:
    def test_a_configuration_for_each_sidecar_a_script_and_a_page(self, tmp_path: Path) -> None:
        paths = {file.path: file.mode for file in mtls.files(hardened(tmp_path))}
        names = ("db-mtls", "api-mtls", "api-to-db-mtls", "admin_UI.2-to-db-mtls", "web-to-api-mtls")
        assert paths == {**{f"mtls/nginx/{name}.conf": 0o644 for name in names}, "mtls/make-certs.sh": 0o755, "mtls/README.md": 0o644}

    def test_nothing_without_links(self, tmp_path: Path) -> None:
        assert list(mtls.files(hardened(tmp_path, MutualTls()))) == []

    def test_nothing_where_it_was_declined(self, tmp_path: Path) -> None:
        project = project_of(SHOP, tmp_path)
        declined = harden(project, chosen(project), accept=Risk.SAFE, into=tmp_path / "out")
        assert any(change.id.startswith("mtls.") for change in declined.declined)
        assert list(mtls.files(declined)) == []

    def test_the_page_says_what_is_not_protected(self, tmp_path: Path) -> None:
        page = next(file for file in mtls.files(hardened(tmp_path, MutualTls(LINKS[:1]))) if file.path.endswith("README.md")).content.decode()
        assert "`admin_UI.2` still meets `db` in plain text" in page
        assert "`api` still meets" not in page

    def test_a_published_port_is_said_to_be_plain(self, tmp_path: Path) -> None:
        project = project_of(SHOP.replace("    networks: {default", '    ports: ["5432:5432"]\n    networks: {default'), tmp_path)
        made = harden(project, chosen(project), into=tmp_path / "out")
        page = next(file for file in mtls.files(made) if file.path.endswith("README.md")).content.decode()
        assert "`db` has a published port" in page
        assert not set(made.after.services["db"].networks) & set(made.after.services["api"].networks)
        assert any(not made.after.networks[name].internal for name in made.after.services["db"].networks)


class TestNginx:
    def test_accepts_every_configuration(self, made: Path) -> None:
        needs("nginx")
        configurations = sorted((made / "out/mtls/nginx").glob("*.conf"))
        assert len(configurations) == 5
        for path in configurations:
            text = path.read_text().replace("/dev/shm/nginx.pid", str(made / "pid"))
            for service in ("db", "api", "admin_UI.2", "web"):
                for part in ("ca", "cert", "key"):
                    text = text.replace(f"/run/secrets/mtls_{service}_{part};", f'"{made}/out/mtls/certs/{service}/{part}.pem";')
            assert "/run/secrets" not in text
            (made / "nginx.conf").write_text(text)
            done = subprocess.run(("nginx", "-t", "-e", "stderr", "-c", str(made / "nginx.conf")), capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{path.name}: {done.stderr}"
            assert "[warn]" not in done.stderr

    def test_only_who_may_use_a_port_is_named_there(self, made: Path) -> None:
        text = (made / "out/mtls/nginx/db-mtls.conf").read_text()
        first, second = text.split("map $ssl_client_s_dn ")[1:]
        assert '"CN=api" db-plain:5432;' in first and '"CN=admin_UI.2" db-plain:5432;' in first
        assert '"CN=api" db-plain:6432;' in second and "admin_UI" not in second
        assert text.count('default "";') == 2


class TestCertificates:
    def test_fit_their_part_and_no_other(self, made: Path) -> None:
        issued = made / "out/mtls/certs"
        parts = {"db": ("sslserver",), "web": ("sslclient",), "admin_UI.2": ("sslclient",), "api": ("sslserver", "sslclient")}
        for service, purposes in parts.items():
            for purpose in ("sslserver", "sslclient"):
                done = subprocess.run(
                    ("openssl", "verify", "-x509_strict", "-CAfile", str(made / "ca/ca.pem"), "-purpose", purpose, str(issued / service / "cert.pem")),
                    capture_output=True, check=False,
                )  # fmt: skip
                assert (done.returncode == 0) is (purpose in purposes), f"{service} as {purpose}"

    def test_bear_the_name_of_their_service_alone(self, made: Path) -> None:
        for service in ("db", "admin_UI.2"):
            path = made / "out/mtls/certs" / service / "cert.pem"
            assert openssl("x509", "-in", path, "-noout", "-ext", "subjectAltName").split("\n")[1].strip() == f"DNS:{service}"
            assert openssl("x509", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253").strip() == f"subject=CN={service}"
            assert "does match" in openssl("x509", "-in", path, "-noout", "-checkhost", service)

    def test_keep_strangers_out_by_their_folder(self, made: Path) -> None:
        assert mode(made / "out/mtls/certs") == 0o700
        assert {mode(path) for path in (made / "out/mtls/certs").rglob("*.pem")} == {0o444}
        assert mode(made / "ca/ca-key.pem") == 0o400
        assert mode(made / "ca") == 0o700

    def test_are_where_the_compose_file_looks_for_them(self, made: Path) -> None:
        project = load_project([made / "out/compose.yaml"], environ={})
        files = {source.file for name, source in project.secrets.items() if name.startswith("mtls_")}
        assert len(files) == 12
        assert all(Path(file).is_file() for file in files)


class TestTheScript:
    def test_is_clean(self, made: Path) -> None:
        assert lint([made / "out/mtls/make-certs.sh"]) == ""

    def test_makes_only_what_is_missing(self, shop: Path) -> None:
        before = {path: path.read_bytes() for path in shop.rglob("*.pem")}
        shutil.rmtree(shop / "out/mtls/certs/web")
        done = certs(shop, "all")
        assert done.code == 0, done.err
        assert {path for path in before if path.read_bytes() != before[path]} == {shop / "out/mtls/certs/web/cert.pem", shop / "out/mtls/certs/web/key.pem"}

    def test_never_overwrites_a_ca(self, shop: Path) -> None:
        done = certs(shop, "ca")
        assert done.code == 1
        assert "never overwritten" in done.err

    def test_keeps_the_ca_out_of_the_project(self, shop: Path) -> None:
        done = run(shop / "out/mtls/make-certs.sh", "--ca", shop / "out/mtls/ca", "all")
        assert done.code == 1
        assert "inside a project" in done.err

    def test_tells_first_what_it_would_make(self, tmp_path: Path) -> None:
        export(hardened(tmp_path))
        before = names_below(tmp_path)
        for command in (("all",), ("renew", "all"), ("undo", "all")):
            done = certs(tmp_path, "--dry-run", *command)
            assert done.code == 0, done.err
        assert "would make a certificate for api (both)" in certs(tmp_path, "--dry-run", "all").out
        assert names_below(tmp_path) == before

    def test_renews_one_and_takes_it_back(self, shop: Path) -> None:
        issued = shop / "out/mtls/certs"
        before = {path: path.read_bytes() for path in issued.rglob("*.pem")}
        done = certs(shop, "renew", "api")
        assert done.code == 0, done.err
        assert "docker compose restart api-mtls api-to-db-mtls" in done.out
        assert {path.parent.name for path in before if path.read_bytes() != before[path]} == {"api"}
        assert openssl("verify", "-CAfile", shop / "ca/ca.pem", issued / "api/cert.pem").endswith("OK\n")
        assert certs(shop, "undo", "api").code == 0
        assert {path for path in before if path.read_bytes() != before[path]} == set()

    def test_renews_what_ends_soon(self, shop: Path) -> None:
        assert "no certificate ends" in certs(shop, "renew", "due").out
        assert certs(shop, "--days", 5, "renew", "web").code == 0
        assert certs(shop, "status").code == 1
        done = certs(shop, "renew", "due", 30)
        assert "certs/web" in done.out and "certs/db" not in done.out
        assert certs(shop, "status").code == 0

    def test_status_finds_what_is_missing_and_what_is_not_of_this_ca(self, shop: Path) -> None:
        shutil.rmtree(shop / "out/mtls/certs/web")
        other = run(shop / "out/mtls/make-certs.sh", "--ca", shop / "other", "--out", shop / "strange", "--no-passphrase", "all")
        assert other.code == 0, other.err
        shutil.copy(shop / "strange/db/cert.pem", shop / "cert.pem")
        os.replace(shop / "cert.pem", shop / "out/mtls/certs/db/cert.pem")
        done = certs(shop, "status")
        assert done.code == 1
        assert "web: missing" in done.out and "db: WRONG" in done.out and "api: good until" in done.out

    def test_a_passphrase_is_asked_for_or_read_from_a_file(self, tmp_path: Path) -> None:
        needs("openssl")
        export(hardened(tmp_path))
        (tmp_path / "words").write_text("correct horse\n")
        script = tmp_path / "out/mtls/make-certs.sh"
        done = run(script, "--ca", tmp_path / "ca", "--passphrase-file", tmp_path / "words", "all")
        assert done.code == 0, done.err
        assert "ENCRYPTED" in (tmp_path / "ca/ca-key.pem").read_text()

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("renew", "store"), "no service store"),
            (("renew", "$(touch pwned)"), "no service"),
            (("renew", "../ca"), "no service"),
            (("undo", "-rf"), "no service"),
            (("renew",), "renew what?"),
            (("renew", "due", "x"), "not a number of days"),
            (("--days", "0", "all"), "not a number of days"),
            (("--days", "999999", "all"), "not a number of days"),
            (("--days", "9999", "renew", "db"), "ends before"),
            (("--what", "all"), "no option --what"),
        ],
    )
    def test_refuses_what_it_cannot_do(self, shop: Path, arguments: tuple[str, ...], complaint: str) -> None:
        before = names_below(shop)
        done = certs(shop, *arguments)
        assert done.code == 1
        assert complaint in done.err
        assert names_below(shop) == before

    def test_works_in_a_folder_with_a_strange_name(self, made: Path, tmp_path: Path) -> None:
        folder = tmp_path / "a b; $(touch pwned) 'é'"
        shutil.copytree(made, folder)
        assert certs(folder, "renew", "all").code == 0
        assert not list(tmp_path.rglob("pwned"))


class TestCompose:
    def test_accepts_what_is_written(self, made: Path) -> None:
        program = compose_program()
        if program is None:
            needs("docker-compose")
        call = (program or "", "-f", str(made / "out/compose.yaml"), "--profile", "*", "config", "--format", "json")
        told = json.loads(subprocess.run(call, capture_output=True, text=True, check=True).stdout)
        sidecar = told["services"]["api-to-db-mtls"]
        assert sidecar["networks"]["api-private"]["aliases"] == ["db", "store"]
        assert sidecar["profiles"] == ["full"]
        assert "profiles" not in told["services"]["db-mtls"]

    def test_twice_changes_nothing(self, made: Path) -> None:
        again = load_project([made / "out/compose.yaml"], environ={})
        design = chosen(load_project([made / "shop/compose.yaml"], environ={}))
        assert harden(again, design).changes == ()

    def test_another_connection_later_leaves_the_others_alone(self, tmp_path: Path) -> None:
        export(hardened(tmp_path, MutualTls(LINKS[:1])))
        first = load_project([tmp_path / "out/compose.yaml"], environ={})
        design = chosen(load_project([tmp_path / "shop/compose.yaml"], environ={}), MutualTls(LINKS[:2]))
        done = harden(first, design)
        new = done.after.services.keys() - first.services.keys()
        assert new == {"admin_UI.2-to-db-mtls"}
        assert not set(done.after.services["db"].networks) & set(done.after.services["admin_UI.2"].networks)


class TestStack:
    def test_docker_accepts_the_stack_file_and_every_loss_is_listed(self, tmp_path: Path) -> None:
        needs("docker")
        assert verdict(hardened(tmp_path, kind="stack"), tmp_path / "out", StackReader()) == ""

    def test_the_leg_without_tls_is_encrypted_between_nodes(self, tmp_path: Path) -> None:
        stack = hardened(tmp_path, kind="stack").stack
        assert stack is not None
        encrypted = {name for name, network in stack.model["networks"].items() if "encrypted" in network.get("driver_opts", {})}
        assert encrypted == {"db-private", "api-private", "admin_UI.2-private", "web-private"}


class TestEnvoy:
    def test_asks_for_the_names_of_those_who_may_call(self, tmp_path: Path) -> None:
        files = {file.path: file.content.decode() for file in mtls.files(hardened(tmp_path, MutualTls(LINKS, ENVOY)))}
        inbound = json.loads(files["mtls/envoy/db-mtls.yaml"])["static_resources"]["listeners"]
        names = [[one["matcher"]["exact"] for one in _context(chain)["validation_context"]["match_typed_subject_alt_names"]] for chain in inbound]
        assert names == [["api", "admin_UI.2"], ["api"]]
        assert all(listener["filter_chains"][0]["transport_socket"]["typed_config"]["require_client_certificate"] for listener in inbound)
        (cluster,) = json.loads(files["mtls/envoy/web-to-api-mtls.yaml"])["static_resources"]["clusters"]
        told = cluster["transport_socket"]["typed_config"]
        assert (told["sni"], told["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"][0]["matcher"]["exact"]) == ("api", "api")

    def test_is_said_to_be_unverified(self, tmp_path: Path) -> None:
        page = next(file for file in mtls.files(hardened(tmp_path, MutualTls(LINKS, ENVOY))) if file.path.endswith("README.md")).content.decode()
        assert "No Envoy was there to load them" in page


def _context(listener: Any) -> Any:
    """What a listener asks of the other side."""
    return listener["filter_chains"][0]["transport_socket"]["typed_config"]["common_tls_context"]
