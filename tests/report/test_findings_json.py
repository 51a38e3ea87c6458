"""The JSON of a review, as it is promised to programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from batten import __version__
from batten.errors import InputError
from batten.model import EnginePlace, Span
from batten.report.findings import Exposure, Reviewed, as_json
from batten.review.finding import Rule, Severity
from batten.review.runner import review
from tests.support import project_of

SHOP = """services:
  db:
    image: postgres:16
    environment:
      POSTGRES_PASSWORD: canary-4711
    ports:
      - "5432:5432"
    privileged: true  # batten: ignore privileged -- only on the lab machine
"""
EXPOSURE = Exposure(5, 20, 6)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    project = project_of(SHOP, tmp_path)
    monkeypatch.chdir(tmp_path / "shop")
    return json.loads(as_json([Reviewed(project, review(project), EXPOSURE)]))


def named(data: Any, rule: str) -> Any:
    return next(finding for finding in data["projects"][0]["findings"] if finding["rule"] == rule)


class TestEnvelope:
    def test_has_its_version_and_tool(self, data: Any) -> None:
        assert data["schema_version"] == 1
        assert data["tool"] == {"name": "batten", "version": __version__}
        assert data["errors"] == []

    def test_of_a_project(self, data: Any) -> None:
        project = data["projects"][0]
        assert (project["name"], project["files"]) == ("shop", ["compose.yaml"])
        assert project["exposure"] == {"services": 5, "paths": 20, "needed": 6}
        assert {**project["summary"], "info": 0} == {"critical": 0, "high": 2, "medium": 0, "low": 1, "info": 0}
        assert list(project["summary"]) == ["critical", "high", "medium", "low", "info"]
        assert project["summary"]["info"] == sum(finding["severity"] == "info" for finding in project["findings"]) > 0

    def test_without_projects_is_still_one(self) -> None:
        assert json.loads(as_json([]))["projects"] == []


class TestFinding:
    def test_has_every_promised_key(self, data: Any) -> None:
        finding = named(data, "exposed-database")
        promised = {"rule", "severity", "confidence", "service", "title", "message", "location", "fix", "suppressed", "references"}
        assert promised <= finding.keys()
        assert finding["location"] == {"kind": "file", "file": "compose.yaml", "line": 7, "column": 9}
        assert (finding["severity"], finding["confidence"], finding["service"]) == ("high", "high", "db")
        assert finding["fix"] == {"title": "publish port 5432 on 127.0.0.1 only", "risk": "check"}
        assert finding["suppressed"] is None
        assert "CIS 5.14" in finding["references"]

    def test_that_is_suppressed_says_why(self, data: Any) -> None:
        assert named(data, "privileged")["suppressed"] == {"reason": "only on the lab machine"}

    def test_about_the_project_has_no_service(self, data: Any) -> None:
        finding = named(data, "dangerous-capability")
        assert finding["service"] is None
        assert finding["fix"] == {"title": "drop NET_RAW of those that are not known to need it", "risk": "check"}

    def test_in_an_engine_names_the_object(self, tmp_path: Path) -> None:
        finding = Rule("x.some_rule", Severity.HIGH).finding(EnginePlace("container/db", "HostConfig.Privileged"), "t", "m")
        data = json.loads(as_json([Reviewed(project_of(SHOP, tmp_path), (finding,), EXPOSURE)]))
        assert data["projects"][0]["findings"][0]["location"] == {"kind": "engine", "object": "container/db", "attribute": "HostConfig.Privileged"}

    def test_shows_no_secret(self, data: Any) -> None:
        assert named(data, "secret-in-environment")
        assert "4711" not in json.dumps(data)


class TestErrors:
    def test_have_their_place_and_hint(self) -> None:
        error = InputError("the key 'x' is already defined.", hint="Remove one.", span=Span("a.yaml", 0, 1, 3, 7))
        found = json.loads(as_json([], [error]))["errors"]
        assert found == [{"file": "a.yaml", "line": 3, "column": 7, "message": "the key 'x' is already defined. Remove one."}]

    def test_without_a_place_have_nulls(self) -> None:
        found = json.loads(as_json([], [InputError("there is no compose file.", file="shop")]))["errors"]
        assert found == [{"file": "shop", "line": None, "column": None, "message": "there is no compose file."}]


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    finding = Rule("x.some_rule", Severity.HIGH).finding(EnginePlace("container/\x1b[2J", "a"), "t", "m")
    text = as_json([Reviewed(project_of(SHOP, tmp_path), (finding,), EXPOSURE)])
    assert "\x1b" not in text
    assert text.isascii()


class TestSchema:
    """The schema in the docs describes what is printed, and nothing else."""

    SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "review.schema.json").read_text(encoding="utf-8"))

    def problems(self, data: Any) -> list[str]:
        return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(self.SCHEMA).iter_errors(data)]

    def test_is_one(self) -> None:
        Draft202012Validator.check_schema(self.SCHEMA)

    def test_fits_a_review(self, data: Any) -> None:
        assert self.problems(data) == []

    def test_fits_errors_and_engines(self, tmp_path: Path) -> None:
        finding = Rule("batten.review.rules.privileged", Severity.HIGH).finding(EnginePlace("container/db", "HostConfig.Privileged"), "t", "m.")
        errors = [InputError("it is empty.", file="compose.yaml"), InputError("no.", span=Span("-", 0, 1, 3, 7)), InputError("nowhere.")]
        assert self.problems(json.loads(as_json([Reviewed(project_of(SHOP, tmp_path), (finding,), EXPOSURE)], errors))) == []

    @pytest.mark.parametrize("key", ["rule", "location", "fix", "suppressed"])
    def test_misses_what_is_not_there(self, data: Any, key: str) -> None:
        del data["projects"][0]["findings"][0][key]
        assert self.problems(data) == [f"$.projects[0].findings[0]: '{key}' is a required property"]

    def test_knows_no_other_keys(self, data: Any) -> None:
        data["projects"][0]["score"] = 7
        assert self.problems(data) != []
