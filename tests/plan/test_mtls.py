"""What a project becomes whose connections speak mutual TLS: who reaches whom, whatever the project looks like."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from batten.compose import load_project
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.mtls import Link, MutualTls
from batten.design.sidecar_obstacles import link_of
from batten.design.sidecars import needed
from batten.hardening import Hardening, harden
from batten.model import Action, EvidenceKind, Project, Risk
from batten.plan import plan
from batten.reach import predict
from tests.generated import compose_texts, written_below
from tests.support import project_of

CHAIN = """
services:
  web: {image: example.org/web, environment: {API: "http://api:8000"}}
  api: {image: example.org/api, environment: {DB: "postgres://db/x"}}
  db: {image: "postgres:16", environment: {POSTGRES_PASSWORD: x}}
"""
MOST = 12
"""So many connections of a project are tried at once."""


def known(project: Project) -> Design:
    """The proposed design with what something speaks for, and nothing that is merely assumed."""
    design = propose(project)
    return replace(design, connections=tuple(one for one in design.connections if one.evidence[0].kind is not EvidenceKind.ASSUMED))


def links_of(project: Project, design: Design) -> tuple[Link, ...]:
    """Connections that can speak mutual TLS together."""
    found = [link for one in design.connections if isinstance(link := link_of(project, one), Link)][:MOST]
    needed_pairs, pairs = {(one.source, one.target) for one in design.connections}, {link[:2] for link in found}
    while dropped := [link for link in found if (link.target, link.source) in needed_pairs - pairs]:
        found = [link for link in found if link not in dropped]
        pairs = {link[:2] for link in found}
    return tuple(found)


def complaints(project: Project, into: Path) -> Iterator[str]:
    """What does not hold once every connection that can speaks mutual TLS; nothing where none can."""
    plain = known(project)
    design = replace(plain, mtls=MutualTls(links_of(project, plain)))
    if not design.mtls.links:
        return
    done = harden(project, design, into=into)
    yield from (f"refused: {one.change.id}: {one.reason}" for one in done.refusals if one.change.decision == "networks")
    dead = unmet(done, design) - unmet(harden(project, plain, into=into), plain)
    yield from (f"dead: {source} → {target}" for source, target in dead)
    reach = predict(done.after, connections=())
    for link in design.mtls.links:
        path = reach.between(link.source, link.target)
        if path is not None and any(road.startswith("network ") for road in path.via):
            yield f"plain: {link.source} → {link.target} by {path.via}"
    yield from (f"again: {change.id}" for change in plan(done.after, design) if change.decision == "networks")


def unmet(done: Hardening, design: Design) -> set[tuple[str, str]]:
    """Needed connections without a road."""
    return {(one.source, one.target) for one in predict(done.after, connections=needed(done.after, design)).unmet}


class TestReach:
    @pytest.fixture
    def done(self, tmp_path: Path) -> Hardening:
        project = project_of(CHAIN, tmp_path)
        return harden(project, replace(known(project), mtls=MutualTls((Link("api", "db", (5432,)),))))

    def test_goes_from_sidecar_to_sidecar(self, done: Hardening) -> None:
        reach = predict(done.after, connections=needed(done.after, done.design))
        for source, target, network in (("api", "api-to-db-mtls", "api-private"), ("api-to-db-mtls", "db-mtls", "db-mtls"), ("db-mtls", "db", "db-private")):
            path = reach.between(source, target)
            assert path is not None
            assert (path.needed, path.via) == (True, (f"network {network}",))
        assert reach.between("api", "db") is None
        assert reach.unmet == ()

    def test_a_service_of_unknown_neighbours_gets_to_no_sidecar(self, done: Hardening) -> None:
        reach = predict(done.after, connections=())
        assert [name for name in ("db", "db-mtls", "api-to-db-mtls") if reach.between("web", name)] == []


class TestChanges:
    def test_are_one_decision_with_the_networks_and_to_be_checked(self, tmp_path: Path) -> None:
        project = project_of(CHAIN, tmp_path)
        changes = [one for one in plan(project, replace(known(project), mtls=MutualTls((Link("api", "db", (5432,)),)))) if one.id.startswith("mtls.")]
        assert {one.decision for one in changes} == {"networks"}
        assert {one.risk for one in changes} == {Risk.CHECK}
        assert {one.action for one in changes} == {Action.SET}
        assert {str(one.path[0]) for one in changes} == {"services", "secrets", "configs"}

    def test_need_nothing_that_a_stack_file_refuses(self, tmp_path: Path) -> None:
        project = project_of(CHAIN, tmp_path)
        done = harden(project, replace(known(project), mtls=MutualTls((Link("api", "db", (5432,)),))))
        for name in ("db-mtls", "api-to-db-mtls"):
            service = done.after.services[name]
            assert (service.container_name, service.depends_on, service.network_mode, service.tmpfs) == ("", (), "", ())


class TestAnyProject:
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(files=compose_texts())
    def test_made_up(self, files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.mktemp("made")
        project = load_project([written_below(folder / "shop", files)], environ={})
        assume(links_of(project, known(project)))
        assert list(complaints(project, folder / "out")) == []

    @pytest.mark.skipif(not os.environ.get("BATTEN_CORPUS"), reason="BATTEN_CORPUS names no folder")
    def test_of_the_corpus(self, tmp_path: Path) -> None:
        corpus = Path(os.environ["BATTEN_CORPUS"])
        manifest = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))
        records = [one for one in (manifest if isinstance(manifest, list) else manifest["projects"]) if one["accepted"]]
        failed = {}
        for record in records:
            paths = [corpus / "projects" / record["slug"] / name for name in record["ref_files"]]
            env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
            environ = {"HOME": os.path.expanduser("~"), **record.get("ref_env", {})}
            failed[record["slug"]] = list(complaints(load_project(paths, env_files=env_files, environ=environ), tmp_path / "out"))
        assert {slug: found for slug, found in failed.items() if found} == {}
        assert records
