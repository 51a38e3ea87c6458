"""Which published ports are for everybody, and which for those who run the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from batten.compose import load_project
from batten.design.proposal import propose
from batten.model import Project
from batten.plan import plan
from tests.support import project_of


def _addresses(project: Project) -> list[str]:
    return [one.address for one in propose(project).published]


class TestProposal:
    @pytest.mark.parametrize(
        ("image", "port", "address"),
        [
            ("postgres:16", "5432:5432", "127.0.0.1"),
            ("postgres:16", "0.0.0.0:5432:5432", "127.0.0.1"),
            ("postgres:16", "[::]:5432:5432", "127.0.0.1"),
            ("postgres:16", "192.168.1.2:5432:5432", "192.168.1.2"),
            ("postgres:16", "127.0.0.1:5432:5432", "127.0.0.1"),
            ("portainer/portainer-ce:2.21.4", "9000:9000", "127.0.0.1"),
            ("nginx:1.27", "80:80", ""),
            ("traefik:v3", "8080:8080", "127.0.0.1"),
            ("traefik:v3", "80:80", ""),
        ],
    )
    def test_by_what_it_is(self, image: str, port: str, address: str, tmp_path: Path) -> None:
        project = project_of(f'services:\n  one:\n    image: {image}\n    ports: ["{port}"]\n', tmp_path)
        assert _addresses(project) == [address]

    def test_a_stack_cannot_bind_to_one_address(self, tmp_path: Path) -> None:
        text = 'services:\n  db: {image: "postgres:16", ports: ["5432:5432"], deploy: {mode: global}, networks: [n]}\nnetworks:\n  n: {driver: overlay}\n'
        design = propose(project_of(text, tmp_path))
        assert design.target.kind == "stack"
        assert [one.address for one in design.published] == [""]
        assert any("a stack file cannot bind" in one.reason for one in design.keeps)

    @pytest.mark.parametrize(("name", "kind"), [("docker-stack.yml", "stack"), ("full-stack.yml", "compose"), ("compose.yaml", "compose")])
    def test_the_name_of_a_file_may_say_that_it_is_a_stack(self, name: str, kind: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("services:\n  db:\n    image: postgres:16\n")
        assert propose(load_project([tmp_path / name], environ={})).target.kind == kind


class TestPlan:
    def test_two_entries_for_one_port_are_about_one_each(self, tmp_path: Path) -> None:
        text = 'services:\n  db:\n    image: postgres:16\n    ports: ["127.0.0.1:5432:5432", "[::1]:5432:5432"]\n'
        project = project_of(text, tmp_path)
        assert _addresses(project) == ["127.0.0.1", "::1"]
        assert not [change for change in plan(project, propose(project)) if change.decision.startswith("published")]
