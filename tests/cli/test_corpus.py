"""Projects that other people wrote, hardened into a folder of their own: the reference accepts the result and reads what was intended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from batten.compose import load_project
from batten.compose.applying import apply
from batten.compose.splicing import MASK, comments
from batten.design.proposal import propose
from batten.hardening import harden
from batten.model import Project
from bench.conformance import comparable, differences, unescaped
from bench.reference import ask, folder_of, program
from tests.cli.calling import call, snapshot

CORPUS = Path(os.environ.get("BATTEN_CORPUS", ""))
SLUGS = (
    "docker__awesome-compose--nginx-golang-mysql-compose",
    "n8n-io__n8n-hosting--docker-compose-withPostgresAndWorker-docker-compose",
    "fastapi__full-stack-fastapi-template--compose",
    "netbox-community__netbox-docker--docker-compose",
    "dockersamples__atsea-sample-shop-app--docker-stack",
)
pytestmark = [
    pytest.mark.skipif(not os.environ.get("BATTEN_CORPUS"), reason="BATTEN_CORPUS names no folder"),
    pytest.mark.skipif(program() is None, reason="no docker-compose here"),
]


def meaning(model: dict[str, Any]) -> dict[str, Any]:
    """A model without the top-level extensions: an anchor that services share stands in one, and changes with them."""
    return {key: value for key, value in model.items() if not key.startswith("x-")}


class Case:
    """One project, and what became of it."""

    def __init__(self, record: dict[str, Any], out: Path) -> None:
        root = CORPUS.resolve() / "projects" / record["slug"]
        self.files = [root / name for name in record["ref_files"]]
        self.folder, self.environ, self.out = folder_of(record, root), record["ref_env"], out
        self.result = call("harden", *(part for file in self.files for part in ("-f", file)), "-o", out)

    @property
    def before(self) -> Project:
        """The project as it is."""
        return load_project(self.files)

    def asked(self) -> tuple[dict[str, Any] | None, str]:
        """What the reference makes of the result."""
        names = sorted(path.name for path in self.out.glob("*.y*ml") if path.name != "batten.yaml")
        arguments = [part for name in names for part in ("-f", str(self.out / name))]
        return ask(str(program()), self.out, [*arguments, "--profile", "*"], self.environ)


@pytest.fixture(params=SLUGS)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A hardened project, in an environment that holds what the project needs and nothing else."""
    records = {record["slug"]: record for record in json.loads((CORPUS / "manifest.json").read_text())}
    for name in set(os.environ) - {"PATH", "HOME", "PYTEST_CURRENT_TEST", "XDG_STATE_HOME"}:
        monkeypatch.delenv(name)
    record = records[request.param]
    for name, value in record["ref_env"].items():
        monkeypatch.setenv(name, value)
    return Case(record, tmp_path / "out")


class TestAProjectOfSomebodyElse:
    def test_is_hardened(self, case: Case) -> None:
        assert case.result.code == 0, case.result.err
        assert "changes made" in case.result.out

    def test_is_accepted_by_the_reference_under_its_name(self, case: Case) -> None:
        model, error = case.asked()
        assert model is not None, error
        assert model["name"] == case.before.name

    def test_means_what_was_intended_and_nothing_else(self, case: Case) -> None:
        model, error = case.asked()
        assert model is not None, error
        before = case.before
        hardening = harden(before, propose(before), into=case.out)
        intended = comparable(apply(before.tree, hardening.changes, case.out))
        assert list(differences(meaning(unescaped(model)), meaning(intended))) == []
        assert len(hardening.changes) > 5

    def test_has_every_comment(self, case: Case) -> None:
        before = case.before
        text = "".join(path.read_text() for path in case.out.iterdir() if path.is_file() and path.suffix in (".yaml", ".yml", ".env"))
        for file in before.files:
            source = before.sources[file]
            missing = [source.text[start:end] for start, end in comments(source) if source.text[start:end] not in text]
            assert [comment for comment in missing if MASK not in comment] == []

    def test_has_nothing_left_to_do(self, case: Case) -> None:
        before = snapshot(case.out)
        for forgotten in (False, True):
            if forgotten:
                (case.out / "batten.yaml").unlink()
                before.pop("batten.yaml")
            result = call("harden", case.out, "--check")
            assert result.code == 0, result.out + result.err
            assert call("harden", case.out, "--in-place").code == 0
            assert snapshot(case.out) == before
