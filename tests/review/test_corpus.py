"""Projects that other people wrote: reviewed without a traceback, and without a secret in what is said.

Needs a folder of such projects, named by BATTEN_CORPUS, with a ``manifest.json`` that tells their files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.inference.credentials import find_credentials
from batten.model import Project, Span
from batten.review.runner import review

CORPUS = os.environ.get("BATTEN_CORPUS", "")
LONG_ENOUGH = 12
"""Shorter values are also ordinary words, which a sentence may hold."""
pytestmark = pytest.mark.skipif(not CORPUS, reason="BATTEN_CORPUS names no folder")


@cache
def records() -> tuple[Mapping[str, Any], ...]:
    entries = json.loads((Path(CORPUS) / "manifest.json").read_text(encoding="utf-8"))
    return tuple(entry for entry in entries if entry["accepted"])


def project_at(record: Mapping[str, Any]) -> Project:
    files = [Path(CORPUS) / "projects" / record["slug"] / name for name in record["ref_files"]]
    env_files = [files[0].parent / record["ref_env_file"]] if record.get("ref_env_file") else []
    environ = {"PATH": "/usr/bin", "HOME": "/root", **record["ref_env"]}
    return load_project(files, environ=environ, env_files=env_files)


class TestEveryProject:
    def test_is_reviewed_and_every_finding_has_a_line_that_is_there(self) -> None:
        seen = 0
        for record in records():
            project = project_at(record)
            for finding in review(project):
                place = finding.location
                assert isinstance(place, Span)
                assert 0 < place.line <= project.sources[place.file].text.count("\n") + 1
                seen += 1
        assert seen > len(records())

    def test_keeps_its_secrets(self) -> None:
        for record in records():
            project = project_at(record)
            said = "\n".join(f"{finding.title} {finding.message}" for finding in review(project))
            values = {credential.value.reveal() for credential in find_credentials(project)}
            assert [record["slug"] for value in values if len(value) >= LONG_ENOUGH and value in said] == []
