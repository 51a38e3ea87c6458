"""Sockets of container engines: every place they are at, and the places that only look like it."""

from __future__ import annotations

import pytest

from batten.review.sockets import socket_at


class TestSocketAt:
    @pytest.mark.parametrize(
        ("path", "engine", "rootless", "parent"),
        [
            ("/var/run/docker.sock", "Docker", False, False),
            ("//var/run/docker.sock", "Docker", False, False),
            ("/srv/../run//./docker.sock", "Docker", False, False),
            ("/run/user/1000/docker.sock", "Docker", True, False),
            ("/home/mara/.docker/run/docker.sock", "Docker", True, False),
            ("/home/mara/.docker/desktop/docker.sock", "Docker", True, False),
            ("/Users/mara/.colima/default/docker.sock", "Docker", True, False),
            ("/var/run/podman/podman.sock", "Podman", False, False),
            ("/run/user/1000/podman/podman.sock", "Podman", True, False),
            ("/run/containerd/containerd.sock", "containerd", False, False),
            ("/run/k3s/containerd/containerd.sock", "containerd", False, False),
            ("/var/run/crio/crio.sock", "CRI-O", False, False),
            (r"\\.\pipe\docker_engine", "Docker", False, False),
            ("//./pipe/docker_engine", "Docker", False, False),
            ("/", "Docker", False, True),
            ("/run/", "Docker", False, True),
            ("/var/run", "Docker", False, True),
            ("/run/podman", "Podman", False, True),
            ("/run/containerd", "containerd", False, True),
            ("/run/user", "Docker", True, True),
            ("/run/user/1000", "Docker", True, True),
        ],
    )
    def test_knows_the_places(self, path: str, engine: str, rootless: bool, parent: bool) -> None:
        assert socket_at(path) == (engine, rootless, parent)

    @pytest.mark.parametrize(
        "path",
        [
            *("/var", "/var/lib/docker", "/run/docker.sock.d", "/runs", "/run/secrets", "/var/run/postgresql", "/srv/run/docker.sock"),
            *("/home/mara/docker.sock", "docker.sock", "./", "run", "C:\\run"),
        ],
    )
    def test_is_not_taken_in_by_others(self, path: str) -> None:
        assert socket_at(path) is None
