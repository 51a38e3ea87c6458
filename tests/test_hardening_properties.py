"""What holds for every project, made up or real: nothing is lost, nothing changes twice, and what is needed stays possible."""

from __future__ import annotations

import difflib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import assets
from batten.compose import load_project
from batten.compose.rewriting import rewrite
from batten.design.proposal import propose
from batten.design.sections.tiers import plain
from batten.errors import InputError
from batten.hardening import Hardening, harden
from batten.model import Project, Zone
from batten.plan import plan
from batten.reach import predict
from batten.review.finding import Severity
from batten.review.runner import review
from tests.generated import compose_texts, written_below

FIXTURES = Path(__file__).parent / "fixtures"
_numbers = itertools.count()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _read(folder: Path, files: dict[str, str]) -> Project:
    return load_project([written_below(folder / f"p{next(_numbers)}" / "shop", files)], environ={})


def _fixture_projects() -> list[Path]:
    found = [path for path in FIXTURES.rglob("*.y*ml") if _loads(path)]
    return [Path(str(assets.path("demo/shop"))) / "compose.yaml", *found]


def _loads(path: Path) -> bool:
    try:
        load_project([path], environ={})
    except InputError:
        return False
    return True


def _lines(hardening: Hardening) -> set[tuple[str, int]]:
    """Numbers of the original lines that a hardening replaces, removes, or inserts something behind."""
    found: set[tuple[str, int]] = set()
    for file in hardening.rewritten.files:
        old = hardening.before.sources[file.origin].text.splitlines(keepends=True)
        for tag, start, end, _, _ in difflib.SequenceMatcher(None, old, file.text.splitlines(keepends=True), autojunk=False).get_opcodes():
            if tag != "equal":
                found.update((file.origin, line) for line in range(start, max(end, start + 1)))
    return found


def _holds(project: Project) -> None:
    """Everything that must be true of a project and the design that is proposed for it."""
    assert rewrite(project, [], project.directory).files == ()
    design = propose(project)
    done = harden(project, design)
    assert plan(done.after, design) == () or done.refusals or done.declined
    assert plan(done.after, propose(done.after)) == ()
    _needed_stay_possible(project, done)
    left = review(done.after, keeps=design.suppressions, tiers=plain(design.tiers), connections=design.connections)
    elsewhere = {"lost-in-stack"} if design.target.kind == "compose" else set()
    serious = [one for one in left if one.severity.level >= Severity.HIGH.level and one.suppressed is None and one.rule not in elsewhere]
    assert not serious or done.refusals or done.declined, [(one.rule, one.service, one.title) for one in serious]


def _needed_stay_possible(project: Project, done: Hardening) -> None:
    connections = done.design.connections
    before, after = (predict(one, connections=connections, tiers=plain(done.design.tiers)) for one in (project, done.after))
    possible = {(path.source, path.target) for path in before.paths}
    left = {(path.source, path.target) for path in after.paths}
    for one in connections:
        if (one.source, one.target) in possible:
            assert (one.source, one.target) in left
    doors = {(port.published, name) for name, service in project.services.items() for port in service.ports if port.published}
    for zone in (Zone.LAN, Zone.HOST):
        for _, name in doors:
            address = {one.address for one in done.design.published if one.service == name}
            if (zone.value, name) in possible and (zone is Zone.HOST or address & {"", "0.0.0.0", "::"}):
                assert (zone.value, name) in left, f"{name} is no longer reached from {zone}"


def _record_holds(corpus: Path, record: dict[str, Any]) -> bool:
    paths = [corpus / "projects" / record["slug"] / name for name in record["ref_files"]]
    env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    try:
        _holds(load_project(paths, env_files=env_files, environ={"HOME": os.path.expanduser("~"), **record.get("ref_env", {})}))
    except AssertionError:
        return False
    return True


class TestMadeUpProjects:
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(files=compose_texts())
    def test_hold(self, files: dict[str, str], folder: Path) -> None:
        _holds(_read(folder, files))

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(files=compose_texts())
    def test_every_changed_line_belongs_to_a_change(self, files: dict[str, str], folder: Path) -> None:
        project = _read(folder, files)
        design = propose(project)
        together = _lines(harden(project, design))
        alone: set[tuple[str, int]] = set()
        for section in ("secrets", "networks", "published", "privileges", "sockets"):
            part = [change for change in plan(project, design) if change.decision.partition(".")[0] == section]
            made = rewrite(project, part, project.directory)
            alone |= _lines(Hardening(project, design, tuple(part), (), (), project, made, project.directory))
        assert together <= alone

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(files=compose_texts())
    def test_in_another_folder_they_mean_the_same(self, files: dict[str, str], folder: Path) -> None:
        project = _read(folder, files)
        done = harden(project, propose(project), into=project.directory / "out" / "deep")
        assert done.after.name == project.name
        assert not any("hunter" in change.why for change in done.changes)


class TestTheCorpus:
    @pytest.mark.skipif(not os.environ.get("BATTEN_CORPUS"), reason="BATTEN_CORPUS names no folder")
    def test_holds(self) -> None:
        corpus = Path(os.environ["BATTEN_CORPUS"])
        manifest = json.loads((corpus / "manifest.json").read_text(encoding="utf-8"))
        records = [one for one in (manifest if isinstance(manifest, list) else manifest["projects"]) if one["accepted"]]
        failed = [record["slug"] for record in records if not _record_holds(corpus, record)]
        assert failed == []
        assert records


class TestRealProjects:
    @pytest.mark.parametrize("path", _fixture_projects(), ids=lambda path: "-".join(path.parts[-3:]))
    def test_hold(self, path: Path) -> None:
        _holds(load_project([path], environ={}))
