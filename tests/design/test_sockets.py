"""Who keeps the engine's socket and who asks a proxy: what is proposed, why, and how it is written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose.values import literal
from batten.design.proposal import propose
from batten.design.sections import sockets
from batten.design.sections.sockets import BY_HAND, KEEP, PROXY, SocketUse
from batten.design.sections.target import Target
from batten.errors import DesignError
from batten.hardening import harden
from batten.knowledge.images import image_facts
from batten.knowledge.rows import Row
from batten.knowledge.sockets import ALWAYS, calls
from batten.model import Project
from batten.plan import plan
from tests.knowledge.test_image_rows import all_rows
from tests.support import project_of

MOUNT = "volumes: [/var/run/docker.sock:/var/run/docker.sock]"


def _project(service: str, tmp_path: Path, more: str = "") -> Project:
    return project_of(f"services:\n  watcher: {{{service}}}\n  web: {{image: nginx}}\n{more}", tmp_path)


def _proposed(service: str, tmp_path: Path, more: str = "", kind: str = "compose") -> SocketUse:
    (use,) = sockets.propose(_project(service, tmp_path, more), Target(kind))
    return use


class TestAProposal:
    @pytest.mark.parametrize(
        ("image", "endpoint"),
        [
            ("amir20/dozzle", "environment DOZZLE_REMOTE_HOST={url}"),
            ("lucaslorentz/caddy-docker-proxy", "environment DOCKER_HOST={url}"),
            ("dockersamples/visualizer", "environment DOCKER_HOST={name}:2375"),
            ("traefik:v3.1, command: [--providers.docker=true]", "argument --providers.docker.endpoint={url}"),
            ("traefik:v3.1, command: --providers.swarm", "argument --providers.swarm.endpoint={url}"),
            ("traefik:1.7, command: [--Docker, --Docker.SwarmMode]", "argument --docker.endpoint={url}"),
            ("traefik, environment: {TRAEFIK_PROVIDERS_DOCKER: 'true'}", "environment TRAEFIK_PROVIDERS_DOCKER_ENDPOINT={url}"),
        ],
    )
    def test_is_a_proxy_where_the_image_and_its_way_are_known(self, image: str, endpoint: str, tmp_path: Path) -> None:
        use = _proposed(f"image: {image}, {MOUNT}", tmp_path)
        assert (use.how, use.proxy, use.endpoint) == (PROXY, "watcher-socket-proxy", (endpoint,))
        assert use.calls[0] == ALWAYS
        assert not {"create", "exec", "archive", "export"} & set(use.calls)

    @pytest.mark.parametrize(
        ("service", "why"),
        [
            (f"image: portainer/portainer-ce, {MOUNT}", "amounts to root on this host"),
            (f"image: containrrr/watchtower, {MOUNT}", "makes containers anew"),
            (f"image: registry.example/thing, {MOUNT}", "nothing is known of the calls"),
            (f"image: traefik, {MOUNT}", "in a place that is not in these files"),
            (f"image: willfarrell/autoheal, {MOUNT}", "over TLS with a client's certificate only"),
            (f"image: gcr.io/cadvisor/cadvisor, command: [--docker=unix:///var/run/docker.sock], {MOUNT}", "nobody has checked"),
            (f"image: amir20/dozzle, environment: [DOZZLE_REMOTE_HOST=tcp://elsewhere:2375], {MOUNT}", "is set already"),
            ("image: amir20/dozzle, volumes: [/var/run:/var/run]", "a folder that holds the socket"),
            (f"image: amir20/dozzle, network_mode: host, {MOUNT}", "on no network of the project"),
            ("image: amir20/dozzle, volumes: [/run/containerd/containerd.sock:/c]", "API of containerd"),
            ("image: amir20/dozzle, volumes: [/var/run/docker.sock:/a, /run/docker.sock:/b]", "more than one mount"),
            ("image: amir20/dozzle, use_api_socket: true", "registry logins"),
        ],
    )
    def test_is_to_keep_the_socket_with_the_reason_where_anything_is_in_doubt(self, service: str, why: str, tmp_path: Path) -> None:
        use = _proposed(service, tmp_path)
        assert use.how == KEEP
        assert why in use.reason

    def test_of_a_service_on_several_nodes_is_to_keep_it(self, tmp_path: Path) -> None:
        service = f"image: amir20/dozzle, {MOUNT}, deploy: {{mode: global}}"
        assert "several nodes" in _proposed(service, tmp_path, kind="stack").reason
        assert _proposed(service, tmp_path).how == PROXY

    def test_of_a_lender_of_mounts_is_to_keep_it(self, tmp_path: Path) -> None:
        assert "volumes_from" in _proposed(f"image: amir20/dozzle, {MOUNT}", tmp_path, "  other: {image: nginx, volumes_from: [watcher]}\n").reason

    def test_for_a_swarm_lets_the_calls_of_a_swarm_through(self, tmp_path: Path) -> None:
        on_a_host = _proposed(f"image: traefik:2.11, command: [--providers.docker], {MOUNT}", tmp_path)
        assert "services" not in on_a_host.calls
        assert {"services", "tasks", "nodes", "networks"} <= set(
            _proposed(f"image: traefik:2.11, command: [--providers.docker.swarmMode=true], {MOUNT}", tmp_path).calls
        )

    @pytest.mark.parametrize("path", ["/run/podman/podman.sock", "/run/user/1000/docker.sock"])
    def test_knows_other_sockets_of_the_same_api(self, path: str, tmp_path: Path) -> None:
        assert _proposed(f"image: amir20/dozzle, volumes: ['{path}:/var/run/docker.sock']", tmp_path).how == PROXY

    def test_is_not_made_for_somebody_elses_proxy(self, tmp_path: Path) -> None:
        assert sockets.propose(_project(f"image: tecnativa/docker-socket-proxy, {MOUNT}", tmp_path), Target()) == ()


class TestNames:
    def test_of_two_proxies_differ(self, tmp_path: Path) -> None:
        text = f"services:\n  a.b: {{image: amir20/dozzle, {MOUNT}}}\n  a_b: {{image: amir20/dozzle, {MOUNT}}}\n"
        assert [use.proxy for use in sockets.propose(project_of(text, tmp_path), Target())] == ["a-b-socket-proxy", "a-b-socket-proxy-2"]

    def test_are_host_names_however_long_a_service_is_called(self, tmp_path: Path) -> None:
        (use,) = sockets.propose(project_of(f"services:\n  {'Long_' * 40}: {{image: amir20/dozzle, {MOUNT}}}\n", tmp_path), Target())
        assert len(use.proxy) <= 63
        assert use.proxy == use.proxy.lower()

    def test_keep_away_from_what_is_there(self, tmp_path: Path) -> None:
        use = _proposed(f"image: amir20/dozzle, {MOUNT}", tmp_path, "  watcher-socket-proxy: {image: nginx}\n")
        assert use.proxy == "watcher-socket-proxy-2"


class TestReadingBack:
    USE = SocketUse("watcher", PROXY, "w", ("ping", "containers"), ("environment DOCKER_HOST={url}", BY_HAND), "so it is")

    def test_gives_what_was_written(self) -> None:
        import yaml

        uses = (self.USE, SocketUse("other", KEEP, reason="it is root's"))
        assert sockets.load(literal("-", yaml.safe_dump(sockets.dump(uses)))) == uses

    def test_of_a_hardened_project_gives_the_same_decisions(self, tmp_path: Path) -> None:
        project = _project(f"image: traefik:v3, command: [--providers.docker], {MOUNT}", tmp_path)
        design = propose(project)
        after = harden(project, design).after
        again = propose(after)
        assert [use._replace(reason="") for use in again.sockets] == [use._replace(reason="") for use in design.sockets]
        assert plan(after, again) == plan(after, design) == ()

    @pytest.mark.parametrize(
        ("entry", "complaint"),
        [
            ("{service: a, how: hide}", "write 'proxy' or 'keep'"),
            ("{service: a, how: proxy}", "cannot be the name of a proxy"),
            ("{service: a, how: proxy, proxy: '-x'}", "cannot be the name of a proxy"),
            ('{service: a, how: proxy, proxy: "a\\nb"}', "cannot be the name of a proxy"),
            ("{service: a, how: proxy, proxy: $(id)}", "cannot be the name of a proxy"),
            ("{service: a, how: proxy, proxy: p, calls: [everything]}", "'everything' is not a group of calls"),
            ("{service: a, how: proxy, proxy: p, endpoint: ['environment A B=c']}", "is not a way to tell a service"),
            ('{service: a, how: proxy, proxy: p, endpoint: ["argument --x={url}\\n--y"]}', "is not a way to tell a service"),
            ("{service: a, how: proxy, proxy: p, endpoint: ['argument --x=$(id)']}", "is not a way to tell a service"),
            ("{how: keep}", "service is missing"),
        ],
    )
    def test_refuses_what_it_could_not_write(self, entry: str, complaint: str) -> None:
        with pytest.raises(DesignError, match="^" + complaint.replace("(", r"\(") + "|.*" + complaint):
            sockets.load(literal("-", f"- {entry}"))


class TestKnowledge:
    @pytest.mark.parametrize("row", [row for row in all_rows().values() if "socket" in row.keys], ids=lambda row: row.id)
    def test_every_row_is_well_formed(self, row: Row) -> None:
        facts = image_facts(row.names[0])
        assert facts is not None
        need = facts.socket
        assert need is not None
        assert {*need.calls, *need.swarm} <= set(calls())
        assert need.source
        assert need.root or need.never or (need.calls and need.endpoints)
        assert not any(calls()[name].power for name in need.calls) or need.root

    def test_what_amounts_to_root_says_so(self) -> None:
        powerful = {name for name, call in calls().items() if call.power}
        assert {"create", "exec", "archive", "export", "attach", "swarm", "create-service", "update-service", "connect"} == powerful
