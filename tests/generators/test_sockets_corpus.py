"""Sockets in projects that other people wrote: each is hardened, and the reference takes what comes of it, also where every proxy is put that can be.

Needs a folder of such projects, named by BATTEN_CORPUS, with a ``manifest.json`` that tells their files.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.design import Design
from batten.design.proposal import propose
from batten.design.sections.sockets import KEEP, PROXY, proxied
from batten.design.socket_needs import obstacle
from batten.hardening import Hardening, harden
from batten.model import Project
from batten.plan import plan
from batten.review.sockets import has_socket
from bench.exporting import complaint
from generators.sockets import files
from tests.generators.test_sockets import haproxy_takes

CORPUS = os.environ.get("BATTEN_CORPUS", "")
pytestmark = pytest.mark.skipif(not CORPUS, reason="BATTEN_CORPUS names no folder")


def records() -> Iterator[tuple[dict[str, Any], Project]]:
    """Every accepted project of the corpus with an engine's socket in it."""
    manifest = json.loads((Path(CORPUS) / "manifest.json").read_text(encoding="utf-8"))
    for record in manifest if isinstance(manifest, list) else manifest["projects"]:
        if record["accepted"]:
            project = _read(record)
            if any(has_socket(project, service) for service in project.services.values()):
                yield record, project


def _read(record: dict[str, Any]) -> Project:
    """The project of a record; what it says of the folder it is started from is that of its first file."""
    paths = [Path(CORPUS) / "projects" / record["slug"] / name for name in record["ref_files"]]
    env_files = [paths[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    return load_project(paths, env_files=env_files, environ=_environ(record, paths[0].parent))


def _environ(record: dict[str, Any], folder: Path) -> dict[str, str]:
    return {"PWD": str(folder), "HOME": os.path.expanduser("~"), "PATH": os.environ["PATH"], **record.get("ref_env", {})}


def everyone_asks(project: Project, design: Design) -> Design:
    """The design with a proxy wherever one can be written."""
    taken = {*project.services, *project.networks, *project.configs, *(use.proxy for use in design.sockets)}
    stack = design.target.kind == "stack"
    free = {use.service for use in design.sockets if use.how == KEEP and not obstacle(project, project.services[use.service], stack)}
    changed = (proxied(project, project.services[use.service], design.target, taken) if use.service in free else use for use in design.sockets)
    return replace(design, sockets=tuple(changed))


class TestTheCorpus:
    def test_the_reference_takes_every_project_with_its_proxies(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        counted: Counter[str] = Counter()
        problems = []
        for number, (record, project) in enumerate(records()):
            design = propose(project)
            for name, wanted in (("proposed", design), ("everyone", everyone_asks(project, design))):
                into = tmp_path / f"{number}-{name}"
                into.mkdir()
                done = harden(project, wanted, into=into)
                problems += [f"{record['slug']}: {problem}" for problem in (*_wrong(done, into, record), *_haproxy(done, into))]
                counted.update(f"{name} {use.how}" for use in wanted.sockets)
                counted.update(f"{name} refused" for one in {one.change.decision for one in done.refusals} if one.startswith("sockets."))
            counted["projects"] += 1
            counted.update("question" for use in design.sockets if use.how == KEEP and use.service in _asking(project, design))
        with capsys.disabled():
            print(f"\n{dict(counted)}")
        assert problems == []
        assert counted["proposed proxy"] > 0


def _asking(project: Project, design: Design) -> set[str]:
    """Services that keep the socket unless the user says what a proxy may let through."""
    return {use.service for use in everyone_asks(project, design).sockets if use.how == PROXY}


def _wrong(done: Hardening, into: Path, record: dict[str, Any]) -> Iterator[str]:
    said = complaint(done, into, _environ(record, done.before.directory))
    if said:
        yield said
    left = [] if done.refusals else [change.id for change in plan(done.after, done.design)]
    if left:
        yield f"hardening it again would change {left[:4]}"


def _haproxy(done: Hardening, into: Path) -> Iterator[str]:
    for file in files(done):
        try:
            haproxy_takes(file.content.decode(), into)
        except AssertionError as error:
            yield f"{file.path}: {error}"
