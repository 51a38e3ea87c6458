"""The changes that put a proxy between a service and the engine's socket."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.sockets import PROXY, SocketUse
from batten.design.sections.target import Target
from batten.errors import DesignError
from batten.hardening import Hardening, harden
from batten.knowledge.sockets import LABEL
from batten.model import Risk
from batten.plan import plan
from batten.reach import predict
from batten.review.finding import Severity
from batten.review.runner import review
from tests.support import project_of

FLAT = """
services:
  traefik:
    image: traefik:v3.1
    command: [--providers.docker=true]
    ports: ["80:80"]
    volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]
    profiles: [front]
  web:
    image: nginx
    labels: {traefik.enable: "true"}
  db:
    image: postgres
    environment: {POSTGRES_PASSWORD: correct-horse}
"""
USE = SocketUse("web", PROXY, "p", ("ping", "containers"), ("environment DOCKER_HOST={url}",))


@pytest.fixture
def done(tmp_path: Path) -> Hardening:
    """A flat project, hardened."""
    project = project_of(FLAT, tmp_path)
    return harden(project, propose(project))


class TestTheProxy:
    def test_has_the_socket_and_nothing_else(self, done: Hardening) -> None:
        proxy = done.after.services["traefik-socket-proxy"]
        assert [(mount.source, mount.read_only) for mount in proxy.mounts] == [("/var/run/docker.sock", True)]
        assert (proxy.read_only, proxy.cap_drop, proxy.cap_add, proxy.ports, proxy.privileged) == (True, ("ALL",), (), (), False)
        assert proxy.security_opt == ("no-new-privileges:true",)
        assert proxy.profiles == ("front",)
        assert list(proxy.networks) == ["traefik-socket-proxy"]
        assert done.after.networks["traefik-socket-proxy"].internal

    def test_is_met_by_its_caller_alone(self, done: Hardening) -> None:
        reach = predict(done.after)
        assert {path.source for path in reach.paths if path.target == "traefik-socket-proxy"} <= {"traefik", "host"}
        assert ("traefik", "traefik-socket-proxy") in {(path.source, path.target) for path in reach.paths}

    def test_takes_the_place_of_the_mount(self, done: Hardening) -> None:
        traefik = done.after.services["traefik"]
        assert traefik.mounts == ()
        assert traefik.command[-1] == "--providers.docker.endpoint=tcp://traefik-socket-proxy:2375"
        assert "traefik-socket-proxy" in traefik.depends_on

    def test_is_what_a_review_speaks_of_afterwards_and_mildly(self, done: Hardening) -> None:
        found = [one for one in review(done.after) if one.rule == "docker-socket"]
        assert [(one.service, one.severity) for one in found] == [("traefik-socket-proxy", Severity.LOW)]

    def test_is_never_without_risk(self, done: Hardening) -> None:
        ours = [change for change in done.changes if change.decision == "sockets.traefik"]
        assert {change.risk for change in ours} == {Risk.CHECK}
        assert len({change.id for change in ours}) == len(ours)
        assert harden(done.before, done.design, accept=Risk.SAFE).after.services["traefik"].mounts

    def test_is_told_what_else_shows_through_it(self, done: Hardening) -> None:
        why = next(change.why for change in done.changes if change.path == ("services", "traefik-socket-proxy"))
        assert "the environment of every container" in why

    def test_runs_where_and_as_its_caller_does(self, tmp_path: Path) -> None:
        text = "services:\n  web: {image: x, volumes: ['/run/user/7/docker.sock:/s'], userns_mode: host, security_opt: ['label=disable']}\n"
        after = harden(project_of(text, tmp_path), Design(sockets=(USE,))).after
        proxy = after.services["p"]
        assert (proxy.userns_mode, proxy.mounts[0].source) == ("host", "/run/user/7/docker.sock")
        assert "label=disable" in proxy.security_opt


class TestAgain:
    def test_nothing_changes(self, done: Hardening) -> None:
        assert plan(done.after, done.design) == ()

    def test_other_calls_are_one_change(self, done: Hardening) -> None:
        (use,) = done.design.sockets
        wanted = replace(done.design, sockets=(use._replace(calls=("ping", "containers")),))
        (change,) = harden(done.after, wanted).changes
        assert (change.path, change.value) == (("services", "traefik-socket-proxy", "labels", LABEL), "ping containers")
        assert harden(done.after, wanted).after.services["traefik-socket-proxy"].labels[LABEL] == "ping containers"

    def test_a_design_without_the_service_changes_nothing(self, done: Hardening) -> None:
        assert plan(done.before, Design(sockets=(USE._replace(service="gone"),))) == ()

    def test_a_service_without_the_socket_gets_no_proxy(self, done: Hardening) -> None:
        assert plan(done.before, Design(sockets=(USE,))) == ()


class TestInASwarm:
    TEXT = """
services:
  traefik:
    image: traefik:2.11
    command: [--providers.docker.swarmMode=true]
    volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]
    deploy: {placement: {constraints: [node.labels.front == yes]}}
"""

    def test_what_only_managers_answer_is_asked_of_managers(self, tmp_path: Path) -> None:
        project = project_of(self.TEXT, tmp_path)
        after = harden(project, replace(propose(project), target=Target("stack"))).after
        constraints = after.value(("services", "traefik-socket-proxy", "deploy", "placement", "constraints"))
        assert constraints is not None
        assert constraints.plain() == ["node.labels.front == yes", "node.role == manager"]
        assert after.services["traefik-socket-proxy"].security_opt == ()


class TestNamesThatAreTaken:
    @pytest.mark.parametrize("there", ["services", "networks"])
    def test_are_refused(self, there: str, tmp_path: Path) -> None:
        more = "  p: {image: nginx}\n" if there == "services" else "networks: {p: {external: true}}\n"
        text = f"services:\n  web: {{image: x, volumes: [/var/run/docker.sock:/s]}}\n{more}"
        with pytest.raises(DesignError, match="'p' is there already and no socket proxy"):
            harden(project_of(text, tmp_path), Design(sockets=(USE,)))


class TestSocketsThatNoProxyCanReplace:
    @pytest.mark.parametrize("more", ["volumes: ['/:/host']", "use_api_socket: true", "network_mode: host, volumes: [/var/run/docker.sock:/s]"])
    def test_are_refused_with_the_reason(self, more: str, tmp_path: Path) -> None:
        with pytest.raises(DesignError, match=r"web cannot ask a proxy: .*\. Write 'how: keep'"):
            harden(project_of(f"services:\n  web: {{image: x, {more}}}\n", tmp_path), Design(sockets=(USE,)))


class TestBehindTraefik:
    TEXT = """
services:
  traefik:
    image: traefik:v3.1
    command: [--providers.docker=true]
    ports: ["80:80"]
    volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]
  dozzle:
    image: amir20/dozzle
    labels: LABELS
    volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]
"""

    @pytest.mark.parametrize("labels", ["{traefik.enable: 'true'}", "[traefik.enable=true]"])
    def test_a_service_on_several_networks_says_where_it_is_met(self, labels: str, tmp_path: Path) -> None:
        project = project_of(self.TEXT.replace("LABELS", labels), tmp_path)
        done = harden(project, propose(project))
        assert done.refusals == ()
        dozzle, traefik = done.after.services["dozzle"], done.after.services["traefik"]
        (shared,) = set(dozzle.networks) & set(traefik.networks)
        assert dozzle.labels["traefik.docker.network"] == done.after.networks[shared].name
        assert "traefik.docker.network" not in traefik.labels
        assert plan(done.after, done.design) == ()

    @pytest.mark.parametrize("labels", ["{other: x}", "{traefik.enable: 'false'}", "{traefik.enable: 'true', traefik.docker.network: mine}"])
    def test_others_are_left_alone(self, labels: str, tmp_path: Path) -> None:
        project = project_of(self.TEXT.replace("LABELS", labels), tmp_path)
        assert not [change for change in plan(project, propose(project)) if "labels" in change.path]
