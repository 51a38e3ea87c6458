"""Services that are called by the host's name, past the project's networks."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.design.proposal import propose
from batten.hardening import harden
from batten.inference.egress import egress_needs
from batten.inference.evidence import needed_connections
from batten.inference.gateway import calls
from batten.model import EvidenceKind
from batten.reach import predict
from tests.support import project_of

APART = """
services:
  app:
    image: example.org/app:1
    networks: [app]
    extra_hosts: ["home:host-gateway"]
    environment: {{{environment}}}
  db:
    image: postgres:16
    networks: [data]
    ports: ["5432:5432", "6000-6002:6000-6002"]
networks: {{app: {{}}, data: {{}}}}
"""


class TestACall:
    @pytest.mark.parametrize(
        "environment",
        [
            'DATABASE_URL: "postgres://u:p@host.docker.internal:5432/x"',
            'DATABASE_URL: "postgres://u:p@home:5432/x"',
            'DB: "172.17.0.1:5432"',
            "DB_HOST: host.docker.internal, DB_PORT: 5432",
            'DB: "HOST.docker.internal:6001"',
        ],
    )
    def test_is_a_connection_to_the_publisher(self, environment: str, tmp_path: Path) -> None:
        found = needed_connections(project_of(APART.format(environment=environment), tmp_path))
        assert ("app", "db") in {(one.source, one.target) for one in found if one.evidence[0].kind is EvidenceKind.NAMED}

    @pytest.mark.parametrize(
        "environment", ['DB: "host.docker.internal.example.org:5432"', 'DB: "myhost.docker.internal:5432"', 'DB: "172.17.0.10:5432"', 'DB: "othername:5432"']
    )
    def test_is_none_to_another_name(self, environment: str, tmp_path: Path) -> None:
        assert calls(project_of(APART.format(environment=environment), tmp_path)) == ()

    def test_to_a_port_that_nobody_publishes_still_needs_a_way_to_the_host(self, tmp_path: Path) -> None:
        project = project_of(APART.format(environment='OLLAMA: "http://host.docker.internal:11434"'), tmp_path)
        assert [call.target for call in calls(project)] == [""]
        assert "host" in egress_needs(project)["app"].text

    def test_in_a_mounted_file_counts(self, tmp_path: Path) -> None:
        text = APART.format(environment="A: b").replace("    networks: [app]\n", "    networks: [app]\n    volumes: ['./app.yml:/etc/app.yml']\n")
        project = project_of(text, tmp_path, app_dot_yml="targets: ['host.docker.internal:5432']\n")
        assert [(call.target, call.kind) for call in calls(project)] == [("db", EvidenceKind.CONFIGURED)]


class TestHardening:
    def test_keeps_the_way_through_the_host(self, tmp_path: Path) -> None:
        project = project_of(APART.format(environment='DATABASE_URL: "postgres://u:p@host.docker.internal:5432/x"'), tmp_path)
        design = propose(project)
        assert {one.address for one in design.published if one.published == "5432"} == {""}
        after = harden(project, design).after
        assert predict(after, connections=design.connections).unmet == ()
        assert not after.networks["app"].internal
