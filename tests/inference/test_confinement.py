"""What a service needs is known from its image and from the way in which it is used, or it is said why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.inference.confinement import confinement, obstacle, unneeded
from batten.knowledge.images import image_facts
from tests.support import project_of


def needs_of(tmp_path: Path, words: str, more: str = "") -> tuple[str, ...] | None:
    project = project_of(f"services:\n  a: {{{words}}}\n{more}", tmp_path)
    found = confinement(project, project.services["a"])
    return found.needs if found is not None else None


def why_not(tmp_path: Path, words: str) -> str:
    project = project_of(f"services:\n  a: {{{words}}}\n", tmp_path)
    found = obstacle(project, project.services["a"])
    assert bool(found) is (confinement(project, project.services["a"]) is None)
    return found


class TestImages:
    @pytest.mark.parametrize("image", ["nginx:1.27", "redis:7-alpine", "postgres", "memcached:1.6", "haproxy:3.0", "public.ecr.aws/docker/library/redis:7"])
    def test_that_were_tried(self, image: str) -> None:
        facts = image_facts(image)
        assert facts is not None and facts.runtime is not None and facts.runtime.tried and facts.runtime.sealed

    @pytest.mark.parametrize("image", ["bitnami/redis:7", "openresty/openresty", "haproxy:2.2", "registry.acme.example/postgres:16", "acme/postgres"])
    def test_of_others_or_of_old_versions_are_not_the_same(self, image: str) -> None:
        facts = image_facts(image)
        assert facts is None or facts.runtime is None


class TestUse:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            ("image: acme/a", "nobody has looked"),
            ("image: httpd:2", "nobody has looked"),
            ("image: 'redis:7', build: .", "built from files"),
            ("image: 'redis:7', entrypoint: [redis-server]", "entrypoint is not that of its image"),
            ("image: 'redis:7', command: sh -c 'redis-server --requirepass x'", "command is not the one"),
            ("image: 'redis:7', privileged: true", "asks for every right"),
            ("image: 'redis:7', cap_add: [ALL]", "asks for every right"),
            ("image: 'memcached', user: root", "the file makes it root"),
            ("image: 'redis:7', devices: ['/dev/fuse:/dev/fuse']", "devices, processes or hooks"),
            ("image: 'redis:7', pid: host", "devices, processes or hooks"),
        ],
    )
    def test_that_is_not_the_usual_one_is_not_known(self, tmp_path: Path, words: str, said: str) -> None:
        assert said in why_not(tmp_path, words)

    @pytest.mark.parametrize("words", ["command: redis-server --appendonly yes", "command: --appendonly yes", "ports: ['80:6379']", "restart: always"])
    def test_that_is_usual_is_known(self, tmp_path: Path, words: str) -> None:
        assert needs_of(tmp_path, f"image: 'redis:7', {words}") == ("CHOWN", "SETGID", "SETUID")

    def test_root_reads_files_of_the_host_whoever_owns_them(self, tmp_path: Path) -> None:
        assert needs_of(tmp_path, "image: nginx, volumes: ['./site:/usr/share/nginx/html:ro']") == ("CHOWN", "SETGID", "SETUID", "DAC_OVERRIDE")

    @pytest.mark.parametrize("words", ["network_mode: host", "sysctls: {net.ipv4.ip_unprivileged_port_start: '1024'}"])
    def test_low_ports_need_a_right_where_docker_does_not_open_them(self, tmp_path: Path, words: str) -> None:
        assert "NET_BIND_SERVICE" in (needs_of(tmp_path, f"image: nginx, {words}") or ())

    def test_who_is_not_root_needs_nothing(self, tmp_path: Path) -> None:
        assert needs_of(tmp_path, "image: 'postgres:16', user: '1000:1000'") == ()
        assert needs_of(tmp_path, "image: 'haproxy:2.8', volumes: ['./h.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro']") == ()

    def test_the_user_that_batten_names_changes_nothing(self, tmp_path: Path) -> None:
        project = project_of("services: {a: {image: 'redis:7'}, b: {image: 'redis:7', user: redis}}", tmp_path)
        assert confinement(project, project.services["a"]) == confinement(project, project.services["b"])


class TestReadOnly:
    @pytest.mark.parametrize(
        ("words", "more", "sealed"),
        [
            ("image: nginx", "", True),
            ("image: nginx, volumes: ['./t:/etc/nginx/templates']", "", False),
            ("image: nginx, volumes: ['./t:/etc/nginx/templates/a.template:ro']", "", False),
            ("image: 'mysql:8'", "", False),
            ("image: 'redis:7', secrets: [s]", "secrets: {s: {environment: S}}", False),
            ("image: 'redis:7', secrets: [s]", "secrets: {s: {file: ./s}}", True),
            ("image: 'redis:7', configs: [c]", "configs: {c: {content: x}}", False),
        ],
    )
    def test_only_where_nothing_has_to_be_written_there(self, tmp_path: Path, words: str, more: str, sealed: bool) -> None:
        project = project_of(f"services:\n  a: {{{words}}}\n{more}", tmp_path)
        found = confinement(project, project.services["a"])
        assert found is not None and found.sealed is sealed

    def test_what_is_mounted_needs_no_temporary_folder(self, tmp_path: Path) -> None:
        project = project_of("services:\n  a: {image: nginx, volumes: ['cached:/var/cache/nginx', 'temp:/tmp']}\nvolumes: {cached: {}, temp: {}}", tmp_path)
        found = confinement(project, project.services["a"])
        assert found is not None and found.writes == ("/run:size=16m",)

    @pytest.mark.parametrize(("mount", "account"), [("data:/data", "redis"), ("./d:/data", ""), ("./r.conf:/etc/redis.conf:ro", "redis")])
    def test_its_own_user_cannot_write_to_folders_of_the_host(self, tmp_path: Path, mount: str, account: str) -> None:
        project = project_of(f"services:\n  a: {{image: 'redis:7', volumes: ['{mount}']}}\nvolumes: {{data: {{}}}}", tmp_path)
        found = confinement(project, project.services["a"])
        assert found is not None and found.account == account


class TestUnneeded:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("image: 'postgres:16', cap_add: [SYS_ADMIN, CHOWN, IPC_LOCK, NET_BIND_SERVICE]", ("SYS_ADMIN",)),
            ("image: 'postgres:16', cap_add: [NET_ADMIN], command: sh", ()),
            ("image: acme/vpn, cap_add: [NET_ADMIN]", ()),
        ],
    )
    def test_only_where_it_is_known(self, tmp_path: Path, words: str, found: tuple[str, ...]) -> None:
        project = project_of(f"services:\n  a: {{{words}}}\n", tmp_path)
        assert unneeded(project, project.services["a"]) == found
