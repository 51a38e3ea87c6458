"""Projects of many people on a real engine: what runs has the findings of their files, does not drift from them, and can be written down again.

Their containers are made and not started, of stand-in images: an engine remembers all that it was asked for.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.engine import grouping
from batten.errors import BattenError
from batten.review.stacks import why_stack
from tests.engine.dockerd import Engine, compose_program
from tests.engine.test_live import SLEEP, Deployed, stand_in, told

pytestmark = pytest.mark.engine

CORPUS, EVERY = os.environ.get("BATTEN_CORPUS", ""), 8
"""A folder with ``manifest.json`` and ``projects/``, and which of them are tried: every eighth."""
NAME = "tried"
_TAGGED = re.compile(r"[a-z0-9][a-z0-9._/-]*(:[0-9]+/[a-z0-9._/-]+)?(:[A-Za-z0-9._-]+)?")
UNSET = "secret-in-environment"
"""What the files can find and an engine cannot: a credential whose variable is not set, so that it runs with an empty one."""


def records() -> Iterator[Mapping[str, Any]]:
    """Projects that the reference takes, in one piece."""
    known = json.loads((Path(CORPUS) / "manifest.json").read_text())
    yield from [one for one in known if one.get("accepted") and not one.get("error") and not one["fragment"]][::EVERY]


def made(engine: Engine, record: Mapping[str, Any], folder: Path) -> Deployed | None:
    """A project whose containers are made; None where that is not possible here (a stack, images that are built, a device that is missing)."""
    shutil.copytree(Path(CORPUS) / "projects" / record["slug"], folder, symlinks=True)
    files = [folder / name for name in record["ref_files"]]
    try:
        project = load_project(files, environ={**engine.environment, **record["ref_env"]}, project_name=NAME)
    except BattenError:
        return None
    if why_stack(project) or any(service.build_context or not _TAGGED.fullmatch(service.image) for service in project.services.values()):
        return None
    stand_in(engine, "stand-in:1", *{service.image for service in project.services.values()})
    for network in project.networks.values():
        if network.external and network.name not in engine.docker("network", "ls", "--format", "{{.Name}}").split():
            engine.docker("network", "create", network.name)
    for volume in project.volumes.values():
        engine.docker("volume", "create", volume)
    bare = {name: {"entrypoint": SLEEP} for name, service in project.services.items() if not service.command and not service.entrypoint}
    (folder / "bare.json").write_text(json.dumps({"services": bare}))
    found = Deployed(engine, NAME, (*files, folder / "bare.json") if bare else tuple(files))
    command = (compose_program() or "docker-compose", *found.named(), "--profile", "*", "-p", NAME, "create", "--pull", "never", "--no-build")
    environment = {**engine.environment, **record["ref_env"]}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=120, check=False)
    return found if done.returncode == 0 else None


def cleared(engine: Engine) -> None:
    """Nothing of a project is left."""
    if numbers := engine.docker("ps", "-aq").split():
        engine.docker("rm", "-f", "-v", *numbers)
    engine.docker("network", "prune", "-f")
    engine.docker("volume", "prune", "-f")


def complaint(project: Deployed, folder: Path) -> str:
    """What is wrong with the reading of a project; empty where nothing is."""
    files, live = project.review(*project.named(), "-p", NAME), project.review(*project.named(), "-p", NAME, "--live")
    drift = [(one["service"], one["title"], one["message"]) for one in live if one["rule"] == "drift"]
    if drift:
        return f"drifts: {drift[0]}"
    differing = {rule for rule, _, _ in told(files) ^ told(live)} - {UNSET}
    if differing:
        return f"other findings: {sorted(differing)}"
    written = project.batten("design", "--live", "-p", NAME, "-o", folder / "written")
    command = (compose_program() or "docker-compose", "config", "-q")
    refused = subprocess.run(command, cwd=folder / "written", env=project.engine.environment, capture_output=True, text=True, check=False)
    return written.err if written.code else refused.stderr


@pytest.mark.skipif(os.environ.get("BATTEN_ENGINE_SHAPES") != "all" or not CORPUS, reason="takes minutes: needs BATTEN_ENGINE_SHAPES=all and BATTEN_CORPUS")
def test_what_many_people_run(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, show_table: Callable[[str], None]) -> None:
    monkeypatch.setattr(grouping, "_ALIVE", frozenset({"created", "running"}))
    tried, wrong = 0, []
    for number, record in enumerate(records()):
        for name, value in record["ref_env"].items():
            monkeypatch.setenv(name, value)
        try:
            project = made(engine, record, tmp_path / str(number) / "project")
            if project is not None:
                tried += 1
                said = complaint(project, tmp_path / str(number))
                wrong += [f"{record['slug']}: {said}"] if said else []
        finally:
            for name in record["ref_env"]:
                monkeypatch.delenv(name)
            cleared(engine)
    show_table(f"{tried} projects read live, {len(wrong)} of them otherwise than their files")
    assert tried > 20
    assert wrong == []
