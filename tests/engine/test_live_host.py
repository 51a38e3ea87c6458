"""Ways to a real engine (socket, TLS, ssh), its daemon as a subject of review, and a swarm as its manager sees it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from batten.design.host import propose
from batten.design.host_existing import read_existing
from generators.host_merging import merged
from tests.cli.calling import ROOT
from tests.engine.bench import Space
from tests.engine.hosting import HOST, IMAGE, Machine
from tests.engine.ways import by_ssh
from tui.hosting import hear

pytestmark = pytest.mark.engine

SLEEP = ("/bin/busybox", "sleep", "100000")
MANAGER, WORKER = "10.97.0.1", "10.97.0.2"
STACK = """
version: "3.8"
services:
  web:
    image: stand-in:1
    command: ["/bin/busybox", "sleep", "100000"]
    environment: {DB_PASSWORD: halyard-4711}
    ports: ["8080:80"]
    networks: [front]
    deploy: {replicas: 2, labels: {tier: edge}, resources: {limits: {memory: 64M}}}
  db:
    image: stand-in:1
    command: ["/bin/busybox", "sleep", "100000"]
    networks: [front, back]
    secrets: [db_password]
    configs: [{source: settings, target: /etc/settings.conf}]
    volumes: ["data:/var/lib/data", "/etc:/host"]
    cap_add: [NET_ADMIN]
    deploy: {endpoint_mode: dnsrr, placement: {constraints: [node.role == manager]}}
networks:
  front: {driver: overlay, attachable: true}
  back: {driver: overlay, driver_opts: {encrypted: ""}, internal: true}
volumes: {data: {}}
secrets: {db_password: {file: ./password}}
configs: {settings: {file: ./settings}}
"""


def batten(machine: Machine, *arguments: object, space: Space | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A call of batten on the host, or on another machine."""
    env = {"PYTHONPATH": str(ROOT), **environment}
    return machine.run(space or machine.host, sys.executable, "-m", "batten", *map(str, arguments), environment=env)


def projects(done: subprocess.CompletedProcess[str]) -> dict[str, list[dict[str, Any]]]:
    """The findings of a review by project."""
    assert done.returncode == 0, done.stderr
    return {project["name"].split()[0]: project["findings"] for project in json.loads(done.stdout)["projects"]}


def review(machine: Machine, *arguments: object, space: Space | None = None, **environment: str) -> dict[str, list[dict[str, Any]]]:
    """The findings of a live review by project; those about the engine under ``engine``."""
    return projects(batten(machine, "review", "--live", "--format", "json", "--fail-on", "never", *arguments, space=space, **environment))


class TestTheDaemon:
    def test_is_told_by_its_settings(self, machine: Machine) -> None:
        address = {"hosts": [machine.socket, "tcp://127.0.0.1:2375"], "tls": False}
        machine.start({"insecure-registries": ["registry.example.org:5000"], "experimental": True, **address})
        found = {finding["rule"]: finding for finding in review(machine)["engine"]}
        usual = {"daemon-icc", "daemon-live-restore", "daemon-new-privileges", "daemon-userland-proxy", "daemon-user-namespaces", "daemon-authorization"}
        assert usual | {"daemon-tcp", "daemon-insecure-registry", "daemon-experimental"} <= set(found)
        assert "127.0.0.1:2375 in clear" in found["daemon-tcp"]["title"]
        assert "registry.example.org:5000" in found["daemon-insecure-registry"]["title"]
        assert found["daemon-userland-proxy"]["location"] == {"kind": "file", "file": str(machine.folder / "daemon.json"), "line": 1, "column": 1}
        far = review(machine, DOCKER_HOST="tcp://127.0.0.1:2375")["engine"]
        assert {"daemon-tcp", "daemon-insecure-registry", "daemon-icc"} <= {finding["rule"] for finding in far}
        assert "daemon-userland-proxy" not in {finding["rule"] for finding in far}, "daemon.json cannot be read from afar"

    def test_is_quiet_about_what_batten_host_writes(self, machine: Machine) -> None:
        settings = merged(propose(), read_existing(json.dumps({"hosts": [machine.socket]}).encode(), "daemon.json")).entries
        address = {"hosts": [machine.socket, "tcp://127.0.0.1:2375"], "tls": False}
        machine.start({**settings, "userland-proxy": False, **address})
        wanted = {"daemon-icc", "daemon-live-restore", "daemon-new-privileges", "daemon-userland-proxy", "daemon-iptables"}
        assert not wanted & {finding["rule"] for finding in review(machine)["engine"]}
        assert not wanted & {finding["rule"] for finding in review(machine, DOCKER_HOST="tcp://127.0.0.1:2375")["engine"]}

    def test_is_heard_at_the_hosts_door(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        machine.start({"hosts": [machine.socket], "experimental": True})
        monkeypatch.setenv("DOCKER_HOST", machine.socket)
        heard = hear()
        assert (heard.silence, bool(heard.name)) == ("", True)
        assert {"daemon-experimental", "daemon-icc"} <= {finding.rule for finding in heard.findings}
        assert {finding.rule for finding in heard.usable} <= {finding.rule for finding in heard.findings}


class TestOverTls:
    def test_a_context_leads_there(self, remote: Machine) -> None:
        found = review(remote, "--context", "far", space=remote.client)["engine"]
        assert found
        assert "daemon-tcp" not in {finding["rule"] for finding in found}, "clients have to show a certificate"

    def test_so_do_the_variables(self, remote: Machine) -> None:
        folder = remote.folder / "certificates"
        if not folder.exists():
            shutil.copytree(remote.folder / "host/tls/issued/client-admin", folder)
        shutil.copy(remote.folder / "host/tls/issued/server/ca.pem", folder / "ca.pem")
        names = {"DOCKER_HOST": f"tcp://{HOST}:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(folder)}
        assert review(remote, space=remote.client, **names)["engine"]

    @pytest.mark.parametrize("name", ["late", "stranger"])
    def test_what_does_not_fit_is_said(self, remote: Machine, name: str) -> None:
        done = batten(remote, "review", "--live", "--context", name, space=remote.client)
        assert done.returncode == 2
        assert "TLS" in done.stderr
        assert "must fit together" in done.stderr
        assert done.stdout == ""

    def test_clear_text_to_a_tls_port_is_said(self, remote: Machine) -> None:
        done = batten(remote, "review", "--live", space=remote.client, DOCKER_HOST=f"tcp://{HOST}:2376")
        assert done.returncode == 2
        assert "whether it wants TLS" in done.stderr

    def test_a_context_that_is_not_there_is_said(self, remote: Machine) -> None:
        done = batten(remote, "review", "--live", "--context", "nowhere", space=remote.client)
        assert done.returncode == 2
        assert "There are: default, far, late, stranger." in done.stderr


class TestOverSsh:
    def test_leads_there(self, machine: Machine, ssh: Path) -> None:
        path = f"{ssh / 'bin'}:/usr/bin:/bin"
        found = review(machine, space=machine.client, DOCKER_HOST=by_ssh(machine), PATH=path)["engine"]
        assert {"daemon-icc", "daemon-live-restore"} <= {finding["rule"] for finding in found}
        (ssh / "known").write_text("")
        done = batten(machine, "review", "--live", space=machine.client, DOCKER_HOST=by_ssh(machine), PATH=path)
        assert done.returncode == 2
        assert "Host key verification failed" in done.stderr
        refused = batten(machine, "review", "--live", space=machine.client, DOCKER_HOST=by_ssh(machine, 2223), PATH=path)
        assert refused.returncode == 2
        assert "onnection refused" in refused.stderr


class TestASwarm:
    def test_is_read_from_its_manager(self, machine: Machine) -> None:
        machine.start({})
        machine.make_image()
        machine.docker("swarm", "init", "--advertise-addr", HOST)
        machine.docker("swarm", "update", "--cert-expiry", "4320h")
        folder = machine.folder / "stack"
        folder.mkdir()
        (folder / "stack.yaml").write_text(STACK)
        (folder / "password").write_text("binnacle-4711\n")
        (folder / "settings").write_text("a = b\n")
        machine.docker("stack", "deploy", "--resolve-image", "never", "-c", str(folder / "stack.yaml"), "shop")
        found = review(machine)
        assert {"swarm-autolock", "swarm-certificates"} <= {finding["rule"] for finding in found["engine"]}
        places = {(one["rule"], one["location"]["object"], one["location"]["attribute"]) for one in found["shop"]}
        assert ("secret-in-environment", "service/shop_web", "Spec.TaskTemplate.ContainerSpec.Env.DB_PASSWORD") in places
        assert ("host-mount", "service/shop_db", "Spec.TaskTemplate.ContainerSpec.Mounts./host") in places
        assert ("dangerous-capability", "service/shop_db", "Spec.TaskTemplate.ContainerSpec.CapabilityAdd.0") in places
        assert ("attachable-network", "network/shop_front", "Attachable") in places
        assert "4711" not in json.dumps(found)
        files = projects(batten(machine, "review", folder / "stack.yaml", "-p", "shop", "--format", "json", "--fail-on", "never"))["shop"]
        assert told(found["shop"]) == told(files)
        both = review(machine, folder / "stack.yaml", "-p", "shop")["shop"]
        assert [finding["message"] for finding in both if finding["rule"] == "drift"] == []
        machine.docker("service", "update", "--detach", "--env-add", "MODE=slow", "--publish-add", "9090:90", "shop_web")
        drifted = {(one["service"], one["title"]) for one in review(machine, folder / "stack.yaml", "-p", "shop")["shop"] if one["rule"] == "drift"}
        assert drifted == {("web", "Other published ports than in the files"), ("web", "Other environment variables than in the files")}
        out = batten(machine, "design", "--live", "--project-name", "shop", "-o", machine.folder / "written")
        assert out.returncode == 0, out.stderr
        accepted = machine.docker("stack", "config", "-c", str(machine.folder / "written/compose.yaml"), check=False)
        assert b"unknown" not in accepted.stderr or b"unknown command" in accepted.stderr


class TestAWorker:
    def test_shows_its_containers_and_says_whom_to_ask(self, machine: Machine) -> None:
        other = Machine()
        try:
            machine.host.run("ip", "link", "add", "node0", "type", "veth", "peer", "name", "node0", "netns", str(other.host.pid))
            for one, address in ((machine, MANAGER), (other, WORKER)):
                one.host.run("ip", "address", "add", f"{address}/24", "dev", "node0")
                one.host.run("ip", "link", "set", "node0", "up")
                one.start({})
            machine.docker("swarm", "init", "--advertise-addr", MANAGER)
            token = machine.says("swarm", "join-token", "-q", "worker")
            other.docker("swarm", "join", "--advertise-addr", WORKER, "--token", token, f"{MANAGER}:2377")
            other.make_image()
            other.docker("run", "-d", "--name", "loner", IMAGE, *SLEEP)
            done = batten(other, "review", "--live", "--format", "json", "--fail-on", "never")
        finally:
            other.close()
        assert done.returncode == 2
        assert "is a worker of a swarm" in done.stderr
        assert {"engine", "standalone"} == {project["name"].split()[0] for project in json.loads(done.stdout)["projects"]}


def told(findings: list[dict[str, Any]]) -> set[tuple[str, str | None, str]]:
    """Rule, service and severity; of what only files can show, nothing."""
    only_files = {"lost-in-stack", "secret-file", "unused-definition", "drift"}
    return {(one["rule"], one["service"], one["severity"]) for one in findings if one["rule"] not in only_files}
